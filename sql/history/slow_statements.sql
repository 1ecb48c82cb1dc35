-- Question: which statements executed for longer than a threshold, slowest first?
-- Grain: 1 row per statement, at most top of them.
-- Parameters: threshold_ms (milliseconds, exclusive), since (timestamp, inclusive), top (number of rows).
-- Columns: query_id; execution_time (ms); bytes_scanned (bytes); rows_produced (rows); partitions_scanned and partitions_total
-- (micro-partitions; row groups when embedded); query_tag (as set, JSON with route and request_id); query_text (up to 100,000 characters).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
select
    query_id,
    execution_time,
    bytes_scanned,
    rows_produced,
    partitions_scanned,
    partitions_total,
    query_tag,
    query_text
from snowflake.account_usage.query_history
where execution_time > %(threshold_ms)s
    and start_time >= %(since)s
order by execution_time desc, query_id
limit %(top)s
