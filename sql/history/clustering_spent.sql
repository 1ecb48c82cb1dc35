-- Question: what has automatic clustering cost, and how much did it rewrite?
-- Grain: 1 row per table and version of clustering.
-- Parameters: since (timestamp, inclusive).
-- Columns: database_name; schema_name; table_name; version (OPTIMA or CLASSIC); credits (credits); bytes_reclustered (bytes);
-- rows_reclustered (rows).
-- Latency of the view: up to 3 hours; AUTOMATIC_CLUSTERING_HISTORY needs the role USAGE_VIEWER.
select
    database_name,
    schema_name,
    table_name,
    version,
    sum(credits_used) as credits,
    sum(num_bytes_reclustered) as bytes_reclustered,
    sum(num_rows_reclustered) as rows_reclustered
from snowflake.account_usage.automatic_clustering_history
where start_time >= %(since)s
group by database_name, schema_name, table_name, version
order by database_name, schema_name, table_name, version
