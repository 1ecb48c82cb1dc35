"""What a rule says of a template."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from perfweek.warehouse.advisers.material import KnownTable
from perfweek.warehouse.views.reading import Template

Tables = Mapping[str, KnownTable]
Rewriting = Callable[[exp.Query], exp.Query | None]


@dataclass(frozen=True)
class Suggestion:
    """`rule`: its name in words; `problem`: what stands in the text, in words; `advice`: what to do; `rewriting`: makes a new query from one of
    the template's (names as written), None where this query does not have the form; without one the advice is for a person alone.

    `never_null`: columns that must hold no NULL for the two to be equal; `least`, `most`: the shares of the statement's time that it could
    save, `likely` NaN where that cannot be told; `because`: what these were computed from, or what is missing.
    """

    rule: str
    problem: str
    advice: str
    rewriting: Rewriting | None = None
    never_null: tuple[str, ...] = ()
    least: float = 0.0
    likely: float = float("nan")
    most: float = 1.0
    because: str = ""


Rule = Callable[[Template, Tables], Iterable[Suggestion]]


def known_columns(template: Template, tables: Tables) -> dict[str, str]:
    """Snowflake types by stored name, of the columns of all tables that the template names."""
    names = {".".join(part.name for part in table.parts).lower() for table in template.marked.find_all(exp.Table)}
    return {column.upper(): kind for name in sorted(names) if name in tables for column, kind in tables[name].types.items()}


def own_tables(template: Template, tables: Tables) -> dict[str, KnownTable]:
    """The known tables that the template names, by lower-case qualified name."""
    names = {".".join(part.name for part in table.parts).lower() for table in template.marked.find_all(exp.Table)}
    return {name: tables[name] for name in sorted(names) if name in tables}
