-- Question: how many assets were made each day, how large and how good are they?
-- Grain: 1 row per day that has any. Parameters: source_system (null for all), created_from, created_to (exclusive).
-- Columns: day, assets (number), size_bytes (sum, bytes), quality_score (mean, 0 to 1, four digits).
select
    cast(created_at as date) as day,
    count(*) as assets,
    cast(sum(size_bytes) as bigint) as size_bytes,
    round(avg(quality_score), 4) as quality_score
from sophia_core.unified_data_catalog
where (%(source_system)s is null or source_system = %(source_system)s)
    and created_at >= %(created_from)s
    and created_at < %(created_to)s
group by cast(created_at as date)
order by cast(created_at as date)
