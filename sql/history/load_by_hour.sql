-- Question: how much was asked of each warehouse, hour by hour, and what went wrong meanwhile?
-- Grain: 1 row per warehouse and hour (UTC) in which a statement started; statements without a warehouse are one with warehouse_name null.
-- Parameters: since (timestamp, inclusive).
-- Columns: hour_start, first_start, last_end (timestamps); warehouse_name; statements, failed, timeouts (errors 630 and 604; numbers); elapsed_ms, compilation_ms,
-- execution_ms, queued_ms (overload), starting_ms (provisioning and repair; ms, sums); bytes_scanned, spilled_local, spilled_remote (bytes, sums);
-- partitions_scanned and partitions_total (micro-partitions, sums; row groups when embedded); cloud_credits (credits, before the adjustment).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
select
    date_trunc('hour', start_time) as hour_start,
    warehouse_name,
    min(start_time) as first_start,
    max(end_time) as last_end,
    count(*) as statements,
    count_if(coalesce(lower(execution_status), 'success') <> 'success') as failed,
    count_if(coalesce(error_code, '') in ('630', '604', '000630', '000604')) as timeouts,
    sum(coalesce(total_elapsed_time, execution_time)) as elapsed_ms,
    sum(compilation_time) as compilation_ms,
    sum(execution_time) as execution_ms,
    sum(queued_overload_time) as queued_ms,
    sum(coalesce(queued_provisioning_time, 0) + coalesce(queued_repair_time, 0)) as starting_ms,
    sum(bytes_scanned) as bytes_scanned,
    sum(bytes_spilled_to_local_storage) as spilled_local,
    sum(bytes_spilled_to_remote_storage) as spilled_remote,
    sum(partitions_scanned) as partitions_scanned,
    sum(partitions_total) as partitions_total,
    sum(credits_used_cloud_services) as cloud_credits
from snowflake.account_usage.query_history
where start_time >= %(since)s
group by date_trunc('hour', start_time), warehouse_name
order by hour_start, warehouse_name
