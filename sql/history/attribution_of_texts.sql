-- Question: how many credits does Snowflake attribute to each statement's shape?
-- Grain: 1 row per query_parameterized_hash (or query_hash, without one) and warehouse.
-- Parameters: since (timestamp, inclusive).
-- Columns: text_key (the hash); warehouse_name; statements (number); attributed_credits (credits, without idle time and statements below 0.1 s);
-- acceleration_credits (credits of query acceleration).
-- Latency of the view: up to 8 hours; QUERY_ATTRIBUTION_HISTORY needs the role USAGE_VIEWER.
select
    coalesce(query_parameterized_hash, query_hash, 'no text') as text_key,
    warehouse_name,
    count(*) as statements,
    sum(credits_attributed_compute) as attributed_credits,
    sum(coalesce(credits_used_query_acceleration, 0)) as acceleration_credits
from snowflake.account_usage.query_attribution_history
where start_time >= %(since)s
group by coalesce(query_parameterized_hash, query_hash, 'no text'), warehouse_name
order by attributed_credits desc, text_key, warehouse_name
