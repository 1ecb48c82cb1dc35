-- Question: which statements ran out of memory, on which size of warehouse?
-- Grain: 1 row per query_parameterized_hash (or text, without one), warehouse and its size that spilled, at most top of them.
-- Parameters: since (timestamp, inclusive), top (number of rows).
-- Columns: text_key (the hash, or the MD5 of the text); warehouse_name; warehouse_size; query_text (one of the texts); statements (that spilled,
-- number); execution_ms (ms, sum); bytes_scanned, spilled_local, spilled_remote (bytes, sums); largest_spill (bytes, of one statement).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
with statement as (
    select
        coalesce(query_parameterized_hash, md5(query_text), 'no text') as text_key,
        warehouse_name,
        warehouse_size,
        query_text,
        execution_time,
        bytes_scanned,
        coalesce(bytes_spilled_to_local_storage, 0) as spilled_local,
        coalesce(bytes_spilled_to_remote_storage, 0) as spilled_remote
    from snowflake.account_usage.query_history
    where start_time >= %(since)s
        and coalesce(bytes_spilled_to_local_storage, 0) + coalesce(bytes_spilled_to_remote_storage, 0) > 0
)
select
    text_key,
    warehouse_name,
    warehouse_size,
    left(min(query_text), 100000) as query_text,
    count(*) as statements,
    sum(execution_time) as execution_ms,
    sum(bytes_scanned) as bytes_scanned,
    sum(spilled_local) as spilled_local,
    sum(spilled_remote) as spilled_remote,
    max(spilled_local + spilled_remote) as largest_spill
from statement
group by text_key, warehouse_name, warehouse_size
order by spilled_remote desc, spilled_local desc, text_key, warehouse_name, warehouse_size
limit %(top)s
