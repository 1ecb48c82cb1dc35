-- Question: which requests are in a sample of the keys, the same sample at every run and on every engine?
-- Grain: 1 row per request of a key whose MD5, behind a salt, begins below a bound: all requests of a key are in, or none.
-- Parameters: salt (text), below (eight hexadecimal digits, exclusive: '028f5c29' keeps 1 %% of the keys, 'g' keeps all), since and until
-- (epoch seconds; inclusive, exclusive).
-- Columns: seconds (epoch seconds, arrival), key (of the cache), is_write (whether the request deletes its key), bytes (of the response).
-- Latency of the view: that of the table or view access_log, in the schema of the connection, with the columns of the service's access log:
-- time (epoch seconds), key, method, status, bytes. Failed requests and requests without a key are left out.
select
    time as seconds,
    key,
    method in ('POST', 'PUT', 'PATCH', 'DELETE') as is_write,
    bytes
from access_log
where time >= %(since)s
    and time < %(until)s
    and left(md5(concat(%(salt)s, key)), 8) < %(below)s
    and key <> ''
    and status < 400
    and method in ('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE')
order by time, request_id
