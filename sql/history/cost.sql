-- Question: for how much of each hour did each warehouse work? Where nothing is metered, its credits are estimated from this.
-- Grain: 1 row per warehouse, its size and type, and hour (UTC) in which a statement executed on it.
-- Parameters: since (timestamp, inclusive).
-- Columns: warehouse_name; warehouse_size; warehouse_type; hour_start (timestamp); statements (that executed in the hour, number); run_ms (ms, sum
-- of their execution within the hour); busy_ms (ms in which at least one executed, summed over the clusters of the warehouse).
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
)
select
    warehouse_name,
    warehouse_size,
    warehouse_type,
    hour_start,
    count(*) as statements,
    sum(to_ms - from_ms) as run_ms,
    sum(greatest(0, to_ms - greatest(from_ms, coalesce(reached_ms, from_ms)))) as busy_ms
from reached
group by warehouse_name, warehouse_size, warehouse_type, hour_start
order by warehouse_name, warehouse_size, warehouse_type, hour_start
