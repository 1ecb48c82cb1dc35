"""What warehouses cost, as published at a date: credits an hour by size and type, and the price of a credit.

Sizes and types: docs.snowflake.com/en/user-guide/warehouses-overview. Generation 2 warehouses cost 1.25 to 1.35 times as much;
a query history does not tell them apart, the metered credits do.
"""

import math
from dataclasses import dataclass
from typing import Final

_SIZES: Final = ("X-SMALL", "SMALL", "MEDIUM", "LARGE", "X-LARGE", "2X-LARGE", "3X-LARGE", "4X-LARGE", "5X-LARGE", "6X-LARGE")
_STANDARD: Final = {size: float(2**step) for step, size in enumerate(_SIZES)}
_SNOWPARK: Final = {size: 1.5 * _STANDARD[size] for size in _SIZES[2:]}
_RATES: Final = {"STANDARD": _STANDARD, "SNOWPARK-OPTIMIZED": _SNOWPARK}
_SHORT: Final = {"XSMALL": "X-SMALL", "XLARGE": "X-LARGE", "XXLARGE": "2X-LARGE", "XXXLARGE": "3X-LARGE"}


@dataclass(frozen=True)
class Prices:
    """`free_cloud_share`: cloud services cost nothing up to this share of a day's compute credits. `clustering_multiplier`: what a serverless
    compute hour of Classic clustering costs beside a warehouse's; `optima_credits_per_gb`: what Optima clustering takes for an uncompressed
    gigabyte, NaN where it was not looked up (the Service Consumption Table states it: snowflake.com/legal-files/CreditConsumptionTable.pdf)."""

    as_of: str = "2026-11-01"
    dollars_per_credit: float = 3.0
    free_cloud_share: float = 0.1
    clustering_multiplier: float = 2.0
    optima_credits_per_gb: float = math.nan


PRICES: Final = Prices()
"""On demand, Enterprise edition, US regions."""


def credits_per_hour(size: object, kind: object = "STANDARD") -> float:
    """Credits an hour of one cluster; NaN for a size or type without a fixed rate (an Adaptive warehouse has none), and for no size (None, or
    NaN as a table of pandas has it)."""
    name = (size if isinstance(size, str) else "").upper().replace("_", "-")
    bare = name.replace("-", "")
    known = next((one for one in _SIZES if one.replace("-", "") == bare), _SHORT.get(bare, ""))
    return sizes(kind if isinstance(kind, str) else None).get(known, math.nan)


def sizes(kind: str | None = "STANDARD") -> dict[str, float]:
    """Size -> credits an hour of one cluster, the smallest first; empty for a type without fixed rates."""
    return dict(_RATES.get((kind or "STANDARD").upper().replace("_", "-"), {}))
