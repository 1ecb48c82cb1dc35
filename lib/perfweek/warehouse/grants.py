"""Which role reads which view of SNOWFLAKE.ACCOUNT_USAGE, and the statements that grant it.

https://docs.snowflake.com/en/sql-reference/snowflake-db-roles
"""

import re
from collections.abc import Iterable
from typing import Final

from perfweek.warehouse.names import written_name

USAGE, GOVERNANCE = "usage_viewer", "governance_viewer"
_ROLE_OF: Final = {
    "query_history": GOVERNANCE,
    "query_acceleration_eligible": GOVERNANCE,
    "warehouse_metering_history": USAGE,
    "query_attribution_history": USAGE,
    "query_metering_history": USAGE,
    "table_query_pruning_history": USAGE,
    "column_query_pruning_history": USAGE,
    "table_dml_history": USAGE,
    "automatic_clustering_history": USAGE,
    "table_storage_metrics": USAGE,
}
"""View -> database role of SNOWFLAKE; attribution and metering of queries are in GOVERNANCE too."""
_VIEW = re.compile(r"\bsnowflake\.account_usage\.(\w+)", re.IGNORECASE)


def views_of(sql: str) -> list[str]:
    """The views of ACCOUNT_USAGE that a statement names, in lower case."""
    return list(dict.fromkeys(name.lower() for name in _VIEW.findall(sql)))


def grants(views: Iterable[str], role: str) -> str:
    """What an administrator runs so that `role` reads these views; both database roles for a view that is not known here.
    An empty role is written <role>."""
    known = {one for view in views for one in ([_ROLE_OF[view]] if view in _ROLE_OF else [GOVERNANCE, USAGE])}
    to = named(role)
    return " ".join(f"grant database role snowflake.{one} to role {to};" for one in (GOVERNANCE, USAGE) if one in known)


def named(name: str, what: str = "role") -> str:
    """`name` as it stands in a statement; `<role>` where it is not known."""
    return written_name(name) if name else f"<{what}>"
