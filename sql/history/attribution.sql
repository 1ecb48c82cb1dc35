-- Question: how many credits does Snowflake attribute to the statements of each warehouse-hour? Those of a statement are split by its time in each.
-- Grain: 1 row per warehouse and hour (UTC).
-- Parameters: since (timestamp, inclusive).
-- Columns: warehouse_name; hour_start (timestamp); statements (number); attributed_credits (credits, without idle time and statements below
-- 0.1 s); crossing_credits (the part of them that is of statements in more than one hour: how it falls on the hours is an estimate).
-- Latency of the view: up to 8 hours; QUERY_ATTRIBUTION_HISTORY needs the role USAGE_VIEWER.
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

attributed as (
    select
        warehouse_name,
        credits_attributed_compute,
        datediff('millisecond', %(since)s, start_time) as from_ms,
        datediff('millisecond', %(since)s, end_time) as to_ms,
        datediff('millisecond', %(since)s, date_trunc('hour', start_time)) as hour_ms,
        date_trunc('hour', start_time) as first_hour
    from snowflake.account_usage.query_attribution_history
    where start_time >= %(since)s
),

piece as (
    select
        warehouse_name,
        dateadd('hour', hours, first_hour) as hour_start,
        credits_attributed_compute,
        iff(to_ms > hour_ms + 3600000, 1, 0) as crosses,
        greatest(1, to_ms - from_ms) as all_ms,
        greatest(iff(hours = 0, 1, 0), least(to_ms, hour_ms + 3600000 * (hours + 1)) - greatest(from_ms, hour_ms + 3600000 * hours)) as piece_ms
    from attributed
    inner join later
        on hour_ms + 3600000 * hours < to_ms or hours = 0
)
select
    warehouse_name,
    hour_start,
    count(*) as statements,
    sum(cast(credits_attributed_compute * piece_ms / all_ms as float)) as attributed_credits,
    sum(cast(crosses * credits_attributed_compute * piece_ms / all_ms as float)) as crossing_credits
from piece
group by warehouse_name, hour_start
order by warehouse_name, hour_start
