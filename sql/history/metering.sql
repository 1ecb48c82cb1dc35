-- Question: how many credits was each warehouse metered in each hour, and how many of them does Snowflake attribute to statements?
-- Grain: 1 row per warehouse and hour.
-- Parameters: since (timestamp, inclusive).
-- Columns: warehouse_name; hour_start (timestamp); compute_credits, cloud_credits (credits; the cloud services before the adjustment);
-- attributed_credits (credits of statements, without idle time; null where they are not known yet).
-- Latency of the view: up to 3 hours, 6 for the attributed credits; WAREHOUSE_METERING_HISTORY needs the role USAGE_VIEWER.
select
    warehouse_name,
    date_trunc('hour', start_time) as hour_start,
    sum(coalesce(credits_used_compute, 0)) as compute_credits,
    sum(coalesce(credits_used_cloud_services, 0)) as cloud_credits,
    sum(credits_attributed_compute_queries) as attributed_credits
from snowflake.account_usage.warehouse_metering_history
where start_time >= %(since)s
group by warehouse_name, date_trunc('hour', start_time)
order by warehouse_name, hour_start
