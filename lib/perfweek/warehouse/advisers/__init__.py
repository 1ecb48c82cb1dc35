"""The advisers: one a file, each a function from what is known of a warehouse to findings."""

from collections.abc import Callable
from typing import Final

from perfweek.warehouse.advisers import (
    auto_suspend,
    clustering,
    dynamic_tables,
    materialized_views,
    query_acceleration,
    result_cache,
    rewrites,
    right_sizing,
)
from perfweek.warehouse.advisers.finding import Finding
from perfweek.warehouse.advisers.material import Material

Adviser = Callable[[Material], list[Finding]]
ADVISERS: Final[tuple[Adviser, ...]] = (
    clustering.advise,
    materialized_views.advise,
    dynamic_tables.advise,
    rewrites.advise,
    result_cache.advise,
    right_sizing.advise,
    auto_suspend.advise,
    query_acceleration.advise,
)


def findings_of(material: Material) -> list[Finding]:
    """What all advisers find, the largest net saving of each unit first."""
    found = [finding for adviser in ADVISERS for finding in adviser(material)]
    return sorted(found, key=lambda finding: (finding.unit, -finding.net))
