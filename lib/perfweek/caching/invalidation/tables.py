"""Tables of invalidation."""

from collections.abc import Sequence

import pandas as pd

from perfweek.caching.invalidation.links import Linked
from perfweek.caching.invalidation.stampede import Stampede
from perfweek.caching.invalidation.strategies import Outcome
from perfweek.wording import in_percent, interval_text

OUTCOME_FORMATS = {"hits": ".1%", "stale reads": ".2%", "stale by, p95, s": ".1f", "entries deleted a write": ".2f"}


def outcome_table(linked: Linked, found: Sequence[Outcome]) -> pd.DataFrame:
    """One row a strategy."""
    rows = [
        (
            one.strategy.name,
            one.strategy.title,
            one.hits.value,
            f"{interval_text(in_percent(one.hits))} %",
            one.stale.value,
            one.stale_p95_s,
            one.origin_reads,
            one.refreshes,
            one.origin_writes,
            one.deleted / max(1, linked.writes),
            one.refused,
            one.overtaken,
        )
        for one in found
    ]
    names = ["strategy", "how", "hits", "interval", "stale reads", "stale by, p95, s", "origin reads", "of these in the background", "origin writes"]
    return pd.DataFrame(rows, columns=[*names, "entries deleted a write", "KV puts refused", "fills overtaken"])


def stampede_table(found: Sequence[Stampede]) -> pd.DataFrame:
    """One row a remedy."""
    rows = [(one.remedy.name, one.calls, one.waits, one.together, one.peak) for one in found]
    return pd.DataFrame(
        rows, columns=["remedy", "calls of the origin", "reads that wait", "most fetches of one key at once", "most calls in a second, later"]
    )
