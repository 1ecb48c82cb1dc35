-- Question: when did texts run that are alike, and what was written meanwhile? A replay of the result cache needs both in order.
-- Grain: 1 row per successful statement that reads with a text of which another run is alike, or that writes; at most top of them, the earliest.
-- Parameters: since (timestamp, inclusive), top (number of rows).
-- Columns: query_id; text_key (a hash of the exact text and its bound values); writes (1 or 0); start_time, end_time (timestamps); execution_ms (ms);
-- query_text (the first 20,000 characters); bound (its bound values, JSON text of an array); reads (all statements that read, repeated or not, number).
-- Texts are alike that differ at most in case, white space, comments, brackets and the order of their literals: these are compared in full later.
-- Of more than 5,000 characters only the same text is alike.
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
with statement as (
    select
        query_id,
        left(query_text, 20000) as query_text,
        md5(query_text) as exact_key,
        coalesce(to_json(bind_values), '') as bound,
        iff(query_type = 'SELECT', 0, 1) as writes,
        start_time,
        coalesce(end_time, start_time) as end_time,
        execution_time,
        iff(
            length(query_text) <= 5000,
            lower(regexp_replace(regexp_replace(query_text, '--[^\n]*|/\\*[^*]*\\*/', ''), '[\\s(),;]+', '')),
            translate(md5(query_text), '0123456789', 'ghijklmnop')
        ) as plain
    from snowflake.account_usage.query_history
    where start_time >= %(since)s
        and query_text is not null
        and coalesce(lower(execution_status), 'success') = 'success'
        and coalesce(query_type, 'UNKNOWN') not in ('SHOW', 'DESCRIBE', 'USE', 'SET', 'BEGIN_TRANSACTION', 'COMMIT', 'ROLLBACK')
),

named as (
    select
        *,
        md5(exact_key || bound) as text_key,
        md5(
            regexp_replace(plain, '''[^'']*''|[0-9]+', '')
            || '|' || length(plain)
            || '|' || length(replace(plain, '0', ''))
            || '|' || length(replace(plain, '1', ''))
            || '|' || length(replace(plain, '2', ''))
            || '|' || length(replace(plain, '3', ''))
            || '|' || length(replace(plain, '4', ''))
            || '|' || length(replace(plain, '5', ''))
            || '|' || length(replace(plain, '6', ''))
            || '|' || length(replace(plain, '7', ''))
            || '|' || length(replace(plain, '8', ''))
            || bound
        ) as alike_key
    from statement
),

repeated as (
    select
        alike_key,
        count(*) as statements
    from named
    where writes = 0
    group by alike_key
)
select
    query_id,
    text_key,
    writes,
    start_time,
    end_time,
    execution_time as execution_ms,
    query_text,
    bound,
    (select count(*) from named where writes = 0) as reads
from named
left join repeated
    using (alike_key)
where writes = 1 or statements > 1
order by start_time, query_id
limit %(top)s
