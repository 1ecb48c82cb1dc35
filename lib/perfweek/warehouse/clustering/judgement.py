"""One clustering key for a table: candidates from what the statements ask, judged by simulated layouts.

Now: the share of partitions that the history measured; never the simulation of the order as found, which would flatter it. Then: the layouts
of layouts.py. A statement whose WHERE cannot be read is taken to scan what it scans now; one that reads other tables too is weighted
by this table's part of their partitions, and is never taken to scan more than now.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from perfweek.stats import Estimate
from perfweek.warehouse.clustering.candidates import PROPOSAL, distinct, first_keys, grown, with_joins
from perfweek.warehouse.clustering.keys import Key, Version, key_name
from perfweek.warehouse.clustering.layouts import Question, Sample, lay_out
from perfweek.warehouse.history import partitions_scanned_share
from perfweek.warehouse.tableuse import NO_ENDPOINT, Asked, TableUse

WORTH_PREDICTING = 0.05
"""An endpoint whose share falls by less is not affected."""
AS_GOOD, MOST_OF_THE_GAIN = 1.05, 0.98
"""A key is as good as the best one that scans at most so many times its share and has at least so much of its gain."""
WIDTH = 3
"""So many of the best keys are grown by a further part."""
METRIC = "warehouse.query.partitions_scanned_share"
_DIGITS = 9
"""Shares are rounded to so many digits: a mean of equal shares must not differ from them in its last bit."""


@dataclass(frozen=True)
class Share:
    """A share of partitions scanned: at least, probably, at most."""

    low: float
    likely: float
    high: float


@dataclass(frozen=True)
class Judged:
    """A statement and the share that it would scan."""

    asked: Asked
    share: Share


@dataclass(frozen=True)
class Candidate:
    """A clustering key, the share that each endpoint would scan, and the share of all statements by their execution time."""

    keys: tuple[Key, ...]
    endpoints: Mapping[str, Share]
    overall: Share

    @property
    def name(self) -> str:
        return key_name(self.keys)


@dataclass(frozen=True)
class Advice:
    """The table, what is measured now (by endpoint), every candidate in the order judged, and the chosen one. `version`: what the keys were judged
    for; `saved`: execution time (ms) that the chosen key spares over the history: at least, probably, at most."""

    use: TableUse
    now: Mapping[str, Estimate]
    now_overall: float
    candidates: tuple[Candidate, ...]
    chosen: Candidate
    version: Version = "OPTIMA"
    saved: Share = Share(0.0, 0.0, 0.0)

    @property
    def affected(self) -> list[str]:
        """Endpoints that would scan clearly less, the greatest fall first."""
        falls = {name: self.now[name].value - share.likely for name, share in self.chosen.endpoints.items() if name in self.now}
        return sorted((name for name, fall in falls.items() if fall > WORTH_PREDICTING), key=lambda name: -falls[name])

    def candidate(self, keys: Sequence[Key]) -> Candidate | None:
        """The one of this key, where it was judged."""
        return next((one for one in self.candidates if one.keys == tuple(keys)), None)


def advise(use: TableUse, sample: Sample, statements: pd.DataFrame, version: Version = "OPTIMA", *, stops: bool = True) -> Advice:
    """Judge keys part by part and choose: the least share of partitions, weighted by execution time. Among those as good as the best, and not
    worse than any single column, one of the proposal's columns, else the one whose first part has the fewest values, which costs least to
    keep in order. `stops`: the engine stops
    at a limit (see `Layout.scanned`): the embedded one does."""
    judge_ = _Judge(use, sample, version, stops=stops)
    candidates = _search(use, sample, judge_)
    chosen = _choose(candidates, sample, judge_.now_overall)
    endpoints = sorted({asked.endpoint for asked in use.statements} - {NO_ENDPOINT})
    now = {endpoint: partitions_scanned_share(statements, endpoint) for endpoint in endpoints}
    return Advice(use, now, judge_.now_overall, tuple(candidates), chosen, version, judge_.saved(chosen.overall))


class _Judge:
    """What a layout would scan, by the statements of one table."""

    def __init__(self, use: TableUse, sample: Sample, version: Version, *, stops: bool) -> None:
        self._use, self._sample, self._version, self._stops = use, sample, version, stops
        self._asked = _distinct(use.statements)
        self._questions = {key: sample.question(asked.restriction) for key, asked in self._asked.items()}
        self._weights = [asked.execution_ms * self._part(asked) for asked in use.statements]
        measured = [weight * _now(asked) for asked, weight in zip(use.statements, self._weights, strict=True)]
        self.now_overall = math.fsum(measured) / (math.fsum(self._weights) or 1.0)

    def __call__(self, keys: tuple[Key, ...]) -> Candidate:
        """The range of an endpoint covers every mix of its statements: as they came, each distinct one once (as behind a cache), and each template
        alone; what another draw of as many distinct statements would change; and, where rows are added, one more partition that is not in
        order yet."""
        layout = lay_out(self._sample, keys, self._version)
        counts: dict[Question, tuple[float, float, float]] = {}
        for question in self._questions.values():
            if question not in counts:
                counts[question] = layout.scanned(question, stops=self._stops)
        known = {key: self._share(asked, counts[self._questions[key]]) for key, asked in self._asked.items()}
        judged = [Judged(asked, known[_key(asked)]) for asked in self._use.statements]
        by_endpoint: dict[str, list[Judged]] = {}
        for one in judged:
            by_endpoint.setdefault(one.asked.endpoint, []).append(one)
        endpoints = {name: _any_mix(by_endpoint[name]) for name in sorted(by_endpoint) if name != NO_ENDPOINT}
        return Candidate(keys, endpoints, _mean(judged, self._weights))

    def saved(self, then: Share) -> Share:
        """Execution time falls as the partitions scanned do."""
        total = math.fsum(self._weights)
        return Share(*(total * max(0.0, self.now_overall - share) for share in (then.high, then.likely, then.low)))

    def _share(self, asked: Asked, counts: tuple[float, float, float]) -> Share:
        """A statement that returned rows scanned at least one partition; where rows are added, one more is not in order yet."""
        now, question = _now(asked), self._questions[_key(asked)]
        if not question.limits and not question.never:
            return Share(now, now, now)
        total = self._sample.partitions
        low, likely, high = (max(1.0 if asked.rows > 0 else 0.0, count) / total for count in counts)
        found = Share(low, likely, min(1.0, high + self._use.written / total))
        return found if asked.alone else Share(min(now, found.low), min(now, found.likely), min(now, found.high))

    def _part(self, asked: Asked) -> float:
        return 1.0 if asked.alone else min(1.0, self._sample.partitions / asked.total)


def _search(use: TableUse, sample: Sample, judge: _Judge) -> list[Candidate]:
    """Every key judged, in that order: each best few of a length are grown, as long as a further part gains."""
    found = [judge(keys) for keys in first_keys(use, sample)]
    known = {one.keys for one in found}
    best = math.inf
    while found and min(one.overall.likely for one in found) < best:
        best = min(one.overall.likely for one in found)
        good = sorted(found, key=lambda one: one.overall.likely)[:WIDTH]
        longer = [keys for one in good for keys in grown(one.keys, use, sample) if keys not in known]
        found += [judge(keys) for keys in dict.fromkeys(longer)]
        known |= set(longer)
    if found:
        winner = min(found, key=lambda one: one.overall.likely)
        found += [judge(keys) for keys in with_joins(winner.keys, use, sample) if keys not in known]
    return found


def _choose(candidates: Sequence[Candidate], sample: Sample, now: float) -> Candidate:
    best = min(candidate.overall.likely for candidate in candidates)
    most = min(best * AS_GOOD, now - MOST_OF_THE_GAIN * (now - best)) if best < now else best
    single = min((one.overall.likely for one in candidates if len(one.keys) == 1), default=most)
    good = [candidate for candidate in candidates if candidate.overall.likely <= min(most, max(best, single))]
    return min(
        good,
        key=lambda one: (
            {key.column for key in one.keys} != set(PROPOSAL),
            distinct(sample, one.keys[0]),
            len(one.keys),
            one.overall.likely,
        ),
    )


def _key(asked: Asked) -> tuple[str, str]:
    return asked.template, asked.values


def _distinct(statements: Iterable[Asked]) -> dict[tuple[str, str], Asked]:
    return {_key(asked): asked for asked in statements}


def _now(asked: Asked) -> float:
    return asked.scanned / asked.total


def _any_mix(judged: Sequence[Judged]) -> Share:
    as_they_came = _mean(judged, [one.asked.count for one in judged])
    once = list({_key(one.asked): one for one in judged}.values())
    templates = sorted({one.asked.template for one in judged})
    alone = [[one for one in judged if one.asked.template == template] for template in templates]
    mixes = [as_they_came, _mean(once, [1.0] * len(once)), *(_mean(rows, [one.asked.count for one in rows]) for rows in alone)]
    low, high = min(mix.low for mix in mixes), max(mix.high for mix in mixes)
    draw = _between_draws([one.share.likely for one in once])
    floor = round(min(one.share.low for one in once), _DIGITS)
    return Share(max(floor, low - draw), as_they_came.likely, min(1.0, high + draw))


def _between_draws(shares: Sequence[float]) -> float:
    """Half the 95 % interval of the difference between the means of two draws of as many statements as there are here."""
    return 1.96 * math.sqrt(2) * float(np.std(shares, ddof=1)) / math.sqrt(len(shares)) if len(shares) > 1 else 0.0


def _mean(judged: Sequence[Judged], weights: Sequence[float]) -> Share:
    total = sum(weights) or 1.0
    low, likely, high = (
        round(math.fsum(weight * value for weight, value in zip(weights, values, strict=True)) / total, _DIGITS)
        for values in ([one.share.low for one in judged], [one.share.likely for one in judged], [one.share.high for one in judged])
    )
    return Share(low, likely, high)
