"""Synthetic traffic of known truth (nobody measured it): what the criteria should say is known before they are asked."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from perfweek.access_log import SCHEMA
from perfweek.decisions.judge import Decision, judge
from perfweek.decisions.material import Dataset, Evidence, History, Missing, Requests, Statements
from perfweek.decisions.records import read_records
from perfweek.project import project_folder

START = 1_795_000_000.0


def traffic(
    *,
    seconds: float = 120,
    rate: float = 40,
    write_share: float = 0.02,
    hit_ratio: float = 0.6,
    statements_per_item: float = 1.0,
    page_sizes: tuple[int, ...] = (10, 20, 50),
    list_share: float = 0.3,
    write_database_ms: float = 10,
    seed: int = 7,
) -> pd.DataFrame:
    """An access log of Poisson arrivals: single reads and lists, each from the cache with `hit_ratio`, and writes."""
    random = np.random.default_rng(seed)
    n = random.poisson(seconds * rate)
    write = random.random(n) < write_share
    listing = ~write & (random.random(n) < list_share)
    hit = ~write & (random.random(n) < hit_ratio)
    items = np.where(listing, random.choice(page_sizes, n), 1)
    queries = np.where(hit, 0, np.where(listing, 1 + random.binomial(items, min(1, statements_per_item)), 1))
    columns = {
        "time": np.sort(START + random.random(n) * seconds),
        "request_id": [f"r{number}" for number in range(n)],
        "session": [f"s{number % 20}" for number in range(n)],
        "method": np.where(write, "POST", "GET"),
        "route": np.where(write, "POST /assets", np.where(listing, "GET /assets", "GET /assets/{id}")),
        "key": [f"k{number % 50}" for number in range(n)],
        "status": np.where(write, 201, 200),
        "bytes": 100 * items,
        "tier": np.where(write, "none", np.where(hit, "l1", "origin")),
        "duration_ms": np.where(hit, 2.0, 120.0),
        "database_ms": np.where(write, write_database_ms, 2.0 * queries),
        "queries": queries,
        "items": np.where(write, 0, items),
    }
    return pd.DataFrame(columns)[SCHEMA.names]


def requests_of(frame: pd.DataFrame, kept: float = 1.0, generated: bool = True) -> Requests:
    dataset = Dataset("evidence/load-monday/access_log.ndjson", "0" * 64, len(frame), frame["time"].min(), frame["time"].max())
    return Requests(dataset, frame.reset_index(drop=True), kept, generated)


def statements_of(frame: pd.DataFrame, found: float = 1.0) -> Statements:
    """What a history would say where every statement of a list but the first is the same one."""
    sent = frame[frame["queries"] > 0].assign(repeats=lambda rows: (rows["queries"] - 1).clip(lower=1))
    dataset = Dataset("evidence/load-monday/query_history.ndjson", "0" * 64, len(sent), frame["time"].min(), frame["time"].max())
    return Statements(dataset, sent[["time", "route", "items", "repeats"]], found)


def evidence_of(
    requests: Requests | Missing | pd.DataFrame | None = None,
    history: History | Missing | None = None,
    statements: Statements | Missing | None = None,
) -> Evidence:
    given = requests_of(requests) if isinstance(requests, pd.DataFrame) else requests
    statements = statements or (statements_of(requests) if isinstance(requests, pd.DataFrame) else None)
    no_log = Missing("no log in this test", "evidence/load-monday/run.json")
    return Evidence(given or no_log, history or Missing("no history in this test", "evidence/git/state.json"), statements or no_log)


@pytest.fixture(scope="session", name="traffic")
def traffic_fixture() -> Callable[..., pd.DataFrame]:
    return traffic


@pytest.fixture(scope="session", name="evidence_of")
def evidence_of_fixture() -> Callable[..., Any]:
    return evidence_of


@pytest.fixture(scope="session")
def judged() -> tuple[Decision, ...]:
    """The five records judged by traffic with rare writes, few hits and an N+1, and by no history."""
    return judge(read_records(project_folder("runbooks") / "adr"), evidence_of(traffic()))


@pytest.fixture(scope="session", name="statements_of")
def statements_of_fixture() -> Callable[..., Statements]:
    return statements_of
