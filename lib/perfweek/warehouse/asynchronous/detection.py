"""Requests that run several SELECTs one after the other, and what running them together could save.

A request is what one `request_id` of the query tags names; without tags, statements of one session that follow each other more closely than a
caller thinks. Statements between which something was written are kept apart. That none needs another's result cannot be seen in a history.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from perfweek.stats import Estimate
from perfweek.warehouse.asynchronous.polling import seen_done
from perfweek.warehouse.shares import ratio_of_sums
from perfweek.warehouse.sizing.runs import seconds_of

THINK_S = 0.1
"""A pause between two statements of a session that is no longer counts as one request's, where nothing tags requests."""
OVERLAP_S = 0.002
"""Clocks of start and end: statements that overlap by less ran one after the other."""
MOST = 50


@dataclass(frozen=True)
class Group:
    """SELECTs that a request ran one after the other: when the first began (s), what each took (s), and the pauses between them (s)."""

    pattern: tuple[str, ...]
    route: str
    starts_s: float
    took_s: tuple[float, ...]
    pauses_s: float

    @property
    def alone_s(self) -> float:
        """One after the other."""
        return sum(self.took_s) + self.pauses_s

    @property
    def together_s(self) -> float:
        """Together: as long as the slowest."""
        return max(self.took_s)

    @property
    def polled_s(self) -> float:
        """Together, and seen to be done by the connector's questions."""
        return float(seen_done(self.took_s).max())


@dataclass(frozen=True)
class Pattern:
    """Groups of the same statements (`texts`: their keys, each once however often it ran) of one route; `runs`: how many run a request, the median.
    Seconds a request: `alone`, what running them together saves if none needs
    another (`saved`, and `saved_polled` with execute_async's questions); `whole_s` is the saving of all of them."""

    route: str
    texts: tuple[str, ...]
    runs: int
    alone: Estimate
    saved: Estimate
    saved_polled: Estimate
    tagged: bool

    @property
    def one_text(self) -> bool:
        """One statement again and again: the pages of a list, of which each needs the last, or one for each item of another statement's result."""
        return len(self.texts) == 1

    @property
    def requests(self) -> int:
        return self.saved.n

    @property
    def whole_s(self) -> float:
        return self.saved.value * self.saved.n


def patterns(executions: pd.DataFrame) -> list[Pattern]:
    """The MOST patterns that could save the most. `executions`: columns of sql/history/executions.sql."""
    found: dict[tuple[str, tuple[str, ...]], list[Group]] = {}
    tagged = _tagged(executions)
    for group in groups(executions):
        found.setdefault((group.route, tuple(dict.fromkeys(group.pattern))), []).append(group)
    rows = [_pattern(route, texts, members, tagged) for (route, texts), members in found.items()]
    return sorted(rows, key=lambda row: -row.whole_s)[:MOST]


def groups(executions: pd.DataFrame) -> Iterator[Group]:
    """Of two statements and more."""
    if executions.empty:
        return
    timed = executions[executions["start_time"].notna() & executions["elapsed_ms"].notna()]
    rows = timed.assign(starts=seconds_of(timed["start_time"]), took=timed["elapsed_ms"].astype(float) / 1000)
    if _tagged(executions):
        rows = rows[rows["request_id"].fillna("") != ""]
        keys, longest = ["request_id"], np.inf
    else:
        rows = rows[rows["session_id"].notna()]
        keys, longest = ["session_id"], THINK_S
    rows = rows.sort_values([*keys, "starts"], kind="stable")
    owners = rows[keys[0]].to_numpy()
    yield from _runs(owners, rows, longest)


def _runs(owners: np.ndarray, rows: pd.DataFrame, longest_s: float) -> Iterator[Group]:
    """Stretches of SELECTs of one owner that follow each other: cut at writes, at overlaps, at pauses that are too long and at statements that
    used no time."""
    starts, took = rows["starts"].to_numpy(float), rows["took"].to_numpy(float)
    reads = rows["reads"].to_numpy() == 1
    texts, routes = rows["text_key"].astype(str).to_numpy(), rows["route"].fillna("").astype(str).to_numpy()
    pauses = starts[1:] - (starts + took)[:-1]
    joined = (owners[1:] == owners[:-1]) & reads[1:] & reads[:-1] & (pauses >= -OVERLAP_S) & (pauses <= longest_s)
    edges = np.flatnonzero(np.concatenate([[True], ~joined, [True]])) if len(rows) else np.array([0])
    for first, last in pairwise(edges):
        if last - first > 1:
            paused = float(np.maximum(pauses[first : last - 1], 0).sum())
            yield Group(tuple(texts[first:last]), str(routes[first]), float(starts[first]), tuple(took[first:last].tolist()), paused)


def _tagged(executions: pd.DataFrame) -> bool:
    """Whether most statements say which request they belong to."""
    return bool(len(executions)) and float((executions["request_id"].fillna("") != "").mean()) > 0.5


def _pattern(route: str, texts: tuple[str, ...], members: Sequence[Group], tagged: bool) -> Pattern:
    at = [member.starts_s for member in members]
    ones = [1.0] * len(members)
    block_s = max(1.0, float(np.ptp(at)) / 40)

    def mean(values: list[float]) -> Estimate:
        return ratio_of_sums(values, ones, at, block_s=block_s)

    return Pattern(
        route=route,
        texts=texts,
        runs=int(np.median([len(member.pattern) for member in members])),
        alone=mean([member.alone_s for member in members]),
        saved=mean([member.alone_s - member.together_s for member in members]),
        saved_polled=mean([member.alone_s - member.polled_s for member in members]),
        tagged=tagged,
    )
