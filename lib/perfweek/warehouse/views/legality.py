"""What Snowflake lets a materialized view hold: each rule with its reason, so that a refusal says which one it was.

The list is that of docs.snowflake.com/en/user-guide/views-materialized#limitations-on-creating-materialized-views. A dynamic table may join;
the other rules keep it refreshable by increments (docs.snowflake.com/en/user-guide/dynamic-tables-supported-queries).
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal

from sqlglot import exp

Kind = Literal["materialized view", "dynamic table"]
Check = Callable[[exp.Select], object]
ALLOWED: Final = (
    *(exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop),
    *(exp.ApproxDistinct, exp.Hll, exp.BitwiseAndAgg, exp.BitwiseOrAgg, exp.BitwiseXorAgg),
)
_CHANGING: Final = (exp.Rand, exp.Randn, exp.Uuid, exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime, exp.CurrentDatetime, exp.Localtimestamp)
_SESSION: Final = (exp.CurrentUser, exp.CurrentRole, exp.CurrentSchema, exp.CurrentDatabase, exp.CurrentWarehouse, exp.CurrentSession)
_CHANGING_NAMES = {"RANDSTR", "UUID_STRING", "SEQ1", "SEQ2", "SEQ4", "SEQ8", "SYSDATE", "GETDATE", "SYSTIMESTAMP", "ZIPF", "UNIFORM", "NORMAL"}
_OWN_NAMES = {"LEFT", "RIGHT", "MOD", "DIV0", "ZEROIFNULL", "NULLIFZERO", "REGEXP_COUNT", "TO_NUMBER", "TO_DECIMAL", "DIV0NULL", "SQUARE"}


def refusals(select: exp.Expr, kind: Kind = "materialized view", types: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Every reason why this cannot be the definition of a `kind`; none for a legal one. `types`: Snowflake types by column name."""
    if not isinstance(select, exp.Select):
        return ("it joins the rows of several queries (UNION, INTERSECT or EXCEPT)",)
    rules = (*OF_BLOCKS, *OF_DEFINITIONS) if kind == "dynamic table" else (*OF_TABLES, *OF_BLOCKS, *OF_DEFINITIONS)
    return _broken(rules, select) + _zoned(select, types or {})


def block_refusals(select: exp.Select, kind: Kind, types: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The same for a block of a statement, of which HAVING, ORDER BY and LIMIT stay outside the view."""
    rules = OF_BLOCKS if kind == "dynamic table" else (*OF_TABLES, *OF_BLOCKS)
    return _broken(rules, select) + _zoned(select, types or {})


def _broken(rules: tuple[tuple[str, Check], ...], select: exp.Select) -> tuple[str, ...]:
    return tuple(reason for reason, broken in rules if broken(select))


def _tables(select: exp.Select) -> list[exp.Table]:
    return [table for table in select.find_all(exp.Table) if table.name]


def _nested(select: exp.Select) -> bool:
    return any(one is not select for one in select.find_all(exp.Query))


def _from_outside(select: exp.Select) -> bool:
    names = {table.alias_or_name for table in _tables(select)}
    return not _nested(select) and any(column.table and column.table not in names for column in select.find_all(exp.Column))


def _unknown_owner(select: exp.Select) -> bool:
    aliases = {one.alias for one in select.expressions}
    columns = [column for column in select.find_all(exp.Column) if not column.table and column.name not in aliases]
    return len(_tables(select)) > 1 and bool(columns)


def _not_allowed(select: exp.Select) -> bool:
    return any(not isinstance(one, ALLOWED) for one in select.find_all(exp.AggFunc))


def _twice(select: exp.Select) -> bool:
    return any(one.find_ancestor(exp.AggFunc) for one in select.find_all(exp.AggFunc))


def _changing(select: exp.Select) -> bool:
    return any(select.find_all(*_CHANGING)) or any(one.name.upper() in _CHANGING_NAMES for one in select.find_all(exp.Anonymous))


def _user_defined(select: exp.Select) -> bool:
    return any(one.name.upper() not in _OWN_NAMES | _CHANGING_NAMES for one in select.find_all(exp.Anonymous, exp.Dot, exp.AnonymousAggFunc))


def _grouping_sets(select: exp.Select) -> bool:
    group = select.args.get("group")
    return bool(group and (group.args.get("all") or group.find(exp.Rollup, exp.Cube, exp.GroupingSets)))


def _hidden_keys(select: exp.Select) -> bool:
    group = select.args.get("group")
    shown = {one.unalias().sql("snowflake") for one in select.expressions}
    return group is not None and any(key.sql("snowflake") not in shown for key in group.expressions)


def _sampled(select: exp.Select) -> bool:
    return bool(select.find(exp.TableSample)) or any(table.args.get("when") or table.args.get("changes") for table in _tables(select))


def _zoned(select: exp.Select, types: Mapping[str, str]) -> tuple[str, ...]:
    """A day of TIMESTAMP_LTZ is another one in another session's time zone."""
    zoned = {name for name, kind in types.items() if in_session_zone(kind)}
    used = [column for column in select.find_all(exp.Column) if column.name in zoned and isinstance(column.parent, (exp.Func, exp.Cast))]
    used = [column for column in used if not isinstance(column.parent, exp.AggFunc)]
    return ("it computes with a time that depends on the session's time zone",) if used else ()


def in_session_zone(kind: str) -> bool:
    """Whether a type's day depends on the session: TIMESTAMP_LTZ and TIMESTAMP_TZ, as either engine names them."""
    name = kind.upper().replace("_", "")
    return ("TZ" in name and "NTZ" not in name) or "WITH TIME ZONE" in name or "WITH LOCAL TIME ZONE" in name


OF_TABLES: Final[tuple[tuple[str, Check], ...]] = (("it joins tables: a materialized view reads one", lambda select: len(_tables(select)) != 1),)
OF_BLOCKS: Final[tuple[tuple[str, Check], ...]] = (
    ("it holds a nested subquery", _nested),
    ("it refers to the statement around it", _from_outside),
    ("it is not told whose its columns are", _unknown_owner),
    ("it reads no stored table", lambda select: not _tables(select) or select.find(exp.Lateral, exp.Unnest, exp.Values, exp.TableFromRows)),
    ("it defines tables by WITH", lambda select: select.args.get("with_")),
    ("it is a SELECT DISTINCT", lambda select: select.args.get("distinct")),
    ("it has a DISTINCT in an aggregate", lambda select: any(one.find(exp.Distinct) for one in select.find_all(exp.AggFunc))),
    ("it has an aggregate that is not allowed there", _not_allowed),
    ("it has an aggregate within an aggregate", _twice),
    ("it has a window function", lambda select: select.find(exp.Window) or select.args.get("qualify")),
    ("it has GROUPING SETS, ROLLUP, CUBE or GROUP BY ALL", _grouping_sets),
    ("it has a function that gives something else each time", _changing),
    ("it has a function whose result depends on the session", lambda select: select.find(*_SESSION)),
    ("it has a function that Snowflake does not have, perhaps a user's", _user_defined),
    ("it samples its table or reads its past", _sampled),
)
OF_DEFINITIONS: Final[tuple[tuple[str, Check], ...]] = (
    ("it has HAVING", lambda select: select.args.get("having")),
    ("it has ORDER BY", lambda select: select.args.get("order")),
    ("it has LIMIT", lambda select: select.args.get("limit") or select.args.get("offset")),
    ("it does not show every key that it groups by", _hidden_keys),
)
