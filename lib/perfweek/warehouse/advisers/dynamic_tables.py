"""Dynamic tables for blocks that join: Snowflake lets a materialized view read one table only."""

from perfweek.warehouse.advisers.finding import Finding
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.advisers.materialized_views import findings_of_kind


def advise(material: Material) -> list[Finding]:
    """One finding for each dynamic table."""
    return findings_of_kind(material, "dynamic table")
