"""Whether a route sends more statements the more items it returns (N+1), and which statement it repeats."""

import math
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from perfweek.blocks import ratio, slope
from perfweek.load.database.statements import Statements
from perfweek.stats import Estimate

FEWEST_REQUESTS = 30
AN_ITEM = 0.5
"""From one more statement for every two items on, the statements grow with the page."""
Verdict = Literal["N+1", "no N+1", "cannot tell"]


@dataclass(frozen=True)
class Growth:
    """A route that returns lists. `slope`: statements for each further item (NaN where `fewest` and `most` items are one);
    `repeats`: how often a request sends `shape`, the statement that it sends again most (NaN and '' without a history)."""

    route: str
    requests: int
    fewest: int
    most: int
    slope: Estimate
    shape: str
    text: str
    repeats: Estimate

    @property
    def verdict(self) -> Verdict:
        """As far as the interval of the slope can tell; a page that never varies cannot."""
        if self.slope.low >= AN_ITEM:
            return "N+1"
        return "no N+1" if self.slope.high < AN_ITEM else "cannot tell"


def growths(statements: Statements) -> list[Growth]:
    """Every route with at least 30 requests that reached the database and lists among them; the one that grows or repeats most first."""
    reached = statements.requests[statements.requests["queries"] > 0]
    lists = set(reached.loc[reached["items"] > 1, "route"])
    found = [_growth(statements, str(route), rows) for route, rows in reached.groupby("route") if route in lists and len(rows) >= FEWEST_REQUESTS]
    return sorted(found, key=lambda one: (-_or_zero(one.slope.value), -_or_zero(one.repeats.value)))


def repeated(statements: Statements, growth: Growth) -> pd.DataFrame:
    """The rows of `joined` beyond the first of their shape in each request: what one batched statement could replace."""
    rows = statements.joined[(statements.joined["route"] == growth.route) & (statements.joined["shape"] == growth.shape)]
    return rows[rows.sort_values("time", kind="stable").duplicated("request_id").reindex(rows.index)]


def _growth(statements: Statements, route: str, rows: pd.DataFrame) -> Growth:
    shape, repeats = _most_repeated(statements, route, rows)
    return Growth(
        route=route,
        requests=len(rows),
        fewest=int(rows["items"].min()),
        most=int(rows["items"].max()),
        slope=slope(rows["time"], rows["items"], rows["queries"]),
        shape=shape,
        text=statements.texts.get(shape, ""),
        repeats=repeats,
    )


def _most_repeated(statements: Statements, route: str, rows: pd.DataFrame) -> tuple[str, Estimate]:
    """The shape that the requests `rows` send again most, and how often one of them sends it."""
    sent = statements.joined[statements.joined["route"] == route]
    counts = sent.groupby(["shape", "request_id"]).size()
    again = (counts - 1).groupby("shape").sum()
    if again.empty or not again.max():
        return "", Estimate(math.nan, math.nan, math.nan, 0, "no statement is sent twice" if len(again) else "no data")
    shape = str(again.idxmax())
    times = rows["request_id"].map(sent[sent["shape"] == shape].groupby("request_id").size()).fillna(0)
    return shape, ratio(rows["time"], times, [1.0] * len(rows))


def _or_zero(value: float) -> float:
    return 0.0 if math.isnan(value) else value
