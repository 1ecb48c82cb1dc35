"""A view that answers one or several blocks: what it keeps of the conditions, what it groups by, what it adds up."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from perfweek.warehouse.fingerprint import digest
from perfweek.warehouse.names import written_name
from perfweek.warehouse.views.blocks import read_from
from perfweek.warehouse.views.legality import Kind
from perfweek.warehouse.views.measures import recipe_of
from perfweek.warehouse.views.members import UNITS, Member, Unit, cut_to
from perfweek.warehouse.views.subsumption import asked, either, implies, merged


class NoView(Exception):
    """Why no view answers these blocks together."""


@dataclass(frozen=True)
class Column:
    """A column of a view: its name (lower case, plain) and what it holds, in columns of the tables."""

    name: str
    holds: exp.Expr


@dataclass(frozen=True)
class View:
    """`source`: `select 1 from ...`; `where`: the conditions that every statement it answers implies; `cuts`: columns of
    times of which only the day, month or year is kept; `parts`: its name, beside the first table."""

    kind: Kind
    source: exp.Select
    where: tuple[exp.Expr, ...]
    keys: tuple[Column, ...]
    measures: tuple[Column, ...]
    cuts: Mapping[str, Unit]

    @property
    def definition(self) -> exp.Select:
        """The SELECT of its rows."""
        columns = [exp.alias_(one.holds.copy(), one.name) for one in (*self.keys, *self.measures)]
        select = self.source.copy().select(*columns, append=False)
        if self.where:
            select = select.where(*(one.copy() for one in self.where))
        return select.group_by(*(one.holds.copy() for one in self.keys)) if self.keys else select

    @property
    def parts(self) -> tuple[str, ...]:
        """The name ends in a digest of the definition, so that no other object has it."""
        table = next(iter(self.source.find_all(exp.Table)))
        prefix = "mv" if self.kind == "materialized view" else "dt"
        words = [table.name, *(["by"] if self.keys else []), *(key.name for key in self.keys[:3])]
        name = f"{prefix}_{_slug('_'.join(words))[:80]}_{digest(self.definition.sql('snowflake'))[:6]}"
        return (*(part.name for part in table.parts[:-1]), name.upper())


def view_of(members: Sequence[Member], kind: Kind) -> View:
    """The view that answers all members. Raises NoView with the reason where there is none."""
    if any(not member.like_minded for member in members):
        raise NoView("its joins, keys or aggregates change from run to run")
    if len({member.block.source for member in members}) != 1:
        raise NoView("the statements do not read the same rows")
    where = _where(members)
    left = [(member, place) for member in members for place, one in enumerate(member.block.conditions) if not _kept(member, place, where)]
    cuts = _cuts(members, left)
    source = read_from(members[0].block.select)
    if not _connected(source, where):
        raise NoView("what joins its tables changes from run to run")
    keys = _keys(members, left, cuts)
    measures = _measures(members, keys, bool(cuts))
    return View(kind, source, where, keys, measures, cuts)


def _where(members: Sequence[Member]) -> tuple[exp.Expr, ...]:
    """What all members imply: a condition of the first that the others imply too, or the narrowest that covers theirs on the same term."""
    found: list[exp.Expr] = []
    for condition in members[0].fixed:
        covered = condition if all(implies(other.fixed, condition) for other in members[1:]) else _cover(condition, members[1:])
        if covered is not None and all(implies(member.fixed, covered) for member in members):
            found.append(covered)
    return tuple(found)


def _cover(condition: exp.Expr, others: Sequence[Member]) -> exp.Expr | None:
    wider = asked(condition)
    covered: exp.Expr | None = condition
    for other in others:
        theirs = next((one for one in merged(other.fixed) if wider and one.term == wider.term), None)
        covered = either(wider, theirs) if wider and theirs else None
        wider = asked(covered) if covered is not None else None
        if wider is None:
            return None
    return covered


def _kept(member: Member, place: int, where: Sequence[exp.Expr]) -> bool:
    """Whether the view's own conditions already hold this one for all its rows."""
    return member.is_fixed(place) and implies(where, member.block.conditions[place])


def _cuts(members: Sequence[Member], left: Sequence[tuple[Member, int]]) -> dict[str, Unit]:
    """Columns of which a unit is enough: every condition on them cuts at its beginning, and nothing groups by the time itself."""
    found = {(id(member), place): member.cut(place) for member, place in left}
    units: dict[str, Unit] = {}
    for column, unit in (cut for cut in found.values() if cut is not None):
        name = column.sql("snowflake")
        units[name] = min(unit, units.get(name, unit), key=UNITS.index)
    fine = {term.sql("snowflake") for member, place in left if found[id(member), place] is None for term in member.terms(place)}
    fine |= {key.sql("snowflake") for member in members for key in member.block.keys}
    return {name: unit for name, unit in units.items() if name not in fine}


def _keys(members: Sequence[Member], left: Sequence[tuple[Member, int]], cuts: Mapping[str, Unit]) -> tuple[Column, ...]:
    terms = [key for member in members for key in member.block.keys]
    for member, place in left:
        cut = member.cut(place)
        unit = cuts.get(cut[0].sql("snowflake")) if cut else None
        terms += [cut_to(cut[0], unit)] if cut and unit else member.terms(place)
    different = {term.sql("snowflake"): term for term in terms if term.find(exp.Column)}
    return tuple(_named(different.values(), set(), _key_name))


def _measures(members: Sequence[Member], keys: Sequence[Column], coarse: bool) -> tuple[Column, ...]:
    held = {key.holds.sql("snowflake") for key in keys}
    stored: dict[str, exp.Expr] = {}
    for member in members:
        whole = held == {key.sql("snowflake") for key in member.block.keys} and not coarse
        for aggregate in member.block.aggregates:
            recipe = recipe_of(aggregate)
            if not recipe.any_grain and not whole:
                raise NoView(f"{aggregate.sql_name()} cannot be computed again from groups finer than the statement's")
            stored |= {one.sql("snowflake"): one for one in recipe.stored(aggregate)}
    return tuple(_named(stored.values(), {key.name for key in keys}, _measure_name))


def _connected(source: exp.Select, where: Iterable[exp.Expr]) -> bool:
    """Whether every table is joined: a view that multiplies tables is never wanted."""
    joined = [{table.alias_or_name} for table in source.find_all(exp.Table)]
    conditions = [*where, *(join.args["on"] for join in source.args.get("joins") or () if join.args.get("on"))]
    for condition in conditions:
        names = {column.table for column in condition.find_all(exp.Column)}
        touched = [group for group in joined if group & names]
        if len(touched) > 1:
            joined = [group for group in joined if not group & names] + [set().union(*touched)]
    return len(joined) == 1


def _named(terms: Iterable[exp.Expr], taken: set[str], naming: object) -> list[Column]:
    found: list[Column] = []
    for term in terms:
        name = _free(naming(term), taken)  # type: ignore[operator]
        taken.add(name)
        found.append(Column(name, term))
    return found


def _key_name(term: exp.Expr) -> str:
    column = next(iter(term.find_all(exp.Column)))
    if isinstance(term, exp.Column):
        return f"{column.table}_{column.name}" if column.table and not column.name.startswith(column.table[:1]) else column.name
    if isinstance(term, (exp.DateTrunc, exp.TimestampTrunc)):
        return f"{column.name}_{term.text('unit')}"
    return f"{column.name}_{'day' if isinstance(term, exp.Cast) and term.is_type('date') else term.key}"


def _measure_name(term: exp.Expr) -> str:
    if isinstance(term.this, exp.Star):
        return "rows_counted"
    return (
        f"{term.key}_{term.this.name}"
        if isinstance(term.this, exp.Column)
        else f"{term.key}_of_{'_'.join(one.name for one in term.find_all(exp.Column))[:40]}"
    )


def _free(name: str, taken: set[str]) -> str:
    plain = _slug(name)
    plain = plain if written_name(plain.upper()) == plain else f"{plain}_value"
    number = 2
    free = plain
    while free in taken:
        free, number = f"{plain}_{number}", number + 1
    return free


def _slug(name: str) -> str:
    """Lower case, letters, digits and underscores, not beginning with a digit."""
    plain = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")
    return plain if plain[:1].isalpha() else f"c_{plain}"
