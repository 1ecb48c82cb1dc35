-- Question: which distinct statements ran, and what did they take? From these the fingerprints are made.
-- Grain: 1 row per query_parameterized_hash (its texts differ in a few literals) or, without one, per text without its literals (those of
-- texts with comments, quoted names or escapes stay); at most top of them; of those with more than 1,000 characters the longest-running ones
-- that come to 20,000,000 together.
-- Parameters: since (timestamp, inclusive), top (number of rows).
-- Columns: text_key (the hash, or the MD5 of that text); query_text (one of the texts, up to 100,000 characters);
-- statements, failed (numbers); cut (statements whose text is as long as Snowflake lets it be); characters (of all their texts, number);
-- elapsed_ms, execution_ms, compilation_ms, queued_ms (ms, sums); bytes_scanned (bytes, sum); partitions_scanned and partitions_total
-- (micro-partitions, sums; row groups when embedded); spilled_local and spilled_remote (bytes, sums); all_texts, all_statements and
-- all_characters (of all rows, those beyond top too).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
with statement as (
    select
        query_parameterized_hash,
        iff(query_parameterized_hash is null, query_text, null) as unhashed_text,
        query_id,
        iff(length(query_text) <= 1000, query_text, null) as short_text,
        length(query_text) as characters,
        iff(coalesce(lower(execution_status), 'success') = 'success', 0, 1) as failed,
        coalesce(total_elapsed_time, execution_time) as elapsed_time,
        execution_time,
        compilation_time,
        queued_overload_time,
        bytes_scanned,
        partitions_scanned,
        partitions_total,
        bytes_spilled_to_local_storage,
        bytes_spilled_to_remote_storage
    from snowflake.account_usage.query_history
    where start_time >= %(since)s
),

-- Each distinct text once, so that its literals are looked for once.
exact_text as (
    select
        query_parameterized_hash,
        unhashed_text,
        min(query_id) as query_id,
        min(short_text) as short_text,
        max(characters) as longest,
        count(*) as statements,
        sum(failed) as failed,
        sum(iff(characters >= 100000, 1, 0)) as cut,
        sum(characters) as characters,
        sum(elapsed_time) as elapsed_ms,
        sum(execution_time) as execution_ms,
        sum(compilation_time) as compilation_ms,
        sum(queued_overload_time) as queued_ms,
        sum(bytes_scanned) as bytes_scanned,
        sum(partitions_scanned) as partitions_scanned,
        sum(partitions_total) as partitions_total,
        sum(bytes_spilled_to_local_storage) as spilled_local,
        sum(bytes_spilled_to_remote_storage) as spilled_remote
    from statement
    group by query_parameterized_hash, unhashed_text
),

text as (
    select
        case
            when query_parameterized_hash is not null then query_parameterized_hash
            when unhashed_text is null then 'no text'
            when contains(unhashed_text, '--')
                or contains(unhashed_text, '//')
                or contains(unhashed_text, '/*')
                or contains(unhashed_text, '"')
                or contains(unhashed_text, '$')
                or contains(unhashed_text, '%%(')
                or contains(unhashed_text, '\\')
                then md5(unhashed_text)
            else md5(regexp_replace(unhashed_text, '''[^'']*''|\\b[0-9]+\\b', '?'))
        end as text_key,
        min(query_id) as query_id,
        min(short_text) as short_text,
        max(longest) as longest,
        sum(statements) as statements,
        sum(failed) as failed,
        sum(cut) as cut,
        sum(characters) as characters,
        sum(elapsed_ms) as elapsed_ms,
        sum(execution_ms) as execution_ms,
        sum(compilation_ms) as compilation_ms,
        sum(queued_ms) as queued_ms,
        sum(bytes_scanned) as bytes_scanned,
        sum(partitions_scanned) as partitions_scanned,
        sum(partitions_total) as partitions_total,
        sum(spilled_local) as spilled_local,
        sum(spilled_remote) as spilled_remote
    from exact_text
    group by text_key
),

ranked as (
    select
        *,
        count(*) over () as all_texts,
        sum(statements) over () as all_statements,
        sum(characters) over () as all_characters,
        row_number() over (order by execution_ms desc, text_key) as place,
        sum(iff(short_text is null, least(coalesce(longest, 0), 100000), 0)) over (order by execution_ms desc, text_key) as read_characters
    from text
),

-- Long texts are fetched once it is known which are wanted: carried along they would be most of the history.
long_text as (
    select
        query_id,
        min(left(query_text, 100000)) as query_text
    from snowflake.account_usage.query_history
    inner join ranked
        using (query_id)
    where start_time >= %(since)s
        and place <= %(top)s
        and read_characters <= 20000000
        and short_text is null
    group by query_id
)
select
    text_key,
    coalesce(short_text, query_text) as query_text,
    statements,
    failed,
    cut,
    characters,
    elapsed_ms,
    execution_ms,
    compilation_ms,
    queued_ms,
    bytes_scanned,
    partitions_scanned,
    partitions_total,
    spilled_local,
    spilled_remote,
    all_texts,
    all_statements,
    all_characters
from ranked
left join long_text
    using (query_id)
where place <= %(top)s
    and (read_characters <= 20000000 or short_text is not null)
order by execution_ms desc, text_key
