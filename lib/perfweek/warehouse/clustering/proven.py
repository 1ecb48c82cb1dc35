"""What the proof of a key found: predicted beside measured, condition by condition and key by key."""

from dataclasses import dataclass

import pandas as pd
import pyarrow.parquet as pq

from perfweek import evidence
from perfweek.evidence import Measurement
from perfweek.week import Week

CLOSE = 0.1
"""A prediction is close where it is off by a tenth of what was measured at most, or by one partition."""


@dataclass(frozen=True)
class Proof:
    """`rows`: columns of proof.parquet and `close`; `source`: its evidence file, relative to the week."""

    rows: pd.DataFrame
    source: str

    @property
    def conditions(self) -> int:
        return int((self.rows["role"] == "chosen").sum())

    @property
    def close(self) -> int:
        """How many of the chosen key's conditions were predicted closely."""
        return int(self.rows.loc[self.rows["role"] == "chosen", "close"].sum())

    @property
    def inside(self) -> int:
        """How many of the chosen key's conditions were measured within the range predicted, one partition more or less."""
        chosen = self.rows[self.rows["role"] == "chosen"]
        step = 1 / chosen["partitions"]
        return int(((chosen["measured"] >= chosen["low"] - step) & (chosen["measured"] <= chosen["high"] + step)).sum())


def read_proof(week: Week, measurement: Measurement) -> Proof:
    """The measurement 'clustering-proof'."""
    path = measurement.path("proof.parquet")
    return Proof(with_closeness(pq.read_table(path).to_pandas()), evidence.relative(week, path))


def with_closeness(rows: pd.DataFrame) -> pd.DataFrame:
    """With the column `close`: see CLOSE."""
    off = (rows["likely"] - rows["measured"]).abs()
    allowed = (CLOSE * rows["measured"]).clip(lower=1 / rows["partitions"])
    return rows.assign(close=off <= allowed * (1 + 1e-9))


def by_key(proof: Proof) -> pd.DataFrame:
    """1 row per key laid out, the least measured first: key, role, predicted and measured (shares of partitions, weighted by execution time),
    conditions, close, laid_out_s (seconds)."""
    rows = proof.rows
    weighted = rows.assign(predicted=rows["likely"] * rows["execution_ms"], found=rows["measured"] * rows["execution_ms"])
    groups = weighted.groupby(["key", "role"], sort=False)
    sums = groups[["predicted", "found", "execution_ms"]].sum()
    found = pd.DataFrame(
        {
            "predicted": sums["predicted"] / sums["execution_ms"],
            "measured": sums["found"] / sums["execution_ms"],
            "conditions": groups.size(),
            "close": groups["close"].sum(),
            "laid_out_s": groups["laid_out_s"].max(),
        }
    )
    return found.reset_index().sort_values("measured", kind="stable", ignore_index=True)
