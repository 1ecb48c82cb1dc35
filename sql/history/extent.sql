-- Question: what does the history hold?
-- Grain: 1 row.
-- Parameters: threshold_ms (milliseconds, exclusive), since (timestamp, inclusive).
-- Columns: statements, failed, slow (over the threshold), tagged (with a route in their tag), sessions, warehouses (numbers);
-- first_start and last_end (timestamps); release_version (of the engine, the latest); execution_time (ms, sum); bytes_scanned (bytes, sum).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
select
    count(*) as statements,
    count_if(lower(execution_status) <> 'success') as failed,
    count_if(execution_time > %(threshold_ms)s) as slow,
    count(try_parse_json(query_tag):route::string) as tagged,
    count(distinct session_id) as sessions,
    count(distinct warehouse_name) as warehouses,
    min(start_time) as first_start,
    max(end_time) as last_end,
    max(release_version) as release_version,
    sum(execution_time) as execution_time,
    sum(bytes_scanned) as bytes_scanned
from snowflake.account_usage.query_history
where start_time >= %(since)s
