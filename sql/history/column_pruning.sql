-- Question: which columns restrict what statements read of a table?
-- Grain: 1 row per column and kind of access.
-- Parameters: since (timestamp, inclusive).
-- Columns: database_name; schema_name; table_name; column_name; access_type (WHERE or JOIN); queries (number); execution_ms (ms, sum over the
-- statements); partitions_scanned, partitions_pruned (micro-partitions, sums); rows_scanned, rows_matched (rows, sums); expressions (JSON text of the
-- search optimizations that could help, one row's; null for none).
-- Latency of the view: up to 4 hours; COLUMN_QUERY_PRUNING_HISTORY needs the role USAGE_VIEWER.
select
    database_name,
    schema_name,
    table_name,
    column_name,
    access_type,
    sum(num_queries) as queries,
    sum(aggregate_query_execution_time) as execution_ms,
    sum(partitions_scanned) as partitions_scanned,
    sum(partitions_pruned) as partitions_pruned,
    sum(rows_scanned) as rows_scanned,
    sum(rows_matched) as rows_matched,
    max(search_optimization_supported_expressions::varchar) as expressions
from snowflake.account_usage.column_query_pruning_history
where interval_start_time >= %(since)s
group by database_name, schema_name, table_name, column_name, access_type
order by execution_ms desc, database_name, schema_name, table_name, column_name, access_type
