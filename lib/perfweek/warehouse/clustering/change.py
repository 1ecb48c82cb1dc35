"""The statements that give a table a clustering key, check it and undo it, on Snowflake and on the embedded engine.

Names are quoted; of query texts nothing is taken but names and the constants of conditions, which are written as literals.
"""

import math
from collections.abc import Mapping, Sequence

from sqlglot import exp

from perfweek.predictions import Prediction
from perfweek.warehouse.advisers.finding import Change
from perfweek.warehouse.advisers.material import KnownTable
from perfweek.warehouse.clustering.cost import ClusteringCost
from perfweek.warehouse.clustering.judgement import METRIC, Advice
from perfweek.warehouse.clustering.keys import Key
from perfweek.warehouse.conditions import Range, Value
from perfweek.warehouse.names import literal, quoted_column, slug, written_name, written_table
from perfweek.warehouse.wording import size
from perfweek.wording import number

_TRIED = 3
"""So many of the costliest conditions are tried on the copy."""
_CLASSIC = (
    "The table has a key of Classic clustering, and stays with Classic: changing the key does not move it. Dropping the key and adding it "
    "again does, to Optima, and there is no way back: so the rollback sets the former key and never drops it. Reclustering is paid for both ways."
)
_OPTIMA = (
    "The key is dropped again; rows stay in their new order until they are written anew, what clustering cost is not refunded, and a key that is "
    "added later is of Optima clustering."
)


def change_of(advice: Advice, table: KnownTable, cost: ClusteringCost, *, embedded: bool) -> Change:
    """The change to the chosen key, with the former key as the rollback's aim, and the predictions of the endpoints it affects."""
    name, keys = written_table(table.name), _written(advice.chosen.keys, advice)
    return Change(
        name=slug(f"cluster-{table.name[-1]}"),
        apply=(f"alter table {name} cluster by ({keys})",),
        verify=(last_hour(table.name), _estimate(name, keys), _depth(name, keys), *_on_a_copy(advice, table, keys)),
        rollback=(f"alter table {name} cluster by {_parenthesised(table.key_now)}" if table.key_now else f"alter table {name} drop clustering key",),
        costs=cost_words(cost),
        grants=(f"ownership, or alter, on table {name}", "usage on its schema and database", "create table on its schema, for the check on a copy"),
        session=("alter session set use_cached_result = false",),
        former=f"clustering key {table.key_now}" if table.key_now else "no clustering key",
        warning=_CLASSIC if table.key_now and cost.version == "CLASSIC" else _OPTIMA,
        embedded=_rewritten(table, name, keys, advice) if embedded else None,
        predictions=tuple(predictions(advice)),
        check=_check_words(table) if _costliest(advice) else "",
    )


def _check_words(table: KnownTable) -> str:
    return (
        f"the whole table ({size(table.bytes)}) is written once more in order, on the session's warehouse, into a transient table that the script "
        "drops again; where the script is broken off, drop it by hand"
    )


def predictions(advice: Advice) -> list[Prediction]:
    """One for each affected endpoint; the artifact is filled in when the scripts are written."""
    change = f"cluster {advice.use.name} by {advice.chosen.name}"
    found = []
    for endpoint in advice.affected:
        then = advice.chosen.endpoints[endpoint]
        before = advice.now[endpoint].value
        found.append(Prediction(f"clustering: {endpoint}", change, METRIC, {"endpoint": endpoint}, before, then.low, then.likely, then.high, ""))
    return found


def cost_words(cost: ClusteringCost) -> str:
    """What making and keeping the order costs."""
    billed = "by the volume that comes in" if cost.version == "OPTIMA" else "by serverless compute"
    if math.isnan(cost.once):
        return f"{cost.version.title()} clustering, billed {billed}. What it costs cannot be told: {cost.rate.basis}; ask Snowflake for its estimate."
    rows = "unknown" if math.isnan(cost.rows_changed) else f"{cost.rows_changed:,.0f}"
    return (
        f"{cost.version.title()} clustering, billed {billed}: about {number(cost.once)} credits once, at most {number(cost.kept)} for the rows "
        f"added or updated in {number(cost.days)} days ({rows}; {100 * cost.overlap:.0f} % of them have to be put in order). By {cost.rate.basis}."
    )


def last_hour(table: Sequence[str]) -> str:
    """The share of partitions scanned by endpoint in the last hour."""
    return f"""select
    try_parse_json(query_tag):route::string as endpoint,
    count(*) as statements,
    sum(partitions_scanned) / nullif(sum(partitions_total), 0) as partitions_scanned_share
from snowflake.account_usage.query_history
where start_time >= dateadd(hour, -1, current_timestamp())
    and query_type = 'SELECT'
    and contains(lower(query_text), {literal(table[-1].lower())})
group by try_parse_json(query_tag):route::string
order by statements desc"""


def _rewritten(table: KnownTable, name: str, keys: str, advice: Advice) -> Change:
    kept = written_table((*table.name[:-1], f"{table.name[-1]}__BEFORE"))
    return Change(
        name=slug(f"cluster-{table.name[-1]}"),
        apply=(
            f"create table if not exists {kept} as select * from {name}",
            f"create or replace table {name} as select * from {name} order by {keys}",
        ),
        verify=(last_hour(table.name),),
        rollback=(
            f"create table if not exists {kept} as select * from {name}",
            f"create or replace table {name} as select * from {kept}",
            f"drop table if exists {kept}",
        ),
        costs="The table is written anew once, and kept twice until it is rolled back or the kept rows are dropped. Stop the service first.",
        former="rows in the order in which they were stored",
        warning="Indexes and constraints are not carried over; rows added since the change are lost by the rollback.",
        predictions=tuple(predictions(advice)),
    )


def _estimate(name: str, keys: str) -> str:
    """Snowflake's own estimate of what the key costs: once, and for Classic clustering to keep; it may be off by as much again."""
    return f"select system$estimate_automatic_clustering_costs({literal(name)}, {literal(f'({keys})')}) as estimate"


def _depth(name: str, keys: str) -> str:
    """Optima's answer has a version, and neither constant partitions nor a histogram of depths: average_depth is in both."""
    return f"""select
    parse_json(information):version::string as version,
    parse_json(information):total_partition_count::number as partitions,
    parse_json(information):average_depth::float as average_depth,
    parse_json(information):average_overlaps::float as average_overlaps
from (select system$clustering_information({literal(name)}, {literal(f"({keys})")}) as information)"""


def _on_a_copy(advice: Advice, table: KnownTable, keys: str) -> list[str]:
    """The order tried on a copy: `explain` says how many partitions each of the costliest conditions would be assigned, before and after."""
    copy = written_table((*table.name[:-1], f"{table.name[-1]}__PERFWEEK_ORDERED"))
    name = written_table(table.name)
    conditions = _costliest(advice)
    if not conditions:
        return []
    before = [f"explain using tabular select count(*) from {name} where {condition}" for condition in conditions]
    after = [f"explain using tabular select count(*) from {copy} where {condition}" for condition in conditions]
    make = (f"create or replace transient table {copy} like {name}", f"insert overwrite into {copy} select * from {name} order by {keys}")
    return [*make, *before, *after, f"drop table if exists {copy}"]


def _costliest(advice: Advice) -> list[str]:
    times: dict[str, float] = {}
    for asked in advice.use.statements:
        if asked.restriction.ranges:
            condition = _condition(asked.restriction.ranges, advice)
            times[condition] = times.get(condition, 0.0) + asked.execution_ms
    return sorted(times, key=lambda condition: -times[condition])[:_TRIED]


def _condition(ranges: Mapping[str, Range], advice: Advice) -> str:
    parts: list[exp.Expr] = []
    for column, wanted in ranges.items():
        name = quoted_column(advice.use.columns.get(column, column))
        ends = ((wanted.low, exp.GT if wanted.above else exp.GTE), (wanted.high, exp.LT if wanted.below else exp.LTE))
        parts += [compare(this=name.copy(), expression=_constant(value)) for value, compare in ends if value is not None]
    return exp.and_(*parts).sql("snowflake") if parts else "true"


def _constant(value: Value) -> exp.Expr:
    return exp.Literal.string(value) if isinstance(value, str) else exp.Literal.number(repr(value))


def _written(keys: Sequence[Key], advice: Advice) -> str:
    return ", ".join(key.sql(written_name(advice.use.columns[key.column])) for key in keys)


def _parenthesised(key: str) -> str:
    """'LINEAR(a, b)' as the catalog states it, or '(a, b)', as it is written in an alter."""
    stated = " ".join(key.split()).removeprefix("LINEAR").strip()
    return stated if stated.startswith("(") else f"({stated})"
