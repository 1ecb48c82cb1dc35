-- Change: one more asset. Parameters: one for each column; attributes is JSON text.
insert into sophia_core.unified_data_catalog
select
    %(asset_id)s,
    %(source_system)s,
    %(asset_type)s,
    %(name)s,
    %(description)s,
    %(owner_team)s,
    %(created_at)s,
    %(size_bytes)s,
    %(row_count)s,
    %(quality_score)s,
    parse_json(%(attributes)s)
