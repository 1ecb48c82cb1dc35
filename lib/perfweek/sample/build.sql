-- The sample's rows and their two layouts, in DuckDB's dialect.
-- Every value is cut from the MD5 of the row's number, with whole-number arithmetic and a square root (exact in IEEE 754),
-- so that the rows are the same on every machine. Variables: asset_count, the number of rows; night_rows, how many one
-- night's load brings.

create macro pick(words, draw) as words[(1 + draw % len(words))::integer];
create macro source_of(draw) as case
    when draw < 14400 then 'amplitude' when draw < 26200 then 'zendesk' when draw < 35700 then 'salesforce'
    when draw < 43500 then 'hubspot' when draw < 50000 then 'github' when draw < 55000 then 'gong'
    when draw < 58900 then 'slack' when draw < 61500 then 'linear' when draw < 63400 then 'notion'
    when draw < 64600 then 'asana' when draw < 65300 then 'intercom' else 'looker' end;
create macro subject_of(draw) as pick(
    ['customer', 'revenue', 'pipeline', 'ticket', 'campaign', 'invoice', 'usage', 'contract', 'lead', 'event', 'employee', 'product'], draw);
create macro kind_of(draw) as pick(['daily', 'weekly', 'raw', 'clean', 'scored', 'merged', 'archived', 'forecast'], draw);
create macro team_of(draw) as pick(['sales', 'finance', 'support', 'growth', 'platform', 'research'], draw);
create macro tag_of(draw) as pick(['pii', 'gold', 'silver', 'bronze', 'gdpr', 'finance', 'ml', 'bi', 'legacy', 'core'], draw);
create macro column_of(draw) as pick(
    ['amount', 'score', 'stage', 'status', 'country', 'plan', 'email', 'phone', 'segment', 'channel', 'currency', 'owner'], draw);

-- 1 row per feed: the wide attributes that all assets of one feed share
create temp table feed as
with drawn as (
    select number, (md5_number_lower('feed ' || number) % 1073741824)::bigint as draw from range(960) as feeds(number)
)
select number, json_object(
    'classification', pick(['public', 'internal', 'restricted'], draw),
    'retention_days', 30 * (1 + draw % 24),
    'tags', [tag_of(draw), tag_of(draw // 16), tag_of(draw // 256)],
    'columns', list_transform(range(9), lambda place: {
        'name': column_of(draw // (place + 3)),
        'type': pick(['varchar', 'number', 'timestamp'], draw // (place + 5)),
        'nullable': draw // (place + 9) % 2 = 0,
        'description': concat('field ', place + 1, ' of feed ', number, ', filled by its ', kind_of(draw // (place + 2)), ' job')
    }),
    'job', concat('load_feed_', number)
)::varchar as attributes
from drawn;
set variable feeds = (select list(attributes order by number) from feed);

-- 1 row per asset: its random draws, 16 bits each, and when it was made (a catalogue that grows steadily for three years)
create temp table asset as
select
    asset_id,
    (high & 65535)::integer as source_draw,
    ((high >> 16) & 65535)::integer as word_draw,
    ((high >> 32) & 65535)::integer as feed_draw,
    ((high >> 48) & 65535)::integer as size_draw,
    (low & 65535)::integer as score_draw,
    (low >> 16)::bigint as load_draw,
    source_of(source_draw) as source_system,
    timestamp '2023-11-01' + to_seconds((94694400 * sqrt((asset_id - 1)::double / getvariable('asset_count')))::bigint) as created_at
from (
    select number as asset_id, md5_number_upper(number::varchar) as high, md5_number_lower(number::varchar) as low
    from range(1, getvariable('asset_count') + 1) as numbers(number)
);

-- As found: each night's load brought a batch of every source system, with rows of all three years.
create temp view as_found_order as
select * from asset order by load_draw % greatest(1, getvariable('asset_count') // getvariable('night_rows')), source_system, load_draw, asset_id;

-- Improved: what clustering by day and source system would reach; numbers grow with time, so they are in order as well.
create temp view improved_order as select * from asset order by created_at::date, source_system, asset_id;

create macro catalog_rows(ordered) as table
select
    asset_id,
    source_system,
    pick(['table', 'view', 'dashboard', 'report', 'stream', 'file', 'metric'], word_draw) as asset_type,
    concat_ws('_', kind_of(word_draw // 7), subject_of(word_draw // 64), asset_id) as name,
    concat(kind_of(word_draw // 7), ' ', subject_of(word_draw // 64), ' data, kept by the ', team_of(feed_draw), ' team') as description,
    team_of(feed_draw) as owner_team,
    created_at,
    size_draw::bigint * (1 + score_draw) as size_bytes,
    size_draw::bigint * 7 as row_count,
    (score_draw % 1001) / 1000.0::double as quality_score,
    getvariable('feeds')[1 + feed_draw % 960]::json as attributes
from query_table(ordered);
