-- Question: which assets mention a word, so that scoring them is worth it? The newest ones first: numbers are given in order.
-- Grain: 1 row per asset, at most row_limit. Parameters: word (lower case), source_system (null for all), created_from, created_to (exclusive), row_limit.
-- Columns: as in item.sql.
select
    asset_id,
    source_system,
    name,
    description,
    quality_score
from sophia_core.unified_data_catalog
where contains(description, %(word)s)
    and (%(source_system)s is null or source_system = %(source_system)s)
    and created_at >= %(created_from)s
    and created_at < %(created_to)s
order by asset_id desc
limit %(row_limit)s
