-- Question: which statement templates take the warehouse's time, and how many partitions do they scan?
-- Grain: 1 row per query_parameterized_hash and endpoint, at most top of them.
-- Parameters: since (timestamp, inclusive), top (number of rows).
-- Columns: template (hash); endpoint (route of the query tag, may be null); statements (number); execution_time (ms, sum);
-- p95_ms (execution time, ms); bytes_scanned (bytes, mean of a statement); partitions_scanned and partitions_total
-- (micro-partitions, sums; row groups when embedded); query_text (of one of the statements).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
with statement as (
    select
        query_parameterized_hash as template,
        try_parse_json(query_tag):route::string as endpoint,
        execution_time,
        bytes_scanned,
        partitions_scanned,
        partitions_total,
        query_text
    from snowflake.account_usage.query_history
    where coalesce(lower(execution_status), 'success') = 'success'
        and start_time >= %(since)s
)
select
    template,
    endpoint,
    count(*) as statements,
    sum(execution_time) as execution_time,
    percentile_cont(0.95) within group (order by execution_time) as p95_ms,
    avg(bytes_scanned) as bytes_scanned,
    sum(partitions_scanned) as partitions_scanned,
    sum(partitions_total) as partitions_total,
    min(query_text) as query_text
from statement
group by template, endpoint
order by execution_time desc, template, endpoint
limit %(top)s
