"""Joins that give far more rows than they read: without a condition, or by columns that are unique on neither side."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from sqlglot import exp

from perfweek.warehouse.advisers.material import KnownTable
from perfweek.warehouse.rewrites.suggestion import Suggestion, Tables, own_tables
from perfweek.warehouse.views.blocks import conjuncts
from perfweek.warehouse.views.reading import Template

FACTOR = 10
"""So many times the rows of the larger side."""


def exploding_join(template: Template, tables: Tables) -> Iterator[Suggestion]:
    """One for tables that nothing joins, for joins by repeated values, and for results larger than all tables."""
    yield from _without_condition(template)
    yield from _repeated(template, tables)
    yield from _larger_than_read(template, tables)


def as_semi_join(query: exp.Query) -> exp.Query | None:
    """`select distinct a.x from a join b on ...` as rows of `a` for which there is one of `b`; None for another form."""
    select = query if isinstance(query, exp.Select) else None
    joins = select.args.get("joins") or [] if select is not None else []
    if select is None or not select.args.get("distinct") or len(joins) != 1 or not joins[0].args.get("on") or joins[0].side:
        return None
    other = joins[0].this
    outer = next(iter(select.args["from_"].find_all(exp.Table)), None)
    columns = [column for part in ("expressions", "order") for node in _parts(select, part) for column in node.find_all(exp.Column)]
    if outer is None or not isinstance(other, exp.Table) or any(column.table.upper() != outer.alias_or_name.upper() for column in columns):
        return None
    where = list(conjuncts(select.args["where"].this)) if select.args.get("where") else []
    if any(not column.table for one in where for column in one.find_all(exp.Column)):
        return None
    inner = [one for one in where if _names(one, other)]
    exists = exp.select("1").from_(other.copy()).where(joins[0].args["on"].copy(), *(one.copy() for one in inner))
    copy = select.copy()
    copy.set("joins", None)
    copy.set("where", None)
    return copy.where(*(one.copy() for one in where if one not in inner), exp.Exists(this=exists))


def _without_condition(template: Template) -> Iterator[Suggestion]:
    for select in template.runs[0].qualified.find_all(exp.Select):
        apart = _unjoined(select)
        if len(apart) > 1:
            named = ", ".join(sorted(name.lower() for name in apart))
            yield Suggestion(
                "exploding join",
                f"nothing joins {named}: every row meets every row",
                "add the condition that is missing, or say CROSS JOIN where it is meant",
                because="what the missing condition would be is not in the text",
            )


def _repeated(template: Template, tables: Tables) -> Iterator[Suggestion]:
    """Each pair of tables by all equalities between them: several columns may be unique together."""
    query = template.runs[0].qualified
    owners = {table.alias_or_name: tables.get(".".join(part.name for part in table.parts).lower()) for table in query.find_all(exp.Table)}
    for (left, right), columns in _equalities(query).items():
        known = owners.get(left), owners.get(right)
        if known[0] is None or known[1] is None:
            continue
        rows, larger = joined_rows(columns, known[0], known[1])
        if rows >= FACTOR * larger > 0:
            pairs = " and ".join(f"{left}.{one} = {right}.{other}" for one, other in columns).lower()
            yield Suggestion(
                "exploding join",
                f"{pairs} is unique on neither side: about {rows:,.0f} rows from {larger:,.0f}",
                "join by a key that is unique on one side, or bring one side to one row for each value first",
                as_semi_join,
                most=1 - larger / rows,
                because="counted on the samples, before other conditions",
            )


def joined_rows(columns: Sequence[tuple[str, str]], left: KnownTable, right: KnownTable) -> tuple[float, float]:
    """The rows that equalities of pairs of columns (one of each table) give, from samples, and the rows of the larger table; zeros where a column
    was not sampled."""
    counts = []
    for names, table in (([one for one, _ in columns], left), ([other for _, other in columns], right)):
        if not set(names) <= set(table.sample.column_names):
            return 0.0, 0.0
        values = zip(*(table.sample.column(name).to_pylist() for name in names), strict=True)
        counts.append(Counter(value for value in values if None not in value))
    met = sum(count * counts[1][value] for value, count in counts[0].items())
    return met / max(1e-9, left.share * right.share), float(max(left.rows, right.rows))


def _equalities(query: exp.Query) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """By aliases of two tables of one FROM, the pairs of their columns that must be equal."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for select in query.find_all(exp.Select):
        own = {table.alias_or_name for part in ("from_", "joins") for node in _parts(select, part) for table in node.find_all(exp.Table)}
        where = list(conjuncts(select.args["where"].this)) if select.args.get("where") else []
        on = [one for join in select.args.get("joins") or [] if join.args.get("on") for one in conjuncts(join.args["on"])]
        for one in (one for one in [*where, *on] if isinstance(one, exp.EQ)):
            sides = sorted(
                (side for side in (one.this, one.expression) if isinstance(side, exp.Column) and side.table in own), key=lambda side: side.table
            )
            if len(sides) == 2 and sides[0].table != sides[1].table:
                found[sides[0].table, sides[1].table].append((sides[0].name, sides[1].name))
    return found


def _larger_than_read(template: Template, tables: Tables) -> Iterator[Suggestion]:
    found = own_tables(template, tables)
    largest = max((table.rows for table in found.values()), default=0)
    rows = template.rows / max(1, template.count)
    several = len(list(template.marked.find_all(exp.Table))) > 1
    if several and largest and rows >= FACTOR * largest:
        yield Suggestion(
            "exploding join",
            f"{rows:,.0f} rows come out of tables of at most {largest:,}",
            "look for a join by columns that are unique on neither side",
            because="which join it is needs the query's profile",
        )


def _unjoined(select: exp.Select) -> list[str]:
    """One name for each group of tables that nothing connects; CROSS JOIN and LATERAL are taken as meant."""
    joins = select.args.get("joins") or []
    if any(join.kind.upper() == "CROSS" or isinstance(join.this, exp.Lateral) or join.args.get("using") for join in joins):
        return []
    source = select.args.get("from_")
    names = [source.this.alias_or_name, *(join.this.alias_or_name for join in joins)] if source else []
    groups = [{name} for name in names]
    where = list(conjuncts(select.args["where"].this)) if select.args.get("where") else []
    for condition in [*where, *(join.args["on"] for join in joins if join.args.get("on"))]:
        touched = {column.table for column in condition.find_all(exp.Column)}
        if any(not column.table for column in condition.find_all(exp.Column)):
            return []
        met = [group for group in groups if group & touched]
        groups = [group for group in groups if not group & touched] + ([set().union(*met)] if met else [])
    return [min(group) for group in groups]


def _parts(select: exp.Select, part: str) -> list[exp.Expr]:
    node = select.args.get(part)
    return node if isinstance(node, list) else [node] if node is not None else []


def _names(condition: exp.Expr, table: exp.Table) -> bool:
    return any(column.table.upper() == table.alias_or_name.upper() for column in condition.find_all(exp.Column))
