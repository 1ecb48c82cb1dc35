"""Tables of the proof."""

from collections.abc import Sequence

import pandas as pd

from perfweek.caching.proof.pressed import Pressed
from perfweek.caching.proof.redis_replay import Replayed
from perfweek.caching.proof.tiers import Held
from perfweek.wording import in_percent, interval_text

REPLAY_FORMATS = {"maxmemory, MB": ".2f", "misses measured": ".1%", "predicted": ".1%", "difference, points": "+.2f", "an exact LRU": ".1%"}
TIERS_FORMATS = {"size, MB": ".2f", "hits measured": ".1%", "predicted": ".1%", "difference, points": "+.2f"}
PRESSED_FORMATS = {
    "Redis, MB": ".1f",
    "evicted": ",",
    "hits measured": ".1%",
    "predicted": ".1%",
    "difference, points": "+.2f",
    "L1 measured": ".1%",
    "L1 predicted": ".1%",
}


def pressed_table(found: Sequence[Pressed]) -> pd.DataFrame:
    """One row a size of Redis; L1 are the caches in the process before it."""
    rows = [
        {
            "Redis, MB": one.room / 1e6,
            "reads asked": one.asked,
            "evicted": one.evicted,
            "hits measured": one.measured,
            "interval": f"{interval_text(in_percent(one.interval))} %",
            "predicted": one.predicted,
            "difference, points": 100 * one.difference,
            "L1 measured": one.process_measured,
            "L1 predicted": one.process_predicted,
        }
        for one in found
    ]
    return pd.DataFrame(rows)


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
