"""How many rows a view has: its groups, counted where the whole table is at hand, else estimated from a sample without understating them.

A sample shows only some of the groups. The guaranteed-error estimator of Charikar, Chaudhuri, Motwani and Narasayya (Towards estimation error
guarantees for distinct values, PODS 2000): groups seen once stand for sqrt(N / n) groups each; they may stand for one each or for N / n each, which
gives the bounds.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from perfweek.warehouse.advisers.material import KnownTable
from perfweek.warehouse.proof.engine import engine, text_of
from perfweek.warehouse.views.definition import View


@dataclass(frozen=True)
class Groups:
    """Rows of a view, and `rows` of the tables that it saves reading; `method` says how it was found."""

    low: float
    likely: float
    high: float
    rows: float
    method: str


def groups_of(view: View, tables: Mapping[str, KnownTable]) -> Groups:
    """`tables`: those of the view by qualified name in capitals. Raises CannotRun."""
    named = {column.name for column in view.definition.find_all(exp.Column)}
    samples = {name: _columns(table.sample, named) for name, table in tables.items()}
    rows = float(sum(max(table.rows, table.sample.num_rows) for table in tables.values()))
    with engine(samples) as runner:
        by_size = exp.select("n", exp.alias_(exp.Count(this=exp.Star()), "groups")).from_(_counted(view).subquery("g")).group_by("n")
        counts = {int(str(n)): int(str(groups)) for n, groups in runner.run(text_of(by_size, samples)).rows}
    seen = float(sum(counts.values()))
    if all(table.share >= 1 for table in tables.values()):
        return Groups(seen, seen, seen, rows, "counted over all rows")
    if len(tables) > 1:
        return Groups(seen, rows, rows, rows, "several samples do not tell how many rows meet: taken as many as the tables have")
    (table,) = tables.values()
    return _estimated(counts, min(1.0, table.share), rows)


def estimate_groups(sizes: Mapping[int, int], share: float) -> tuple[float, float, float]:
    """Low, likely and high number of groups, where `sizes` says how many groups had so many rows in a sample of `share` of all rows."""
    seen, once = float(sum(sizes.values())), float(sizes.get(1, 0))
    return seen, seen + (math.sqrt(1 / share) - 1) * once, seen + (1 / share - 1) * once


def _estimated(counts: Mapping[int, int], share: float, rows: float) -> Groups:
    low, likely, high = (min(rows, number) for number in estimate_groups(counts, share))
    return Groups(low, likely, high, rows, f"estimated from a sample of {100 * share:.3g} % by how many groups it shows once")


def _counted(view: View) -> exp.Select:
    """The rows of each group."""
    select = view.source.copy().select(exp.alias_(exp.Count(this=exp.Star()), "n"), append=False)
    select = select.where(*(one.copy() for one in view.where)) if view.where else select
    return select.group_by(*(one.holds.copy() for one in view.keys)) if view.keys else select


def _columns(sample: pa.Table, named: set[str]) -> pa.Table:
    return sample.select([name for name in sample.column_names if name in named] or sample.column_names[:1])
