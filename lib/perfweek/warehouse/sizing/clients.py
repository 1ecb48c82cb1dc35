"""Who asks a warehouse for connections: the stream of one user's statements, a connection held for each request or each statement."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from perfweek.warehouse.sizing.pool import Stream
from perfweek.warehouse.sizing.runs import MOST_REPLAYED, seconds_of


@dataclass(frozen=True)
class Client:
    """The user with the most statements. `held`: what a connection is held for, 'request' where tags tell them apart, else 'statement';
    `sessions`: how many sessions the history shows, of how many `statements`."""

    user: str
    stream: Stream
    held: str
    sessions: int
    statements: int
    rows: pd.DataFrame


def busiest_client(executions: pd.DataFrame) -> Client | None:
    """The user who ran the most statements, and its connections as the history shows them; None without any that has its times."""
    timed = executions[executions["start_time"].notna() & executions["elapsed_ms"].notna()] if len(executions) else executions
    if timed.empty:
        return None
    users = timed["user_name"].fillna("").astype(str)
    user = str(users.value_counts().index[0])
    rows = timed[users == user].head(MOST_REPLAYED)
    rows = rows.assign(starts=seconds_of(rows["start_time"]))
    rows = rows.assign(ends=rows["starts"] + rows["elapsed_ms"].astype(float) / 1000)
    tagged = rows["request_id"].fillna("") != ""
    held = "request" if tagged.mean() > 0.5 else "statement"
    spans = _requests(rows[tagged]) if held == "request" else rows[["starts", "ends"]]
    spans = spans.sort_values("starts")
    arrivals = spans["starts"].to_numpy(float)
    stream = Stream(arrivals, spans["ends"].to_numpy(float) - arrivals, np.zeros(len(spans), dtype=np.int64))
    return Client(user, stream, held, int(rows["session_id"].nunique()), len(rows), rows)


def _requests(rows: pd.DataFrame) -> pd.DataFrame:
    """A request holds its connection from its first statement's start to its last one's end."""
    return rows.groupby("request_id").agg(starts=("starts", "min"), ends=("ends", "max"))
