"""What the access log says of each operation: requests, time and bytes a week, repeats that a validator would have spared, pages used."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd

from perfweek.blocks import of_sums, share
from perfweek.decisions.api.spec import OFFSET_NAMES, Operation
from perfweek.stats import Estimate, block_quantile

WEEK_S = 7 * 24 * 3600
_RESAMPLES = 400
_BURST_S = 1.0


@dataclass(frozen=True)
class RouteTraffic:
    """The requests of one route: `rows` as access_log.SCHEMA; `start` and `seconds` of the whole log."""

    route: str
    rows: pd.DataFrame
    start: float
    seconds: float

    @property
    def requests(self) -> int:
        return len(self.rows)

    @cached_property
    def requests_a_week(self) -> Estimate:
        return self.a_week(np.ones(len(self.rows)))

    @cached_property
    def bytes_a_week(self) -> Estimate:
        return self.a_week(self.rows["bytes"])

    @cached_property
    def ms_a_week(self) -> Estimate:
        return self.a_week(self.rows["duration_ms"])

    @cached_property
    def p95_ms(self) -> Estimate:
        return block_quantile(self.rows["duration_ms"], self.rows["time"], 0.95, resamples=_RESAMPLES)

    @cached_property
    def p95_bytes(self) -> Estimate:
        return block_quantile(self.rows["bytes"], self.rows["time"], 0.95, resamples=_RESAMPLES)

    @cached_property
    def repeats(self) -> pd.Series:
        """Which answered requests asked again for what the same session already has: same key, same number of bytes as its last answer.

        An upper bound of what `ETag` and `304` spare, since equal length is not equal content. Nothing where sessions or keys are not logged.
        """
        rows = self.rows[(self.rows["status"] == 200) & (self.rows["session"] != "") & (self.rows["key"] != "")]
        before = rows.groupby(["session", "key"], sort=False)["bytes"].shift()
        return (before == rows["bytes"]).reindex(self.rows.index, fill_value=False)

    @property
    def sessions_known(self) -> bool:
        return bool((self.rows["session"] != "").any() and (self.rows["key"] != "").any())

    @cached_property
    def repeat_share(self) -> Estimate:
        return share(self.rows["time"], self.repeats.astype(float), np.ones(len(self.rows)))

    @cached_property
    def repeated_bytes_a_week(self) -> Estimate:
        return self.a_week(self.rows["bytes"] * self.repeats)

    @cached_property
    def follows(self) -> pd.Series:
        """Which requests followed another of the same session and route within a second: what one batch request could have asked for."""
        named = self.rows[self.rows["session"] != ""]
        gap = named.groupby("session", sort=False)["time"].diff()
        return (gap < _BURST_S).reindex(self.rows.index, fill_value=False)

    @cached_property
    def follow_share(self) -> Estimate:
        return share(self.rows["time"], self.follows.astype(float), np.ones(len(self.rows)))

    @cached_property
    def following_requests_a_week(self) -> Estimate:
        return self.a_week(self.follows.astype(float))

    @cached_property
    def deepest_page(self) -> tuple[float, int] | None:
        """(largest offset or page number that was asked for, requests that name one); None where the log has no query strings."""
        if "query" not in self.rows:
            return None
        numbers = [number for query in self.rows["query"] for number in _offsets(query)]
        return (max(numbers), len(numbers)) if numbers else None

    def a_week(self, amounts: object) -> Estimate:
        """The sum of an amount a request, in a week at the log's rate, with its interval; n counts the requests."""
        values = np.asarray(amounts, dtype=float)
        windows = max(1, min(1000, int(self.seconds)))
        place = np.minimum((self.rows["time"].to_numpy(dtype=float) - self.start) * (windows / self.seconds), windows - 1).astype(int)
        sums = np.bincount(place, weights=values, minlength=windows)
        times = (np.arange(windows) + 0.5) * (self.seconds / windows)
        found = of_sums(
            times, np.column_stack([sums, np.full(windows, self.seconds / windows / WEEK_S)]), lambda total: total[..., 0] / total[..., 1]
        )
        return Estimate(found.value, found.low, found.high, len(values), found.method)


@dataclass(frozen=True)
class Traffic:
    """The log by declared route, and what no route declares: route as logged -> its traffic."""

    declared: dict[str, RouteTraffic]
    undeclared: dict[str, RouteTraffic]
    seconds: float

    def of(self, operation: Operation) -> RouteTraffic | None:
        return self.declared.get(operation.route)

    @cached_property
    def bytes_a_week(self) -> float:
        return sum(one.bytes_a_week.value for one in self.all)

    @cached_property
    def ms_a_week(self) -> float:
        return sum(one.ms_a_week.value for one in self.all)

    @cached_property
    def requests_a_week(self) -> float:
        return sum(one.requests_a_week.value for one in self.all)

    @cached_property
    def whole(self) -> RouteTraffic:
        """All requests as if they were of one route."""
        rows = pd.concat([one.rows for one in self.all]).sort_values("time", kind="stable")
        return RouteTraffic("all", rows, self.all[0].start, self.seconds)

    @property
    def all(self) -> list[RouteTraffic]:
        return [*self.declared.values(), *self.undeclared.values()]


def traffic_of(log: pd.DataFrame, operations: Sequence[Operation]) -> Traffic:
    """`log` (access_log.SCHEMA) by operation. Its routes may be templates, with parameters of any name, or addresses with values and a query."""
    start = float(log["time"].min()) if len(log) else 0.0
    seconds = max(1.0, float(log["time"].max()) - start) if len(log) else 0.0
    matches = {route: matched(route, operations) for route in log["route"].unique()}
    queries = {route: urlsplit(route.partition(" ")[2]).query for route in matches}
    frame = log.assign(declared=log["route"].map(matches), query=log["route"].map(queries))
    if not any(queries.values()):
        frame = frame.drop(columns="query")
    known, unknown = frame[frame["declared"].notna()], frame[frame["declared"].isna()]
    return Traffic(
        {str(route): RouteTraffic(str(route), rows, start, seconds) for route, rows in known.groupby("declared", sort=False)},
        {str(route): RouteTraffic(str(route), rows, start, seconds) for route, rows in unknown.groupby("route", sort=False)},
        seconds,
    )


def matched(route: str, operations: Sequence[Operation]) -> str | None:
    """The declared route that a logged one is: the same template, or a path that fits one; of several the one with most fixed parts."""
    method, _, address = route.partition(" ")
    path = urlsplit(address).path if "?" in address else address
    fitting = [one for one in operations if one.method == method.upper() and _pattern(one.path).fullmatch(path.rstrip("/") or "/")]
    return max(fitting, key=lambda one: (one.path == path, -one.path.count("{"))).route if fitting else None


@cache
def _pattern(template: str) -> re.Pattern[str]:
    fixed = re.split(r"\{[^{}/]*\}", template.rstrip("/") or "/")
    return re.compile("[^/]+".join(map(re.escape, fixed)))


def _offsets(query: str) -> list[float]:
    """The values of offset and page parameters in a query string."""
    asked = parse_qs(query, max_num_fields=100, separator="&") if query.count("&") < 100 else {}
    return [
        float(value) for name, values in asked.items() if name.lower() in OFFSET_NAMES for value in values if value.isdecimal() and len(value) < 16
    ]
