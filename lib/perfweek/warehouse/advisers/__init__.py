"""The advisers: one a file, each with a function `advise` from what is known of a warehouse to findings.

They are named here and loaded when they are asked, because they use the packages below that use the material that stands beside them.
"""

from dataclasses import replace
from importlib import import_module
from typing import Final

from perfweek.warehouse.advisers.finding import Finding
from perfweek.warehouse.advisers.material import Material

ADVISERS: Final = (
    "clustering",
    "partitioning",
    "search_optimization",
    "materialized_views",
    "dynamic_tables",
    "rewrites",
    "result_cache",
    "right_sizing",
    "auto_suspend",
    "query_acceleration",
    "pool",
    "asynchronous",
)


def findings_of(material: Material) -> list[Finding]:
    """What all advisers find, the largest net saving of each unit first; scripts for the embedded engine only where it is the warehouse."""
    found: list[Finding] = [finding for name in ADVISERS for finding in import_module(f"{__name__}.{name}").advise(material)]
    if material.engine != "embedded":
        found = [replace(one, change=replace(one.change, embedded=None)) if one.change else one for one in found]
    return sorted(found, key=lambda finding: (finding.unit, -finding.net))
