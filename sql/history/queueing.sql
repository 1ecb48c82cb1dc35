-- Question: on which warehouses did statements wait before they ran, and for what?
-- Grain: 1 row per warehouse and its size.
-- Parameters: since (timestamp, inclusive).
-- Columns: warehouse_name; warehouse_size; statements, waited (statements that queued for load; numbers); elapsed_ms, overload_ms (queued behind
-- others), provisioning_ms (for the warehouse to start), repair_ms, blocked_ms (by a transaction; ms, sums); p95_wait_ms (queued for load, ms);
-- longest_wait_ms (ms).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
with statement as (
    select
        warehouse_name,
        warehouse_size,
        coalesce(total_elapsed_time, execution_time) as elapsed_ms,
        coalesce(queued_overload_time, 0) as overload_ms,
        coalesce(queued_provisioning_time, 0) as provisioning_ms,
        coalesce(queued_repair_time, 0) as repair_ms,
        coalesce(transaction_blocked_time, 0) as blocked_ms
    from snowflake.account_usage.query_history
    where start_time >= %(since)s
)
select
    warehouse_name,
    warehouse_size,
    count(*) as statements,
    count_if(overload_ms > 0) as waited,
    sum(elapsed_ms) as elapsed_ms,
    sum(overload_ms) as overload_ms,
    sum(provisioning_ms) as provisioning_ms,
    sum(repair_ms) as repair_ms,
    sum(blocked_ms) as blocked_ms,
    percentile_cont(0.95) within group (order by overload_ms) as p95_wait_ms,
    max(overload_ms) as longest_wait_ms
from statement
group by warehouse_name, warehouse_size
order by overload_ms desc, warehouse_name, warehouse_size
