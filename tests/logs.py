"""Access logs of known content, as frames."""

from typing import Any

import pandas as pd

from perfweek.access_log import AccessLog
from perfweek.caching.logged import Logged, logged_of


def logged(requests: list[dict[str, Any]]) -> Logged:
    """Each request needs at least a key; the others are a second apart, read and of 1000 bytes."""
    usual = {"method": "GET", "status": 200, "bytes": 1000, "tier": "origin", "duration_ms": 30.0, "database_ms": 20.0, "url": "", "digest": ""}
    rows = [{**usual, "time": 1000.0 + place, "route": f"{one.get('method', 'GET')} /assets", **one} for place, one in enumerate(requests)]
    return logged_of(AccessLog(pd.DataFrame(rows), len(rows), 0, ""), "evidence/load-monday/access_log.ndjson")
