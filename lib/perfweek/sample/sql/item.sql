-- Question: what is known about one asset?
-- Grain: 1 row per asset, none or one. Parameter: asset_id.
-- Columns: those of the catalogue; size_bytes in bytes, quality_score from 0 to 1, attributes as JSON text.
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
where asset_id = %(asset_id)s
