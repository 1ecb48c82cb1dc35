-- Question: what do the statements of each endpoint of the service cost?
-- Grain: 1 row per endpoint; statements without a route in their tag are one row with endpoint null.
-- Parameters: since (timestamp, inclusive).
-- Columns: endpoint (route of the query tag); statements (number); requests (distinct request_id of the tag); p50_ms and p95_ms
-- (execution time, ms); execution_time (ms, sum); bytes_scanned (bytes, mean of a statement); rows_produced (rows, mean);
-- partitions_scanned and partitions_total (micro-partitions, sums; row groups when embedded); spilled (bytes, sum).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
with statement as (
    select
        try_parse_json(query_tag):route::string as endpoint,
        try_parse_json(query_tag):request_id::string as request_id,
        execution_time,
        bytes_scanned,
        rows_produced,
        partitions_scanned,
        partitions_total,
        coalesce(bytes_spilled_to_local_storage, 0) + coalesce(bytes_spilled_to_remote_storage, 0) as spilled
    from snowflake.account_usage.query_history
    where coalesce(lower(execution_status), 'success') = 'success'
        and start_time >= %(since)s
)
select
    endpoint,
    count(*) as statements,
    count(distinct request_id) as requests,
    percentile_cont(0.5) within group (order by execution_time) as p50_ms,
    percentile_cont(0.95) within group (order by execution_time) as p95_ms,
    sum(execution_time) as execution_time,
    avg(bytes_scanned) as bytes_scanned,
    avg(rows_produced) as rows_produced,
    sum(partitions_scanned) as partitions_scanned,
    sum(partitions_total) as partitions_total,
    sum(spilled) as spilled
from statement
group by endpoint
order by execution_time desc, endpoint
