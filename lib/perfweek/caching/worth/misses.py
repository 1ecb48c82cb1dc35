"""What a miss takes at the warehouse, route by route: as Wednesday measured it, else as the log did."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from perfweek.caching.worth.workload import Input
from perfweek.target import Prices
from perfweek.wording import number

PER_SECOND = "warehouse.credits.per_second"
WEDNESDAY = "Wednesday's facts"
_P95 = 1.6449  # of the standard normal distribution


@dataclass(frozen=True)
class Misses:
    """`warehouse_s`: seconds of the warehouse behind each request, if it reaches it. `credits_s`: credits that one of them costs. `table`: a row a
    route: route, statements (a miss), statement_ms, warehouse_ms (a miss), credits (a thousand misses), source. `inputs`: in words."""

    warehouse_s: npt.NDArray[np.float32]
    credits_s: float
    table: pd.DataFrame
    inputs: tuple[Input, ...]

    @property
    def measured(self) -> set[str]:
        """The routes of which Wednesday knows the statements."""
        return set(self.table["route"][self.table["source"] == WEDNESDAY])


def misses_of(frame: pd.DataFrame, wednesday: pd.DataFrame, prices: Prices) -> Misses:
    """`frame`: of a trace. `wednesday`: facts of that day (no rows where there are none). A route's statements are those whose endpoint is called
    the same; their mean is that of a lognormal distribution through the median and the 95th percentile."""
    logged = _column(frame, "database_ms")
    measured, statements = _by_endpoint(wednesday), _statements(frame)
    found, rows = logged / 1000, []
    asked = frame["tier"].isin(["origin", "none", ""]).to_numpy(bool) & ~frame["write"].to_numpy(bool) & (logged > 0)
    credits_s, credit_input = _credits(wednesday, prices)
    reads = np.flatnonzero(~frame["write"].to_numpy(bool))
    for name, places in frame["route"].iloc[reads].groupby(frame["route"].iloc[reads]).indices.items():
        at = reads[places]
        number_of, each, source = statements.get(str(name), 1.0), measured.get(str(name), math.nan), WEDNESDAY
        if math.isnan(each):
            own = logged[at][asked[at]]
            each, source = (float(own.mean()) / number_of, "access log, database_ms") if own.size else (math.nan, "unknown")
            at = at[~asked[at]] if own.size else at[:0]  # what caches answered then takes as long as the others did
        found[at] = number_of * each / 1000
        rows.append((str(name), number_of, each, number_of * each, number_of * each * credits_s, source))
    table = pd.DataFrame(rows, columns=["route", "statements", "statement_ms", "warehouse_ms", "credits", "source"])
    return Misses(found.astype(np.float32), credits_s, table, (_said(table), credit_input))


def of_sources(sources: Sequence[str]) -> str:
    """How many routes each source tells of, such as 'Wednesday's facts (3 routes)'."""
    counts = pd.Series(list(sources)).value_counts()
    return ", ".join(f"{name} ({amount} route{'s' if amount > 1 else ''})" for name, amount in counts.items())


def _said(table: pd.DataFrame) -> Input:
    known = table["warehouse_ms"].dropna()
    value = f"{number(known.min())} to {number(known.max())} ms by route" if len(known) else "unknown"
    return Input("warehouse time of a miss", value, of_sources(table["source"].tolist()) if len(table) else "no reads")


def _by_endpoint(wednesday: pd.DataFrame) -> dict[str, float]:
    """Mean milliseconds of a statement of each endpoint."""
    median, high = (_labelled(wednesday, f"warehouse.query.duration.{name}") for name in ("p50", "p95"))
    both = {name: (value, high[name]) for name, value in median.items() if name in high and 0 < value <= high[name]}
    return {name: value * math.exp((math.log(most / value) / _P95) ** 2 / 2) for name, (value, most) in both.items()}


def _labelled(facts: pd.DataFrame, metric: str) -> dict[str, float]:
    rows = facts[facts["metric"] == metric]
    return {str(dict(labels).get("endpoint", "")): float(value) for labels, value in zip(rows.get("labels", []), rows["value"], strict=True)}


def _statements(frame: pd.DataFrame) -> dict[str, float]:
    """Statements of a miss by route, of reads that asked the warehouse; a route is not named where no read did."""
    asked = frame[_column(frame, "queries") > 0]
    return {str(name): float(mean) for name, mean in asked.groupby("route")["queries"].mean().items()} if len(asked) else {}


def _credits(wednesday: pd.DataFrame, prices: Prices) -> tuple[float, Input]:
    name, known = "credits for a second of statements", wednesday[wednesday["metric"] == PER_SECOND]["value"].dropna()
    if len(known):
        value = float(known.iloc[0])
        return value, Input(name, f"{value:.3g}", f"Wednesday's facts: {PER_SECOND}, without idle time")
    value = prices.credits_hour / 3600
    return value, Input(name, f"{value:.3g}", f"assumed: a warehouse of {prices.credits_hour:g} an hour that runs one statement at a time")


def _column(frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    return frame[name].fillna(0).to_numpy(float) if name in frame else np.zeros(len(frame))
