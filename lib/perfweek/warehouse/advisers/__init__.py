"""The advisers: one a file, each a function from what is known of a warehouse to findings."""

from collections.abc import Callable
from typing import Final

from perfweek.warehouse.advisers import clustering, dynamic_tables, materialized_views, result_cache, rewrites
from perfweek.warehouse.advisers.finding import Finding
from perfweek.warehouse.advisers.material import Material

Adviser = Callable[[Material], list[Finding]]
ADVISERS: Final[tuple[Adviser, ...]] = (
    clustering.advise,
    materialized_views.advise,
    dynamic_tables.advise,
    rewrites.advise,
    result_cache.advise,
)


def findings_of(material: Material) -> list[Finding]:
    """What all advisers find, the largest net saving of each unit first."""
    found = [finding for adviser in ADVISERS for finding in adviser(material)]
    return sorted(found, key=lambda finding: (finding.unit, -finding.net))
