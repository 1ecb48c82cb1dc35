-- Question: which statements read partitions that they could have left out?
-- Grain: 1 row per query_parameterized_hash (or text, without one) that scanned a table, at most top of them.
-- Parameters: since (timestamp, inclusive), top (number of rows).
-- Columns: text_key (the hash, or the MD5 of the text); query_text (one of the texts); statements (number); execution_ms (ms, sum);
-- partitions_scanned and partitions_total (micro-partitions, sums over all tables; row groups when embedded); pruned_share (of the partitions,
-- 0 to 1); scanning_ms (execution time times the share scanned: what better pruning could save at most, ms).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
with text as (
    select
        coalesce(query_parameterized_hash, md5(query_text), 'no text') as text_key,
        left(min(query_text), 100000) as query_text,
        count(*) as statements,
        sum(execution_time) as execution_ms,
        sum(partitions_scanned) as partitions_scanned,
        sum(partitions_total) as partitions_total,
        sum(execution_time * partitions_scanned / partitions_total) as scanning_ms
    from snowflake.account_usage.query_history
    where start_time >= %(since)s
        and partitions_total > 0
    group by coalesce(query_parameterized_hash, md5(query_text), 'no text')
)
select
    text_key,
    query_text,
    statements,
    execution_ms,
    partitions_scanned,
    partitions_total,
    cast(1 - partitions_scanned / partitions_total as float) as pruned_share,
    cast(scanning_ms as float) as scanning_ms
from text
order by scanning_ms desc, text_key
limit %(top)s
