"""The advisers: one a file, each a function from a look at a history to findings."""

from collections.abc import Callable
from typing import Final

from perfweek.warehouse.advisers import result_cache
from perfweek.warehouse.advisers.finding import Finding
from perfweek.warehouse.look import Look

Adviser = Callable[[Look], list[Finding]]
ADVISERS: Final[tuple[Adviser, ...]] = (result_cache.advise,)


def findings_of(look: Look) -> list[Finding]:
    """What all advisers find, the largest likely saving of each unit first."""
    found = [finding for adviser in ADVISERS for finding in adviser(look)]
    return sorted(found, key=lambda finding: (finding.unit, -finding.likely))
