-- Question: which statements write, how much, and what does writing take?
-- Grain: 1 row per query_parameterized_hash (or text, without one) that writes, size and type of warehouse; at most top of them, those that took
-- longest. Texts of more than 1,000 characters have it as far as the longest-running ones do not come to 20,000,000 together; else null.
-- Parameters: since (timestamp, inclusive), top (number of rows).
-- Columns: text_key (the hash, or the MD5 of the text); warehouse_size; warehouse_type; query_type; statements (number); execution_ms (ms);
-- bytes_written (bytes); rows_changed (rows added, updated and removed); query_text (one of the texts, the first 20,000 characters).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
with text as (
    select
        coalesce(query_parameterized_hash, md5(query_text), 'no text') as text_key,
        warehouse_size,
        warehouse_type,
        query_type,
        min(query_id) as query_id,
        min(iff(length(query_text) <= 1000, query_text, null)) as short_text,
        max(length(query_text)) as longest,
        count(*) as statements,
        sum(execution_time) as execution_ms,
        sum(bytes_written) as bytes_written,
        sum(coalesce(rows_inserted, 0) + coalesce(rows_updated, 0) + coalesce(rows_deleted, 0)) as rows_changed
    from snowflake.account_usage.query_history
    where start_time >= %(since)s
        and query_type in ('INSERT', 'UPDATE', 'DELETE', 'MERGE', 'COPY', 'CREATE_TABLE_AS_SELECT', 'TRUNCATE_TABLE')
        and coalesce(lower(execution_status), 'success') = 'success'
    group by coalesce(query_parameterized_hash, md5(query_text), 'no text'), warehouse_size, warehouse_type, query_type
),

ranked as (
    select
        *,
        sum(iff(short_text is null, least(coalesce(longest, 0), 20000), 0))
            over (order by execution_ms desc, text_key, warehouse_size, warehouse_type) as read_characters
    from text
),

-- Long texts are fetched once it is known which are wanted: carried along they would be most of the history.
long_text as (
    select
        query_id,
        min(left(query_text, 20000)) as query_text
    from snowflake.account_usage.query_history
    inner join ranked
        using (query_id)
    where start_time >= %(since)s
        and read_characters <= 20000000
        and short_text is null
    group by query_id
)
select
    text_key,
    warehouse_size,
    warehouse_type,
    query_type,
    statements,
    execution_ms,
    bytes_written,
    rows_changed,
    coalesce(short_text, query_text) as query_text
from ranked
left join long_text
    using (query_id)
order by execution_ms desc, text_key, warehouse_size, warehouse_type
limit %(top)s
