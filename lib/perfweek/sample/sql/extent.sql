-- Question: how many assets are there, and which number was given last?
-- Grain: 1 row. Columns: assets (number), last_id.
select
    count(*) as assets,
    max(asset_id) as last_id
from sophia_core.unified_data_catalog
