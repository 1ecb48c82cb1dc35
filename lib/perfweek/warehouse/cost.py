"""Credits of each warehouse-hour: attributed + idle = metered, or no ranking by credits.

Two ledgers. Where Snowflake attributes credits, each side comes from a view of its own: what statements cost from
QUERY_ATTRIBUTION_HISTORY (and QUERY_METERING_HISTORY for Adaptive warehouses, which have no idle time), metered credits and the
idle rest from WAREHOUSE_METERING_HISTORY. Where it does not, statements cost the time in which their warehouse worked, at the
rate of its size, and idle is what is left of the metered credits: less than nothing left means that a rate is wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from perfweek.warehouse.prices import PRICES, Prices, credits_per_hour

TOLERANCE = 0.01
"""Of an hour's metered credits: what the two sides may differ by; Snowflake rounds, and leaves out statements below 0.1 s."""
LEAST = 0.001
_HOUR_MS = 3_600_000
_KEYS = ["warehouse_name", "hour_start"]
LEDGER = [*_KEYS, "metered", "attributed", "idle", "difference"]


class Basis(StrEnum):
    """Where the credits of statements come from."""

    attributed = "attributed by Snowflake"
    worked = "metered credits, shared by the time in which warehouses worked"
    estimated = "estimated from sizes: nothing was metered"


@dataclass(frozen=True)
class Cost:
    """`ledger`: LEDGER, 1 row per warehouse-hour, in credits (metered and idle are NaN where nothing was metered); `of_texts`: text_key,
    credits; `broken`: the rows of the ledger that do not add up; `open_hours`: metered, not yet attributed, left out;
    `cloud_billed`: credits of cloud services above the free share, summed over days."""

    basis: Basis
    ledger: pd.DataFrame
    of_texts: pd.DataFrame
    broken: pd.DataFrame
    open_hours: int
    cloud_billed: float
    prices: Prices = PRICES

    @property
    def refused(self) -> bool:
        """Whether a ranking by credits would be false."""
        return not self.broken.empty

    @property
    def ranked(self) -> bool:
        return not self.refused and self.basis is not Basis.estimated

    @property
    def idle_share(self) -> float:
        """Idle over metered credits; NaN where nothing was metered."""
        metered = self.ledger["metered"].sum(min_count=1)
        return float(self.ledger["idle"].sum() / metered) if metered else float("nan")


def cost_of(answers: Mapping[str, pd.DataFrame], prices: Prices = PRICES) -> Cost:
    """The cost from the answers to sql/history/: metering, attribution, attribution_of_texts and adaptive where they could be read, else
    cost and cost_of_texts."""
    metering = answers.get("metering", pd.DataFrame())
    adaptive = answers.get("adaptive", pd.DataFrame())
    billed = _cloud_billed(metering, prices)
    if metering.empty and "cost" not in answers:
        nothing = pd.DataFrame(columns=LEDGER)
        return Cost(Basis.estimated, nothing, pd.DataFrame({"text_key": [], "credits": []}, dtype=object), nothing, 0, billed, prices)
    if metering.empty:
        worked = _worked(answers["cost"])
        ledger = _with_difference(worked.assign(metered=np.nan, idle=np.nan))
        return Cost(Basis.estimated, ledger, _worked_texts(answers["cost_of_texts"]), ledger.iloc[:0], 0, billed, prices)
    own = set(adaptive["warehouse_name"]) if len(adaptive) else set()
    classic, other = metering[~metering["warehouse_name"].isin(own)], metering[metering["warehouse_name"].isin(own)]
    native = not answers.get("attribution", pd.DataFrame()).empty and classic["attributed_credits"].notna().any()
    if native:
        ledger, opened = _attributed(classic, answers["attribution"])
        texts = answers["attribution_of_texts"].rename(columns={"attributed_credits": "credits"})
    else:
        cost = answers["cost"]
        ledger, opened = _left_over(classic, _worked(cost[~cost["warehouse_name"].isin(own)])), 0
        spent = answers["cost_of_texts"]
        texts = _worked_texts(spent[~spent["warehouse_name"].isin(own)])
    ledger = pd.concat([ledger, _adaptive(other, adaptive)], ignore_index=True) if own else ledger
    texts = pd.concat([one for one in (texts, adaptive.rename(columns={"compute_credits": "credits"})) if len(one)] or [texts])
    of_texts = texts.groupby("text_key")[["credits"]].sum().reset_index()
    return Cost(Basis.attributed if native else Basis.worked, ledger, of_texts, _broken(ledger), opened, billed, prices)


def _attributed(metering: pd.DataFrame, attribution: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Hours whose attribution is not known yet are left out and counted; an hour of statements that nothing was metered for stays."""
    unknown = metering["attributed_credits"].isna()
    rows = metering[~unknown].merge(attribution, on=_KEYS, how="outer", suffixes=("_of_the_hour", ""))
    waiting = rows.merge(metering.loc[unknown, _KEYS], on=_KEYS, how="left", indicator="waiting")["waiting"].eq("both").to_numpy()
    rows = rows[~waiting].fillna({"compute_credits": 0, "attributed_credits": 0, "attributed_credits_of_the_hour": 0, "crossing_credits": 0})
    named = rows.rename(columns={"compute_credits": "metered", "attributed_credits": "attributed", "crossing_credits": "unsure"})
    return _with_difference(named.assign(idle=named["metered"] - named["attributed_credits_of_the_hour"])), int(unknown.sum())


def _left_over(metering: pd.DataFrame, worked: pd.DataFrame) -> pd.DataFrame:
    rows = metering[[*_KEYS, "compute_credits"]].merge(worked, on=_KEYS, how="outer").rename(columns={"compute_credits": "metered"})
    rows = rows.fillna({"metered": 0, "attributed": 0})
    return _with_difference(rows.assign(idle=(rows["metered"] - rows["attributed"]).clip(lower=0)))


def _adaptive(metering: pd.DataFrame, adaptive: pd.DataFrame) -> pd.DataFrame:
    spent = adaptive.groupby(_KEYS)[["compute_credits"]].sum().reset_index().rename(columns={"compute_credits": "attributed"})
    rows = metering[[*_KEYS, "compute_credits"]].merge(spent, on=_KEYS, how="outer").rename(columns={"compute_credits": "metered"})
    return _with_difference(rows.fillna({"metered": 0, "attributed": 0}).assign(idle=0.0))


def _with_difference(rows: pd.DataFrame) -> pd.DataFrame:
    known = rows if "unsure" in rows else rows.assign(unsure=0.0)
    return known.assign(difference=known["metered"] - known["attributed"] - known["idle"])[[*LEDGER, "unsure"]].reset_index(drop=True)


def _broken(ledger: pd.DataFrame) -> pd.DataFrame:
    """Hours where the sides differ, or idle is less than nothing; a statement over several hours may fall on any of them, so each
    warehouse must also add up as a whole."""
    allowed = np.maximum(LEAST, TOLERANCE * ledger["metered"])
    wrong = (ledger["difference"].abs() > allowed + ledger["unsure"]) | (ledger["idle"] < -allowed)
    whole = ledger.groupby("warehouse_name")[["difference", "metered"]].transform("sum")
    edges = ledger.groupby("warehouse_name")["unsure"].transform(lambda unsure: unsure.iloc[[0, -1]].sum())
    off = whole["difference"].abs() > np.maximum(LEAST, TOLERANCE * whole["metered"]) + edges
    rows = ledger[wrong | (off & (ledger["difference"].abs() > allowed))]
    return rows.sort_values("difference", key=lambda values: -values.abs()).drop(columns="unsure").reset_index(drop=True)


def _rates(rows: pd.DataFrame) -> np.ndarray:
    return np.array([credits_per_hour(size, kind) for size, kind in zip(rows["warehouse_size"], rows["warehouse_type"], strict=True)], dtype=float)


def _worked(cost: pd.DataFrame) -> pd.DataFrame:
    rows = cost.assign(attributed=cost["busy_ms"].astype(float) / _HOUR_MS * _rates(cost))
    return rows.groupby(_KEYS)[["attributed"]].sum(min_count=1).reset_index()


def _worked_texts(cost: pd.DataFrame) -> pd.DataFrame:
    rows = cost.assign(credits=cost["busy_ms"].astype(float) / _HOUR_MS * _rates(cost))
    return rows.groupby("text_key")[["credits"]].sum(min_count=1).reset_index()


def _cloud_billed(metering: pd.DataFrame, prices: Prices) -> float:
    """Over days in UTC, all warehouses together: what is above the free share."""
    if metering.empty:
        return float("nan")
    days = metering.groupby(pd.to_datetime(metering["hour_start"], utc=True).dt.floor("D"))[["compute_credits", "cloud_credits"]].sum()
    return float((days["cloud_credits"] - prices.free_cloud_share * days["compute_credits"]).clip(lower=0).sum())
