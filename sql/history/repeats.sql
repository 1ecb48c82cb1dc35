-- Question: which exact texts ran again and again?
-- Grain: 1 row per exact text (query_hash or, without one, the MD5 of the text) that succeeded more than once, at most top of them.
-- Parameters: since (timestamp, inclusive), top (number of rows).
-- Columns: text_key (the hash, or the MD5 of the text); query_text (one of the texts); statements (number); first_start and last_start (timestamps);
-- execution_ms (ms, sum); repeated_ms (the part of it after the first run, ms); bytes_scanned (bytes, sum).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
with statement as (
    select
        coalesce(query_hash, md5(query_text), 'no text') as text_key,
        query_text,
        start_time,
        execution_time,
        bytes_scanned
    from snowflake.account_usage.query_history
    where start_time >= %(since)s
        and query_type = 'SELECT'
        and coalesce(lower(execution_status), 'success') = 'success'
)
select
    text_key,
    left(min(query_text), 100000) as query_text,
    count(*) as statements,
    min(start_time) as first_start,
    max(start_time) as last_start,
    sum(execution_time) as execution_ms,
    sum(execution_time) - min_by(execution_time, start_time) as repeated_ms,
    sum(bytes_scanned) as bytes_scanned
from statement
group by text_key
having count(*) > 1
order by repeated_ms desc, text_key
limit %(top)s
