-- Question: what did the statements on Adaptive warehouses cost? They are billed by statement: there is no idle time.
-- Grain: 1 row per warehouse, hour and query_parameterized_hash (or query_hash, without one).
-- Parameters: since (timestamp, inclusive).
-- Columns: warehouse_name; hour_start (timestamp); text_key (the hash); statements (number); compute_credits, cloud_credits (credits).
-- Latency of the view: up to 1 hour; QUERY_METERING_HISTORY needs the role USAGE_VIEWER.
select
    warehouse_name,
    query_metering_hour as hour_start,
    coalesce(query_parameterized_hash, query_hash, 'no text') as text_key,
    count(*) as statements,
    sum(coalesce(credits_used_compute, 0)) as compute_credits,
    sum(coalesce(credits_used_cloud_services, 0)) as cloud_credits
from snowflake.account_usage.query_metering_history
where query_metering_hour >= %(since)s
group by warehouse_name, query_metering_hour, coalesce(query_parameterized_hash, query_hash, 'no text')
order by warehouse_name, hour_start, text_key
