"""SELECT *: every column is read and sent, also those that nobody uses."""

from collections.abc import Iterator

from sqlglot import exp

from perfweek.warehouse.rewrites.suggestion import Suggestion, Tables, own_tables
from perfweek.warehouse.views.reading import Template

_SHOWN = 3


def select_star(template: Template, tables: Tables) -> Iterator[Suggestion]:
    """One for a statement whose result has all columns of a table."""
    tree = template.runs[0].tree
    if not any(one.is_star for one in tree.selects) or not isinstance(tree, exp.Select):
        return
    found = own_tables(template, tables)
    yield Suggestion(
        "SELECT *",
        f"all columns are read{_widest(found)}",
        "name the columns that are used; which ones the program uses is not in the history, so no text is proposed",
        because="which columns are used downstream is not in the history",
    )


def _widest(tables: Tables) -> str:
    """The columns that take most of the sampled bytes."""
    sizes = {name.lower(): table.sample.column(name).nbytes for table in tables.values() for name in table.sample.column_names}
    whole = sum(sizes.values())
    if not whole:
        return ""
    widest = sorted(sizes, key=lambda name: -sizes[name])[:_SHOWN]
    return ": " + ", ".join(f"{name} takes {100 * sizes[name] / whole:.0f} %" for name in widest) + " of the bytes of the sampled columns"
