-- Question: which tables are read whole where a part would do?
-- Grain: 1 row per table.
-- Parameters: since (timestamp, inclusive).
-- Columns: database_name; schema_name; table_name; queries (number); execution_ms (ms, sum over the statements that read it); partitions_scanned,
-- partitions_pruned (micro-partitions, sums); rows_scanned, rows_matched (rows, sums: those read, and those that the conditions kept).
-- Latency of the view: up to 4 hours; TABLE_QUERY_PRUNING_HISTORY needs the role USAGE_VIEWER.
select
    database_name,
    schema_name,
    table_name,
    sum(num_queries) as queries,
    sum(aggregate_query_execution_time) as execution_ms,
    sum(partitions_scanned) as partitions_scanned,
    sum(partitions_pruned) as partitions_pruned,
    sum(rows_scanned) as rows_scanned,
    sum(rows_matched) as rows_matched
from snowflake.account_usage.table_query_pruning_history
where interval_start_time >= %(since)s
group by database_name, schema_name, table_name
order by execution_ms desc, database_name, schema_name, table_name
