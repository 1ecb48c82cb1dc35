"""Tables of the proof."""

from collections.abc import Sequence

import pandas as pd

from perfweek.caching.proof.redis_replay import Replayed
from perfweek.caching.proof.tiers import Held
from perfweek.wording import in_percent, interval_text

REPLAY_FORMATS = {"maxmemory, MB": ".2f", "misses measured": ".1%", "predicted": ".1%", "difference, points": "+.2f", "an exact LRU": ".1%"}
TIERS_FORMATS = {"size, MB": ".2f", "hits measured": ".1%", "predicted": ".1%", "difference, points": "+.2f"}


def tiers_table(found: Sequence[Held]) -> pd.DataFrame:
    """One row a tier and size."""
    rows = [
        (one.tier, one.capacity / 1e6, one.asked, one.measured, f"{interval_text(in_percent(one.interval))} %", one.predicted, 100 * one.difference)
        for one in found
    ]
    return pd.DataFrame(rows, columns=["tier", "size, MB", "reads asked", "hits measured", "interval", "predicted", "difference, points"])


def replay_table(found: Sequence[Replayed]) -> pd.DataFrame:
    """One row a size."""
    rows = [(one.entries, one.maxmemory / 1e6, one.measured, one.predicted, 100 * one.difference, one.exact_lru) for one in found]
    return pd.DataFrame(rows, columns=["entries", "maxmemory, MB", "misses measured", "predicted", "difference, points", "an exact LRU"])
