-- Question: what is on a page of the listing, newest first, with the wide attributes?
-- Grain: 1 row per asset, at most row_limit. Parameters and columns: as in page_ids.sql and item.sql.
select
    asset_id,
    source_system,
    asset_type,
    name,
    description,
    owner_team,
    created_at,
    size_bytes,
    row_count,
    quality_score,
    attributes
from sophia_core.unified_data_catalog
where (%(source_system)s is null or source_system = %(source_system)s)
    and created_at >= %(created_from)s
    and created_at <= %(before)s
    and (created_at < %(before)s or asset_id < %(before_id)s)
order by created_at desc, asset_id desc
limit %(row_limit)s
