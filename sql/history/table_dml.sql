-- Question: how fast do tables change?
-- Grain: 1 row per table that rows were added to, removed from or updated in.
-- Parameters: since (timestamp, inclusive).
-- Columns: database_name; schema_name; table_name; rows_added, rows_removed, rows_updated (rows, sums); hours (hours with a change, number);
-- first_start, last_end (timestamps).
-- Latency of the view: up to 6 hours; TABLE_DML_HISTORY needs the role USAGE_VIEWER. What reclustering itself writes is not in it.
select
    database_name,
    schema_name,
    table_name,
    sum(rows_added) as rows_added,
    sum(rows_removed) as rows_removed,
    sum(rows_updated) as rows_updated,
    count(*) as hours,
    min(start_time) as first_start,
    max(end_time) as last_end
from snowflake.account_usage.table_dml_history
where start_time >= %(since)s
group by database_name, schema_name, table_name
order by database_name, schema_name, table_name
