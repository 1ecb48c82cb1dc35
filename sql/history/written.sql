-- Question: which statements write, how much, and what does writing take?
-- Grain: 1 row per text that writes and size of warehouse; at most top of them, those that took longest.
-- Parameters: since (timestamp, inclusive), top (number of rows).
-- Columns: text_key (MD5 of the exact text); warehouse_size; warehouse_type; query_type; statements (number); execution_ms (ms); bytes_written
-- (bytes); rows_changed (rows added, updated and removed); query_text (the first 20,000 characters).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
select
    md5(query_text) as text_key,
    warehouse_size,
    warehouse_type,
    query_type,
    count(*) as statements,
    sum(execution_time) as execution_ms,
    sum(bytes_written) as bytes_written,
    sum(coalesce(rows_inserted, 0) + coalesce(rows_updated, 0) + coalesce(rows_deleted, 0)) as rows_changed,
    left(min(query_text), 20000) as query_text
from snowflake.account_usage.query_history
where start_time >= %(since)s
    and query_type in ('INSERT', 'UPDATE', 'DELETE', 'MERGE', 'COPY', 'CREATE_TABLE_AS_SELECT', 'TRUNCATE_TABLE')
    and coalesce(lower(execution_status), 'success') = 'success'
group by md5(query_text), warehouse_size, warehouse_type, query_type
order by execution_ms desc, text_key, warehouse_size, warehouse_type
limit %(top)s
