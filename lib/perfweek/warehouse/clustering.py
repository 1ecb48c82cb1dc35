"""One clustering key for the table that costs most: candidates from what the statements ask, judged by simulated layouts.

Now: the share of partitions that the history measured; never the simulation of the order as found, which would flatter
it. Then: the layouts of layouts.py. A statement whose WHERE cannot be read is taken to scan what it scans now.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pandas as pd

from perfweek.predictions import Prediction
from perfweek.stats import Estimate
from perfweek.warehouse.history import partitions_scanned_share
from perfweek.warehouse.layouts import Key, Layout, Question, Sample, key_values, lay_out
from perfweek.warehouse.tableuse import NO_ENDPOINT, Asked, TableUse

PROPOSAL = ("created_at", "source_system")
"""The key of the week-1 checklist."""
MOST_COLUMNS = 3
WORTH_PREDICTING = 0.05
"""An endpoint whose share falls by less is not affected."""
AS_GOOD, MOST_OF_THE_GAIN = 1.1, 0.97
"""A key is as good as the best one that scans at most so many times its share and has at least so much of its gain."""
FOLDER = "wednesday"
_DIGITS = 9
"""Shares are rounded to so many digits: a mean of equal shares must not differ from them in its last bit."""
METRIC = "warehouse.query.partitions_scanned_share"


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
        return f"({', '.join(map(str, self.keys))})"


@dataclass(frozen=True)
class Advice:
    """The table, what is measured now (by endpoint), every candidate in the order judged, and the chosen one."""

    use: TableUse
    now: Mapping[str, Estimate]
    now_overall: float
    candidates: tuple[Candidate, ...]
    chosen: Candidate

    @property
    def affected(self) -> list[str]:
        """Endpoints that would scan clearly less, the greatest fall first."""
        falls = {name: self.now[name].value - share.likely for name, share in self.chosen.endpoints.items() if name in self.now}
        return sorted((name for name, fall in falls.items() if fall > WORTH_PREDICTING), key=lambda name: -falls[name])


def candidate_keys(use: TableUse, sample: Sample) -> list[tuple[Key, ...]]:
    """The checklist's proposal where the table has its columns, then the columns that restrict most execution time, alone
    and in pairs in each order; a time that leads a pair also as its day, else it would order all by itself."""
    columns = [name for name in sorted(use.weights, key=lambda name: -use.weights[name]) if name in sample.columns][:MOST_COLUMNS]
    found = [tuple(map(Key, PROPOSAL))] if set(PROPOSAL) <= set(sample.columns) else []
    found += [(Key(column),) for column in columns]
    for first, second in permutations(columns, 2):
        found += [(Key(first), Key(second))]
        found += [(Key(first, day=True), Key(second))] if sample.columns[first].time else []
    return list(dict.fromkeys(found))


def advise(use: TableUse, sample: Sample, statements: pd.DataFrame) -> Advice:
    """Judge every candidate and choose: the least share of partitions, weighted by execution time; among those as good as
    the best, the one whose first part has the fewest values, which costs least to keep in order, then the proposal's columns."""
    questions = {key: sample.question(asked.restriction) for key, asked in _distinct(use.statements).items()}
    candidates = tuple(judge(use, lay_out(sample, keys), keys, questions) for keys in candidate_keys(use, sample))
    now_overall = sum(one.execution_ms * one.scanned / one.total for one in use.statements) / (use.execution_ms or 1)
    chosen = _choose(candidates, sample, now_overall)
    endpoints = sorted({asked.endpoint for asked in use.statements} - {NO_ENDPOINT})
    now = {endpoint: partitions_scanned_share(statements, endpoint) for endpoint in endpoints}
    return Advice(use, now, now_overall, candidates, chosen)


def judge(use: TableUse, layout: Layout, keys: tuple[Key, ...], questions: Mapping[tuple[str, str], Question]) -> Candidate:
    """What each endpoint would scan in this layout.

    The range of an endpoint covers every mix of its statements: as they came, each distinct one once (as behind a cache),
    and each template alone; what another draw of as many distinct statements would change; and, where rows are added, one
    more partition that is not in order yet.
    """
    known = {key: _share(asked, layout, questions[key], use.written) for key, asked in _distinct(use.statements).items()}
    judged = [Judged(asked, known[_key(asked)]) for asked in use.statements]
    names = sorted({asked.endpoint for asked in use.statements} - {NO_ENDPOINT})
    endpoints = {name: _any_mix([one for one in judged if one.asked.endpoint == name]) for name in names}
    return Candidate(keys, endpoints, _mean(judged, [one.asked.execution_ms for one in judged]))


def predictions_of(advice: Advice, embedded: bool = False) -> list[Prediction]:
    """One prediction for each affected endpoint; the artifact is the script that makes the change on the engine in use."""
    script = f"artifacts/{FOLDER}/{'apply_embedded' if embedded else 'apply'}.sql"
    change = f"cluster {advice.use.name} by {advice.chosen.name}"
    return [
        Prediction(
            f"clustering: {endpoint}",
            change,
            METRIC,
            {"endpoint": endpoint},
            advice.now[endpoint].value,
            advice.chosen.endpoints[endpoint].low,
            advice.chosen.endpoints[endpoint].likely,
            advice.chosen.endpoints[endpoint].high,
            script,
        )
        for endpoint in advice.affected
    ]


def _key(asked: Asked) -> tuple[str, str]:
    return asked.template, asked.values


def _distinct(statements: Iterable[Asked]) -> dict[tuple[str, str], Asked]:
    return {_key(asked): asked for asked in statements}


def _choose(candidates: Sequence[Candidate], sample: Sample, now: float) -> Candidate:
    best = min(candidate.overall.likely for candidate in candidates)
    most = min(best * AS_GOOD, now - MOST_OF_THE_GAIN * (now - best)) if best < now else best
    good = [candidate for candidate in candidates if candidate.overall.likely <= most]
    return min(
        good,
        key=lambda one: (
            distinct(sample, one.keys[0]),
            {key.column for key in one.keys} != set(PROPOSAL),
            len(one.keys),
            one.overall.likely,
        ),
    )


def distinct(sample: Sample, key: Key) -> int:
    """How many different values the key has in the sample."""
    return len(np.unique(key_values(sample, key)))


def _share(asked: Asked, layout: Layout, question: Question, written: bool) -> Share:
    """A statement that returned rows scanned at least one partition."""
    if not question.limits and not question.never:
        now = asked.scanned / asked.total
        return Share(now, now, now)
    least = 1.0 if asked.rows > 0 else 0.0
    low, likely, high = (max(least, count) for count in layout.scanned(question))
    total = layout.sample.partitions
    return Share(low / total, likely / total, min(1.0, (high + written) / total))


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
