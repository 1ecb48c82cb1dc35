-- Question: which statements kept the warehouses working? An hour's working time is shared among those that executed in it, by how long they did.
-- Grain: 1 row per text_key of texts.sql, warehouse, its size and type.
-- Parameters: since (timestamp, inclusive).
-- Columns: text_key (see texts.sql); warehouse_name; warehouse_size; warehouse_type; run_ms (ms, sum of execution); busy_ms (ms,
-- their share of the time in which the warehouse worked: over all statements it is the sum of busy_ms of cost.sql).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
with digit as (
    select 0 as digit
    union all select 1
    union all select 2
    union all select 3
    union all select 4
    union all select 5
    union all select 6
),

later as (
    select 7 * tens.digit + ones.digit as hours
    from digit as tens
    cross join digit as ones
),

execution as (
    select
        case
            when query_parameterized_hash is not null then query_parameterized_hash
            when query_text is null then 'no text'
            when contains(query_text, '--')
                or contains(query_text, '//')
                or contains(query_text, '/*')
                or contains(query_text, '"')
                or contains(query_text, '$')
                or contains(query_text, '%%(')
                or contains(query_text, '\\')
                then md5(query_text)
            else md5(regexp_replace(query_text, '''[^'']*''|\\b[0-9]+\\b', '?'))
        end as text_key,
        coalesce(warehouse_name, '') as warehouse_name,
        warehouse_size,
        coalesce(warehouse_type, 'STANDARD') as warehouse_type,
        coalesce(cluster_number, 1) as cluster_number,
        datediff('millisecond', %(since)s, end_time) - execution_time as from_ms,
        datediff('millisecond', %(since)s, end_time) as to_ms,
        datediff('millisecond', %(since)s, date_trunc('hour', dateadd('millisecond', cast(-execution_time as integer), end_time))) as hour_ms,
        date_trunc('hour', dateadd('millisecond', cast(-execution_time as integer), end_time)) as first_hour
    from snowflake.account_usage.query_history
    where start_time >= %(since)s
        and warehouse_size is not null
        and execution_time > 0
),

piece as (
    select
        text_key,
        warehouse_name,
        warehouse_size,
        warehouse_type,
        cluster_number,
        dateadd('hour', hours, first_hour) as hour_start,
        greatest(from_ms, hour_ms + 3600000 * hours) as from_ms,
        least(to_ms, hour_ms + 3600000 * (hours + 1)) as to_ms
    from execution
    inner join later
        on hour_ms + 3600000 * hours < to_ms
),

reached as (
    select
        *,
        max(to_ms) over (
            partition by warehouse_name, warehouse_size, warehouse_type, cluster_number, hour_start
            order by from_ms, to_ms rows between unbounded preceding and 1 preceding
        ) as reached_ms
    from piece
),

warehouse_hour as (
    select
        warehouse_name,
        warehouse_size,
        warehouse_type,
        cluster_number,
        hour_start,
        sum(to_ms - from_ms) as run_ms,
        sum(greatest(0, to_ms - greatest(from_ms, coalesce(reached_ms, from_ms)))) as busy_ms
    from reached
    group by warehouse_name, warehouse_size, warehouse_type, cluster_number, hour_start
)
select
    text_key,
    warehouse_name,
    warehouse_size,
    warehouse_type,
    sum(to_ms - from_ms) as run_ms,
    sum((to_ms - from_ms) / run_ms * busy_ms) as busy_ms
from piece
inner join warehouse_hour
    using (warehouse_name, warehouse_size, warehouse_type, cluster_number, hour_start)
group by text_key, warehouse_name, warehouse_size, warehouse_type
order by busy_ms desc, text_key, warehouse_name, warehouse_size, warehouse_type
