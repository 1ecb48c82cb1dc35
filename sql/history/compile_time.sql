-- Question: which statements take long to compile?
-- Grain: 1 row per query_parameterized_hash (or text, without one), at most top of them.
-- Parameters: since (timestamp, inclusive), top (number of rows).
-- Columns: text_key (the hash, or the MD5 of the text); query_text (one of the texts); statements (number); elapsed_ms, compilation_ms (ms, sums);
-- longest_compilation_ms (ms); characters (length of the longest text).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
select
    coalesce(query_parameterized_hash, md5(query_text), 'no text') as text_key,
    left(min(query_text), 100000) as query_text,
    count(*) as statements,
    sum(coalesce(total_elapsed_time, execution_time)) as elapsed_ms,
    sum(compilation_time) as compilation_ms,
    max(compilation_time) as longest_compilation_ms,
    max(length(query_text)) as characters
from snowflake.account_usage.query_history
where start_time >= %(since)s
    and compilation_time > 0
group by coalesce(query_parameterized_hash, md5(query_text), 'no text')
order by compilation_ms desc, text_key
limit %(top)s
