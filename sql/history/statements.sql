-- Question: what did each statement do? Where there are too many, a sample that is the same at every run.
-- Grain: 1 row per statement; those whose MD5 of query_id begins below a bound.
-- Parameters: since (timestamp, inclusive), below (four hexadecimal digits, exclusive: '0666' keeps 2.5 %%, 'g' keeps all).
-- Columns: endpoint and request_id (route and request_id of the query tag); the others as in the view: query_id; query_text; query_type; query_tag; session_id; warehouse_name; warehouse_size; execution_status;
-- error_code; error_message; start_time, end_time (timestamps); total_elapsed_time, compilation_time, execution_time, queued_overload_time
-- (ms); bytes_scanned, bytes_spilled_to_local_storage, bytes_spilled_to_remote_storage (bytes); rows_produced (rows);
-- partitions_scanned, partitions_total (micro-partitions; row groups when embedded); query_hash; query_parameterized_hash;
-- bind_values (JSON text of an array).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
select
    query_id,
    query_text,
    query_type,
    query_tag,
    try_parse_json(query_tag):route::string as endpoint,
    try_parse_json(query_tag):request_id::string as request_id,
    session_id,
    warehouse_name,
    warehouse_size,
    execution_status,
    error_code,
    error_message,
    start_time,
    end_time,
    total_elapsed_time,
    compilation_time,
    execution_time,
    queued_overload_time,
    bytes_scanned,
    bytes_spilled_to_local_storage,
    bytes_spilled_to_remote_storage,
    rows_produced,
    partitions_scanned,
    partitions_total,
    query_hash,
    query_parameterized_hash,
    to_json(bind_values) as bind_values
from snowflake.account_usage.query_history
where start_time >= %(since)s
    and left(md5(query_id), 4) < %(below)s
order by start_time, query_id
