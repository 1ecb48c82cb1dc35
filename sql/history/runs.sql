-- Question: when did repeated texts run, and what was written meanwhile? A replay of the result cache needs both in order.
-- Grain: 1 row per successful statement that reads with a text that ran more than once, or that writes; at most top of them, the earliest.
-- Parameters: since (timestamp, inclusive), top (number of rows).
-- Columns: query_id; text_key (MD5 of the exact text); writes (1 or 0); start_time, end_time (timestamps); execution_ms (ms); query_text (the first
-- 20,000 characters); reads (all statements that read, repeated or not, number).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
with statement as (
    select
        query_id,
        md5(query_text) as text_key,
        iff(query_type = 'SELECT', 0, 1) as writes,
        start_time,
        coalesce(end_time, start_time) as end_time,
        execution_time,
        query_text
    from snowflake.account_usage.query_history
    where start_time >= %(since)s
        and query_text is not null
        and coalesce(lower(execution_status), 'success') = 'success'
        and coalesce(query_type, 'UNKNOWN') not in ('SHOW', 'DESCRIBE', 'USE', 'SET', 'BEGIN_TRANSACTION', 'COMMIT', 'ROLLBACK')
),

repeated as (
    select
        text_key,
        count(*) as statements
    from statement
    where writes = 0
    group by text_key
)
select
    query_id,
    text_key,
    writes,
    start_time,
    end_time,
    execution_time as execution_ms,
    left(query_text, 20000) as query_text,
    (select count(*) from statement where writes = 0) as reads
from statement
left join repeated
    using (text_key)
where writes = 1 or statements > 1
order by start_time, query_id
limit %(top)s
