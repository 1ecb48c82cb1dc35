"""Which change first: value times probability of success over effort, each with its uncertainty, drawn many times.

Ranked by the 20 % quantile of the score, so that a large hope with a wide range does not go before a sure gain. What earlier weeks promised and
what came of it corrects the estimates and gives the probability; before there is such a record both are assumed, and said to be.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perfweek.candidates import Candidate, Effort
from perfweek.progress.bias import Record

Floats = NDArray[np.float64]
DRAWS = 20_000
CAUTIOUS = 0.2
EFFORT_DAYS: Mapping[Effort, tuple[float, float, float]] = {
    "setting": (0.25, 0.5, 1.5),
    "query": (0.5, 1.0, 3.0),
    "code": (1.0, 3.0, 8.0),
    "architecture": (10.0, 30.0, 90.0),
    "measurement": (0.25, 0.5, 1.0),
}
"""Person-days (at least, probably, at most) by kind of work: assumed, until a team puts in its own."""
ASSUMED_PROBABILITY = 0.6
FEWEST_SCORED = 3


@dataclass(frozen=True)
class Ranked:
    """A candidate with its score (share saved a person-day: 20 % quantile, mean); `beats_next`: the probability that its score is above that of
    the one behind it; `probability` of success, `bias` (realised over predicted) and whether these come from the adviser's own record."""

    candidate: Candidate
    cautious: float
    mean: float
    beats_next: float
    probability: float
    bias: float
    from_record: bool


def rank(candidates: Sequence[Candidate], records: Mapping[str, Record], seed: int = 1) -> list[Ranked]:
    """The best first; `records` by adviser. Candidates that save nothing at all in the mean come last."""
    random = np.random.default_rng(seed)
    scored = [(candidate, _known(candidate, records)) for candidate in candidates]
    draws = [_scores(candidate, known, random) for candidate, known in scored]
    order = sorted(range(len(scored)), key=lambda place: (-float(np.quantile(draws[place], CAUTIOUS)), -float(draws[place].mean())))
    followers: list[int | None] = [*order[1:], None][: len(order)]
    return [_ranked(*scored[place], draws[place], None if after is None else draws[after]) for place, after in zip(order, followers, strict=True)]


def _known(candidate: Candidate, records: Mapping[str, Record]) -> tuple[float, float, bool]:
    """Probability of success, bias, and whether both were seen."""
    record = records.get(candidate.adviser)
    if record is None or record.scored < FEWEST_SCORED:
        return ASSUMED_PROBABILITY, 1.0, False
    return record.success, record.bias, True


def _scores(candidate: Candidate, known: tuple[float, float, bool], random: np.random.Generator) -> Floats:
    probability, bias, _ = known
    value = bias * _triangular(candidate.low, candidate.likely, candidate.high, random)
    return np.maximum(value, 0) * probability / _triangular(*EFFORT_DAYS[candidate.effort], random)


def _triangular(low: float, likely: float, high: float, random: np.random.Generator) -> Floats:
    if not low < high:
        return np.full(DRAWS, likely)
    return random.triangular(low, min(max(likely, low), high), high, DRAWS)


def _ranked(candidate: Candidate, known: tuple[float, float, bool], own: Floats, following: Floats | None) -> Ranked:
    beats = math.nan if following is None else float(np.mean(own > following) + np.mean(own == following) / 2)
    return Ranked(candidate, float(np.quantile(own, CAUTIOUS)), float(own.mean()), beats, *known)
