"""The performance checklist: what a machine can see has its value, what only people know stays open. Nothing unchecked looks done."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from perfweek.progress.onboarding.numbers import Numbers
from perfweek.stats import Estimate
from perfweek.wording import bracketed, listed, number

State = Literal["kept", "broken", "cannot tell", "people"]
N_PLUS_ONE = 0.8
MOST_FAILURES = 0.001
HITS_FOR_P95 = 0.95
PEOPLE = (
    "The change says which requests it makes faster or slower, or why none.",
    "Whoever reviews has run the profile of the changed path once.",
    "Each call to another system has a time limit from the guide's table, and one layer alone retries.",
    "Each cached answer has an owner who says how old it may be.",
    "The way back is written down and was tried.",
)
_SIGNS: dict[State, str] = {"kept": "yes", "broken": "no", "cannot tell": "cannot tell", "people": "ask people"}


@dataclass(frozen=True)
class Point:
    """One line of the checklist and what was seen."""

    title: str
    state: State
    seen: str

    @property
    def sign(self) -> str:
        return _SIGNS[self.state]


def checklist(numbers: Numbers) -> list[Point]:
    """What the machine judged, then what people have to."""
    return [*_machine(numbers), *(Point(title, "people", "no log tells") for title in PEOPLE)]


def _machine(numbers: Numbers) -> Iterator[Point]:
    over = [one for one in numbers.endpoints if one.p95.low > numbers.budget_ms]
    unclear = [one for one in numbers.endpoints if not one.p95.low > numbers.budget_ms and not one.p95.high <= numbers.budget_ms]
    budget = f"the budget of {number(numbers.budget_ms)} ms"
    shown = over or unclear
    seen = listed([f"`{one.route}` {bracketed(one.p95, 'ms')}" for one in shown[:4]]) if shown else f"all {len(numbers.endpoints)} routes"
    yield Point(f"The p95 of every route is within {budget}", "broken" if over else "cannot tell" if unclear else "kept", seen)
    yield _growth(numbers)
    yield _below(f"Fewer than {100 * MOST_FAILURES:g} % of the requests fail", numbers.failures, MOST_FAILURES)
    hits = numbers.hits
    state: State = (
        "cannot tell" if math.isnan(hits.low) else "kept" if hits.low >= HITS_FOR_P95 else "broken" if hits.high < HITS_FOR_P95 else "cannot tell"
    )
    yield Point("Caches answer 95 % of the reads, so that the p95 is the latency of a hit", state, bracketed(hits, "%"))
    usable = [one for one in numbers.limits if one.usable]
    known = f"{len(usable)} of {len(numbers.limits)} dependencies"
    yield Point("Enough calls were seen to set every time limit", "kept" if len(usable) == len(numbers.limits) > 0 else "cannot tell", known)


def _growth(numbers: Numbers) -> Point:
    title = "No list sends a statement for each of its items"
    known = [one for one in numbers.endpoints if not math.isnan(one.for_each_item.value)]
    growing = [one for one in known if one.for_each_item.low >= N_PLUS_ONE]
    if growing:
        return Point(title, "broken", listed([f"`{one.route}` {bracketed(one.for_each_item)} for each" for one in growing]))
    clear = [one for one in known if one.for_each_item.high < N_PLUS_ONE]
    if known and len(clear) == len(known):
        return Point(title, "kept", f"{len(known)} lists with pages of several lengths")
    return Point(title, "cannot tell", "no list with pages of several lengths reached the warehouse often enough")


def _below(title: str, estimate: Estimate, most: float) -> Point:
    if math.isnan(estimate.high):
        return Point(title, "cannot tell", bracketed(estimate, "%"))
    return Point(title, "kept" if estimate.high < most else "broken" if estimate.low >= most else "cannot tell", bracketed(estimate, "%"))
