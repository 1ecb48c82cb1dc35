"""Tables of the proof."""

from collections.abc import Sequence

import pandas as pd

from perfweek.caching.proof.redis_replay import Replayed

REPLAY_FORMATS = {"maxmemory, MB": ".2f", "misses measured": ".1%", "predicted": ".1%", "difference, points": "+.2f", "an exact LRU": ".1%"}


def replay_table(found: Sequence[Replayed]) -> pd.DataFrame:
    """One row a size."""
    rows = [(one.entries, one.maxmemory / 1e6, one.measured, one.predicted, 100 * one.difference, one.exact_lru) for one in found]
    return pd.DataFrame(rows, columns=["entries", "maxmemory, MB", "misses measured", "predicted", "difference, points", "an exact LRU"])
