"""What the history tells of each warehouse's size: what it ran at, what each step did, and what the sizes around it would do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from perfweek.warehouse.fingerprint import fingerprint
from perfweek.warehouse.look import Look
from perfweek.warehouse.prices import sizes
from perfweek.warehouse.shapes import read_shape
from perfweek.warehouse.sizing.curves import Step, Total, steps, totals
from perfweek.warehouse.sizing.forecast import Forecast, Range, forecast
from perfweek.warehouse.sizing.runs import Run, runs_of
from perfweek.warehouse.sizing.suspend import Gaps

MOST_FINGERPRINTED = 5_000
DEFAULT_SUSPEND_S = 600
"""Of a warehouse that was made without saying (docs.snowflake.com/en/sql-reference/sql/create-warehouse)."""


@dataclass(frozen=True)
class Sizing:
    """One warehouse: `runs` by size, ascending; `now`, the one that it ran at last; the `steps` and `totals` between sizes; `others`, the other
    sizes and one beyond on each side as forecast for the statements of `now`; `setting`: what SHOW WAREHOUSES says of it."""

    warehouse: str
    runs: tuple[Run, ...]
    now: Run
    steps: tuple[Step, ...]
    totals: tuple[Total, ...]
    others: tuple[Forecast, ...]
    setting: Mapping[str, object]

    @property
    def suspend_s(self) -> float:
        """What it is set to, the default where that is not known; infinite where it never suspends."""
        found = self.setting.get("auto_suspend", DEFAULT_SUSPEND_S)
        known = pd.to_numeric(pd.Series([found]), errors="coerce").iloc[0]
        return float(known) if known and np.isfinite(known) else float("inf")

    @property
    def billed(self) -> float:
        """Credits of the statements of `now`, as far as they are replayed, with a minute to suspend: what forecasts are compared with."""
        base = self.now.busiest()
        return self.now.rate * Gaps.of(base.starts_s, base.ends_s).billed(60.0).on_s / 3600

    @property
    def p95_s(self) -> float:
        return float(np.quantile(self.now.busiest().elapsed_s, 0.95))

    @property
    def total_s(self) -> float:
        return float(self.now.busiest().elapsed_s.sum())

    @property
    def replayed_share(self) -> float:
        """Of the elapsed time at this size."""
        return self.total_s / float(self.now.elapsed_s.sum())


def sizings_of(look: Look) -> list[Sizing]:
    """A warehouse each, as far as its sizes have a rate: none for the embedded engine, and none for Adaptive warehouses, which have no size."""
    executions = look.answers.get("executions", pd.DataFrame())
    if executions.empty:
        return []
    found: dict[str, list[Run]] = {}
    for run in runs_of(executions, templates_of(look.answers.get("texts", pd.DataFrame()))):
        found.setdefault(run.warehouse, []).append(run)
    return [sizing_of(name, runs, settings_of(look, name)) for name, runs in found.items()]


def sizing_of(warehouse: str, runs: list[Run], setting: Mapping[str, object] | None = None, rates: Sequence[float] = ()) -> Sizing:
    """`runs`: of one kind of warehouse, a run a size, ascending, at least one; `rates`: the sizes to forecast, by default those around them."""
    now = max(runs, key=lambda run: float(run.starts_s[-1]))
    same = [run for run in runs if run.kind == now.kind]
    known = [run.rate for run in same]
    around = [rate for rate in sizes(now.kind).values() if 0.5 * known[0] <= rate <= 2 * known[-1]]
    wanted = [rate for rate in rates or around if rate != now.rate]
    others = [forecast(same, rate, base=now) for rate in wanted] if len(same) > 1 else []
    kept = tuple(one for one in others if one is not None)
    return Sizing(warehouse, tuple(same), now, tuple(steps(same)), tuple(totals(same)), kept, setting or {})


def templates_of(texts: pd.DataFrame) -> Mapping[str, str] | None:
    """text_key -> fingerprint, of the columns of sql/history/texts.sql; None where there are so many texts that the keys stand for themselves."""
    if texts.empty or len(texts) > MOST_FINGERPRINTED:
        return None
    return {key: read_shape(fingerprint(text or "")).id for key, text in zip(texts["text_key"], texts["query_text"], strict=True)}


def settings_of(look: Look, warehouse: str) -> Mapping[str, object]:
    """The row of SHOW WAREHOUSES; empty where nobody could be asked."""
    rows = look.answers.get("warehouses", pd.DataFrame())
    own = rows[rows["name"] == warehouse] if "name" in rows else rows
    return {str(name): value for name, value in own.iloc[0].items()} if len(own) else {}


def difference(now: float, then: Range) -> Range:
    """What is saved where `now` becomes `then`."""
    return Range(now - then.high, now - then.likely, now - then.low)
