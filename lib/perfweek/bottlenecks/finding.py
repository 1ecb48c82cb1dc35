"""One row of the list of bottlenecks, whoever found it."""

import math
from dataclasses import dataclass

from perfweek.bottlenecks.removal import Removal
from perfweek.stats import Estimate

NOT_TOLD = Estimate(math.nan, math.nan, math.nan, 0, "no data")
NO_REMOVAL = Removal(NOT_TOLD, NOT_TOLD, NOT_TOLD, NOT_TOLD)


@dataclass(frozen=True)
class Finding:
    """Something that costs response time, or puts it or its measurement at risk.

    `title`: a few words; `sentence`: what was seen, with its figures; `source`: the evidence file, relative to the week. `removal`: what
    it takes and what its removal gives back at most, NO_REMOVAL where it is not a matter of a request's time. `endpoint`: '' for all of them.
    `first`: it comes before all others, because it puts the other figures in doubt or ends the service.
    """

    title: str
    sentence: str
    source: str
    removal: Removal = NO_REMOVAL
    endpoint: str = ""
    first: bool = False


def ranked(findings: list[Finding]) -> list[Finding]:
    """Those that come first, then by what removal gives back of all response time, the largest first; last what no gain is known of."""
    return sorted(findings, key=lambda one: (not one.first, math.isnan(_gain(one)), -_gain(one)))


def _gain(finding: Finding) -> float:
    return finding.removal.of_all.value
