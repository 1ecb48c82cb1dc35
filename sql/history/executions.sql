-- Question: when did each statement run, where, for whom, and how long did it wait and work? What replays of warehouses and pools need, without texts.
-- Grain: 1 row per successful statement; at most top of them, the earliest.
-- Parameters: since (timestamp, inclusive), top (number of rows).
-- Columns: query_id; text_key (see texts.sql); reads (1 for a SELECT, else 0); warehouse_name, warehouse_size, warehouse_type (of no warehouse: null);
-- cluster_number; session_id; user_name; request_id, route (of the query tag, where it is JSON that has them); start_time, end_time (timestamps);
-- elapsed_ms, execution_ms, queued_ms (behind others), provisioning_ms (for the warehouse to start; ms); bytes_scanned, spilled (bytes);
-- partitions_scanned, partitions_total (micro-partitions; row groups when embedded).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
select
    query_id,
    case
        when query_parameterized_hash is not null then query_parameterized_hash
        when query_text is null then 'no text'
        when contains(query_text, '--')
            or contains(query_text, '//')
            or contains(query_text, '/*')
            or contains(query_text, '"')
            or contains(query_text, '$')
            or contains(query_text, '%%(')
            or contains(query_text, '\\')
            then md5(query_text)
        else md5(regexp_replace(query_text, '''[^'']*''|\\b[0-9]+\\b', '?'))
    end as text_key,
    iff(coalesce(query_type, 'UNKNOWN') = 'SELECT', 1, 0) as reads,
    warehouse_name,
    warehouse_size,
    warehouse_type,
    cluster_number,
    session_id,
    user_name,
    try_parse_json(query_tag):request_id::string as request_id,
    try_parse_json(query_tag):route::string as route,
    start_time,
    coalesce(end_time, dateadd('millisecond', cast(coalesce(total_elapsed_time, execution_time, 0) as integer), start_time)) as end_time,
    coalesce(total_elapsed_time, execution_time) as elapsed_ms,
    execution_time as execution_ms,
    queued_overload_time as queued_ms,
    queued_provisioning_time as provisioning_ms,
    bytes_scanned,
    coalesce(bytes_spilled_to_local_storage, 0) + coalesce(bytes_spilled_to_remote_storage, 0) as spilled,
    partitions_scanned,
    partitions_total
from snowflake.account_usage.query_history
where start_time >= %(since)s
    and coalesce(lower(execution_status), 'success') = 'success'
order by start_time, query_id
limit %(top)s
