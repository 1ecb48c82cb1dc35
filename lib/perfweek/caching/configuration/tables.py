"""Tables of the configuration."""

from collections.abc import Sequence

import pandas as pd

from perfweek.caching.configuration.alerts import Threshold
from perfweek.caching.configuration.sizes import GIB, JITTER, Sizes
from perfweek.metrics import CATALOGUE
from perfweek.wording import number


def settings_table(sizes: Sizes) -> pd.DataFrame:
    """What the files set, and why."""
    spread = f"spread by {100 * JITTER:.0f} % either way"
    rows = []
    if sizes.process_bytes:
        rows.append(("l1", "size an instance", f"{number(sizes.process_bytes / 1e6)} MB", "the design"))
        rows.append(("l1", "time to live", f"{number(sizes.process_ttl_s)} s", spread))
    if sizes.shared_bytes:
        room = f"entries {number(sizes.shared_bytes / GIB)} GiB over the masters; a node needs {number(sizes.node_needs_gib)} GiB with headroom"
        rows.append(("l2", "masters, replicas each", f"{sizes.masters}, {sizes.replicas}", f"nodes of {number(sizes.node_gib)} GiB"))
        rows.append(("l2", "maxmemory", f"{number(sizes.maxmemory / GIB)} GiB", room))
        rows.append(("l2", "policy", "allkeys-lru, 10 samples", "any entry may go; the default refuses writes instead"))
        rows.append(("l2", "time to live", f"{number(sizes.shared_ttl_s)} s", spread))
    if sizes.edge_ttl_s:
        rows.append(("l4", "expirationTtl", f"{number(sizes.edge_ttl_s)} s", f"at least 60 s; {spread}"))
        rows.append(("l4", "cacheTtl", f"{number(sizes.edge_cached_s)} s", "at least 30 s; a change is seen later by up to as much"))
    return pd.DataFrame(rows, columns=["tier", "setting", "value", "why"])


def threshold_table(found: Sequence[Threshold]) -> pd.DataFrame:
    """Alerts, a row each."""
    rows = [
        (one.tier, CATALOGUE[one.metric].title, one.metric, one.condition.split(" on(")[0] + _other(one), one.minutes, one.reason) for one in found
    ]
    return pd.DataFrame(rows, columns=["tier", "what is watched", "metric", "alert when", "for, min", "why"])


def _other(one: Threshold) -> str:
    return " cache.expired" if " on(" in one.condition else ""
