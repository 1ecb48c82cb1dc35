"""How many names each route needs, and how often they are used again."""

import pandas as pd

from perfweek.caching.logged import Logged, key_lengths

COLUMNS = ("route", "reads", "keys", "reads_a_key", "once", "urls", "key_bytes")


def cardinality(logged: Logged) -> pd.DataFrame:
    """One row a route, most read first: route, reads, keys, reads_a_key, once (share of the keys that were read one time), urls (distinct addresses;
    0 where the log has none), key_bytes (of a key, the mean)."""
    reads = logged.reads
    if reads.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    counts = reads.groupby(["route", "key"], sort=False).size().rename("reads").reset_index()
    by_route = counts.groupby("route")["reads"]
    urls = reads[reads["url"] != ""].groupby("route")["url"].nunique()
    lengths = pd.Series(key_lengths(counts["key"])).groupby(counts["route"]).mean()
    table = pd.DataFrame(
        {
            "reads": by_route.sum(),
            "keys": by_route.size(),
            "reads_a_key": by_route.mean(),
            "once": counts["reads"].eq(1).groupby(counts["route"]).mean(),
            "urls": urls.reindex(by_route.sum().index, fill_value=0).astype(int),
            "key_bytes": lengths,
        }
    )
    return table.sort_values("reads", ascending=False).rename_axis("route").reset_index()[list(COLUMNS)]
