"""Lists that carry each item as wide as the item's own endpoint gives it."""

import re
from dataclasses import dataclass

import pandas as pd

from perfweek.blocks import ratio
from perfweek.stats import Estimate

AS_WIDE = 0.8
_FEWEST = 30
_PARAMETER = re.compile(r"/(?:\{[^/]*\}|:\w+|<[^/]*>)$")


@dataclass(frozen=True)
class WholeItems:
    """`width`: bytes of an item in the answers of `endpoint`, over the bytes of an answer of `item_endpoint`."""

    endpoint: str
    item_endpoint: str
    width: Estimate
    bytes_an_item: float


def whole_items(rows: pd.DataFrame) -> list[WholeItems]:
    """The lists of the access log's `rows` (access_log.SCHEMA) whose items are at least 80 % as wide as `<list>/{id}` gives them."""
    answered = rows[(rows["status"] < 400) & (rows["items"] > 0)]
    by_route = {str(name): group for name, group in answered.groupby("route") if len(group) >= _FEWEST}
    found = []
    for item, ones in by_route.items():
        lists = by_route.get(_PARAMETER.sub("", item)) if _PARAMETER.search(item) else None
        if lists is None or lists["items"].mean() <= 1:
            continue
        alone = float(ones["bytes"].sum() / ones["items"].sum())
        width = ratio(lists["time"], lists["bytes"] / alone, lists["items"])
        if width.low >= AS_WIDE:
            found.append(WholeItems(str(lists["route"].iloc[0]), item, width, alone * width.value))
    return found
