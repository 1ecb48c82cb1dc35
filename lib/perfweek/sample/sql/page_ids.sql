-- Question: which assets are on a page of the listing, newest first?
-- Grain: 1 row per asset, at most row_limit.
-- Parameters: source_system (null for all), created_from, before and before_id (the page starts after that asset; id 0 starts at
-- the time itself, exclusive), row_limit.
select asset_id
from sophia_core.unified_data_catalog
where (%(source_system)s is null or source_system = %(source_system)s)
    and created_at >= %(created_from)s
    and created_at <= %(before)s
    and (created_at < %(before)s or asset_id < %(before_id)s)
order by created_at desc, asset_id desc
limit %(row_limit)s
