"""Monday's tables about bottlenecks."""

from collections.abc import Sequence

import pandas as pd

from perfweek.bottlenecks.division import Division
from perfweek.bottlenecks.finding import Finding
from perfweek.bottlenecks.titles import part_title
from perfweek.wording import in_percent, interval_text

BOTTLENECK_FORMATS = {"% of all time": ".1f"}
PART_FORMATS = {"share of p95 %": ".1f"}


def bottleneck_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """The one list, best first: what was seen, what it takes of a request, what its removal gives back at most, and the file below evidence/."""
    return pd.DataFrame(
        [
            {
                "rank": rank,
                "bottleneck": f"{one.title}: {one.sentence}".replace("`", ""),
                "endpoint": one.endpoint or "all",
                "ms a request": one.removal.ms.value,
                "ms of p95": one.removal.of_p95.value,
                "% of all time": 100 * one.removal.of_all.value,
                "95 % interval": interval_text(in_percent(one.removal.of_all)),
                "evidence": one.source.removeprefix("evidence/"),
            }
            for rank, one in enumerate(findings, start=1)
        ]
    )


def part_table(divisions: Sequence[Division]) -> pd.DataFrame:
    """One row a part of an endpoint that can be told from the others; those of p95 sum to it."""
    return pd.DataFrame(
        [
            {
                "endpoint": division.endpoint,
                "part": part_title(division, part.part),
                "ms of p95": part.p95.value,
                "95 % interval": interval_text(part.p95),
                "share of p95 %": 100 * part.share.value,
                "ms of the mean": part.removal.ms.value,
                "interval of the mean": interval_text(part.removal.ms),
            }
            for division in divisions
            for part in division.parts
            if part.known
        ]
    )
