-- Question: how many requests does the access log hold that a cache would see, and when?
-- Grain: 1 row.
-- Parameters: since and until (epoch seconds; inclusive, exclusive).
-- Columns: reads (requests), writes (requests), keys (distinct, about), first_seconds, last_seconds (epoch seconds).
-- Latency of the view: that of the table or view access_log; see sample.sql.
select
    count_if(method in ('GET', 'HEAD')) as reads,
    count_if(method in ('POST', 'PUT', 'PATCH', 'DELETE')) as writes,
    approx_count_distinct(key) as keys,
    min(time) as first_seconds,
    max(time) as last_seconds
from access_log
where time >= %(since)s
    and time < %(until)s
    and key <> ''
    and status < 400
    and method in ('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE')
