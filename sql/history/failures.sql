-- Question: which errors ended statements, and how much time went into them?
-- Grain: 1 row per error code and kind of statement.
-- Parameters: since (timestamp, inclusive).
-- Columns: error_code; query_type; statements (number); timed_out (errors 630 and 604, number); elapsed_ms (ms, sum); first_start and last_start
-- (timestamps); error_message (of one of them).
-- Latency of the view: up to 45 minutes on Snowflake, none when embedded.
select
    error_code,
    query_type,
    count(*) as statements,
    count_if(coalesce(error_code, '') in ('630', '604', '000630', '000604')) as timed_out,
    sum(coalesce(total_elapsed_time, execution_time)) as elapsed_ms,
    min(start_time) as first_start,
    max(start_time) as last_start,
    min(error_message) as error_message
from snowflake.account_usage.query_history
where start_time >= %(since)s
    and lower(execution_status) <> 'success'
group by error_code, query_type
order by statements desc, error_code, query_type
