"""The scorecard of a history: the controls that Snowflake publishes for well-run warehouses, with their thresholds.

Thresholds: Snowflake-Labs, well-architected framework, controls for performance and cost optimization. A value is a ratio of
sums over all hours; its interval is a t interval over hours, so a history of one hour has none.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from perfweek.stats import Estimate, ratio_of_windows
from perfweek.warehouse.cost import Cost


@dataclass(frozen=True)
class Control:
    """`part` over `whole` are sums of columns of an hour; good below `good` and poor above `poor` (`more_is_better`: the reverse)."""

    name: str
    part: tuple[str, ...]
    whole: str
    good: float
    poor: float
    more_is_better: bool = False


@dataclass(frozen=True)
class Score:
    """`rating`: good, fair, poor, 'good or fair' and the like where the interval reaches over a threshold, or no data with the reason."""

    control: Control
    value: Estimate
    rating: str
    reason: str = ""


CONTROLS: Final = (
    Control("queueing", ("queued_ms",), "elapsed_ms", 0.05, 0.30),
    Control("remote spilling", ("spilled_remote",), "bytes_scanned", 0.005, 0.02),
    Control("compiling", ("compilation_ms",), "elapsed_ms", 0.10, 0.20),
    Control("partitions pruned", ("partitions_pruned",), "partitions_total", 0.95, 0.80, more_is_better=True),
    Control("idle", ("idle",), "metered", 0.25, 0.40),
    Control("failed", ("failed",), "statements", 0.01, 0.03),
    Control("timed out", ("timeouts",), "statements", 0.01, 0.03),
    Control("cloud services", ("cloud_billed",), "compute_credits", 0.0, 0.05),
)
NO_METERING = "no metered credits: WAREHOUSE_METERING_HISTORY was not read"
NO_COLUMN = "the history does not tell"


def scorecard(load: pd.DataFrame, cost: Cost) -> list[Score]:
    """One score a control, in the order of CONTROLS; `load`: the answer to load_by_hour."""
    hours = _by_hour(load)
    ledger = cost.ledger.groupby("hour_start")[["idle", "metered"]].sum(min_count=1).reset_index()
    return [_score(control, ledger if control.whole == "metered" else hours, cost) for control in CONTROLS]


def _by_hour(load: pd.DataFrame) -> pd.DataFrame:
    hours = load.drop(columns=["warehouse_name", "first_start", "last_end"]).groupby("hour_start", as_index=False).sum(min_count=1)
    return hours.assign(partitions_pruned=hours["partitions_total"] - hours["partitions_scanned"])


def _score(control: Control, hours: pd.DataFrame, cost: Cost) -> Score:
    if control.name == "cloud services":
        return _cloud(control, cost)
    if control.whole == "metered" and cost.refused:
        return Score(control, _nothing(), "no data", "the credits do not add up")
    part, whole = hours[list(control.part)].sum(axis=1, min_count=1).astype(float), hours[control.whole].astype(float)
    known = part.notna() & whole.gt(0)
    if not known.any():
        return Score(control, _nothing(), "no data", NO_METERING if control.whole == "metered" else NO_COLUMN)
    value = _within(ratio_of_windows(part[known], whole[known]))
    return Score(control, value, rating(control, value))


def _cloud(control: Control, cost: Cost) -> Score:
    metered = float(cost.ledger["metered"].sum(min_count=1))
    if math.isnan(cost.cloud_billed) or not metered > 0:
        return Score(control, _nothing(), "no data", NO_METERING)
    share = cost.cloud_billed / metered
    value = Estimate(share, share, share, len(cost.ledger), "billed cloud services over compute credits")
    return Score(control, value, rating(control, value))


def rating(control: Control, value: Estimate) -> str:
    """Such as 'good', or 'good or fair' where the interval holds the threshold between the two."""
    names = ("good", "fair", "poor")
    bounds = [bound for bound in (value.low, value.high) if not math.isnan(bound)] or [value.value]
    places = sorted({_place(control, bound) for bound in (*bounds, value.value)})
    return " or ".join(names[place] for place in places)


def _place(control: Control, value: float) -> int:
    sign = -1 if control.more_is_better else 1
    return int(sign * value > sign * control.good) + int(sign * value > sign * control.poor)


def _within(value: Estimate) -> Estimate:
    """A share lies between 0 and 1."""
    return replace(value, low=max(0.0, value.low), high=min(1.0, value.high)) if not math.isnan(value.low) else value


def _nothing() -> Estimate:
    return Estimate(math.nan, math.nan, math.nan, 0, "no data")
