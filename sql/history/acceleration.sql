-- Question: which statements could the query acceleration service have helped, as Snowflake sees it?
-- Grain: 1 row per query_parameterized_hash (or query_hash, without one), warehouse and its size.
-- Parameters: since (timestamp, inclusive).
-- Columns: text_key (the hash); warehouse_name; warehouse_size; statements (number); eligible_s (s of execution that it could take over, sum);
-- scale_factor (the largest that would still help, number).
-- Latency of the view: up to 3 hours; QUERY_ACCELERATION_ELIGIBLE needs the role GOVERNANCE_VIEWER.
select
    coalesce(query_parameterized_hash, query_hash, 'no text') as text_key,
    warehouse_name,
    warehouse_size,
    count(*) as statements,
    sum(eligible_query_acceleration_time) as eligible_s,
    max(upper_limit_scale_factor) as scale_factor
from snowflake.account_usage.query_acceleration_eligible
where start_time >= %(since)s
group by coalesce(query_parameterized_hash, query_hash, 'no text'), warehouse_name, warehouse_size
order by eligible_s desc, text_key, warehouse_name, warehouse_size
