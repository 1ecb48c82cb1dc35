"""Thursday's tables as they are shown: words and units in the header, and a format for each column that needs one."""

import pandas as pd

from perfweek.caching.study import Study
from perfweek.caching.trace import requested

ROUTE_FORMATS = {"share of reads": ".1%", "keys read once": ".0%", "mean response, B": ",.0f"}
SIZE_FORMATS = {"misses": ".1%", "from": ".1%", "to": ".1%", "MB of responses": ",.2f"}


def route_table(study: Study) -> pd.DataFrame:
    """What was read, by route."""
    names = {"requests": "reads", "share": "share of reads", "once": "keys read once", "mean_bytes": "mean response, B"}
    return requested(study.trace).rename(columns=names)


def size_table(study: Study) -> pd.DataFrame:
    """Misses at the recorded sizes: objects, MB of responses, misses, from, to (bounds of the interval)."""
    points = [(size, size * study.mean_bytes / 1e6, study.miss_ratio(size)) for size in study.sizes]
    rows = [(size, megabytes, point.value, point.low, point.high) for size, megabytes, point in points]
    return pd.DataFrame(rows, columns=["objects", "MB of responses", "misses", "from", "to"])
