-- Question: how many statements of each kind ran, and how did they end?
-- Grain: 1 row per query_type and status.
-- Parameters: since (timestamp, inclusive).
-- Columns: query_type; status (success, fail or incident); statements (number); total_elapsed_time (ms, sum); queued_ms (ms, sum of
-- the three queues).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
select
    query_type,
    lower(execution_status) as status,
    count(*) as statements,
    sum(total_elapsed_time) as total_elapsed_time,
    sum(coalesce(queued_provisioning_time, 0) + coalesce(queued_repair_time, 0) + coalesce(queued_overload_time, 0)) as queued_ms
from snowflake.account_usage.query_history
where start_time >= %(since)s
group by query_type, lower(execution_status)
order by statements desc, query_type, status
