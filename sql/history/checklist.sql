-- Question: which 100 statements executed for longer than a second, slowest first? (the week-1 checklist, word for word)
-- Grain: 1 row per statement, at most 100.
-- Parameters: none.
-- Columns: query_id; execution_time (ms); bytes_scanned (bytes); rows_produced (rows).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
select
    query_id,
    execution_time,
    bytes_scanned,
    rows_produced
from snowflake.account_usage.query_history
where execution_time > 1000
order by execution_time desc
limit 100
