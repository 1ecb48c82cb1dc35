"""What has no response time: counted as slower than any answer it bounds every quantile from above."""

import math

import numpy as np
import pandas as pd
import pytest

from perfweek.load.baseline import Baseline
from perfweek.load.bounds import unsent, upper_quantiles
from perfweek.load.plan import Phase, Plan

ORIGIN = 1_700_000_000.0
LEVEL = Plan((Phase("a", "plateau", 0, 50, 20, 20),), "open", 50.0)
NOTHING = pd.Series(dtype=float)


def iterations(done: int, dropped: int, scenario: str = "a") -> pd.DataFrame:
    times = ORIGIN + np.linspace(0, 49, done + dropped)
    lost = np.arange(done + dropped) < dropped
    return pd.DataFrame({"time": times, "scenario": scenario, "done": (~lost).astype(int), "dropped": lost.astype(int)})


def test_refused_and_timed_out_requests_are_slower_than_any_answer(requests):
    answered = requests(("GET /a", 100), spread=0)  # 500
    lost = pd.concat([requests(("GET /a", 1), status=0, seconds=2).assign(duration_ms=value) for value in (0.0, 60_000.0)])  # 40
    median, p92, p93 = upper_quantiles(pd.concat([answered, lost], ignore_index=True), NOTHING, [0.5, 0.92, 0.93])
    assert median.value == p92.value == pytest.approx(100)  # 500 of 540 is 92.6 %
    assert p93.value == math.inf


def test_a_dropped_iteration_would_have_asked_as_those_that_ran(requests):
    rows = pd.concat([requests(("GET /list", 50), rate=20), requests(("GET /item", 20), rate=10)], ignore_index=True)  # 1,000 and 500
    missing = unsent(rows, iterations(500, 100))  # each iteration: two of the list, one item
    assert missing["endpoint"].value_counts().to_dict() == {"GET /list": 200, "GET /item": 100}
    drops = iterations(500, 100)
    assert set(missing["time"]) == set(drops.loc[drops["dropped"] > 0, "time"])


def test_drops_of_a_scenario_are_requests_of_its_own_endpoints(requests):
    both = pd.concat([requests(("GET /a", 50)), requests(("GET /b", 50)).assign(scenario="b")], ignore_index=True)
    missing = unsent(both, pd.concat([iterations(500, 0), iterations(500, 7, "b")]))
    assert missing["endpoint"].tolist() == ["GET /b"] * 7
    assert unsent(both.iloc[:0], iterations(0, 3))["endpoint"].tolist() == [""] * 3


def test_no_drops_are_no_unsent_requests(requests):
    assert unsent(requests(("GET /a", 50)), iterations(500, 0)).empty


def test_a_fifth_of_dropped_arrivals_leaves_nothing_known_beyond_p80(make_run):
    """The case of load.md: 7,106 requests done and 1,695 arrivals dropped leave p90 without data."""
    durations = np.linspace(50, 250, 7106)
    rows = pd.DataFrame({"time": ORIGIN + np.linspace(0, 49.9, 7106), "duration_ms": durations, "endpoint": "report", "scenario": "a"})
    run = make_run(rows.assign(status=200, failed=False), LEVEL, dropped=1695)
    overall = Baseline(run, 200).overall
    assert overall.known_share == pytest.approx(0.807, abs=5e-4)
    assert (overall.upper.p95.value, overall.upper.p99.value) == (math.inf, math.inf)
    assert overall.p50.value == pytest.approx(150)
    assert overall.upper.p50.value == pytest.approx(50 + 200 * 0.5 / 0.8074, rel=1e-3)


def test_what_a_closed_model_had_left_when_time_was_up_is_no_arrival(make_run, requests):
    closed = Plan((Phase("a", "plateau", 0, 50, 10, 10),), "closed", 50.0)
    baseline = Baseline(make_run(requests(("GET /a", 50)), closed, dropped=4_996_323), 200)
    assert baseline.run.arrivals == (500, 0)
    assert baseline.overall.unsent == 0


def test_intervals_and_bounds_hold_what_is_true_of_a_service_whose_law_is_known(make_run):
    """Latencies of a log-normal law around a drifting level; an arrival is dropped the likelier the slower it would have been.

    Truth: p95 of all arrivals, dropped ones too, over many runs. As reported it is too low; the bound is not."""
    plan = Plan((Phase("a", "plateau", 0, 60, 40, 40),), "open", 60.0)
    runs, every = [], []
    for seed in range(60):
        random = np.random.default_rng(seed)
        level = np.convolve(random.normal(0, 0.1, 64), np.ones(4) / 2, "valid")
        times = np.sort(random.uniform(0, 60, 2400))
        durations = 50 * np.exp(level[times.astype(int)] + random.normal(0, 0.4, times.size))
        every.append(durations)
        lost = random.random(times.size) < np.where(durations > 90, 0.15, 0.0)
        rows = pd.DataFrame({"time": ORIGIN + times[~lost], "duration_ms": durations[~lost], "endpoint": "e", "scenario": "a"})
        runs.append((make_run(rows.assign(status=200, failed=False), plan, drop_times=ORIGIN + times[lost]), durations))
    truth = float(np.quantile(np.concatenate(every), 0.95))
    found = [(Baseline(run, 200).overall, durations) for run, durations in runs]
    assert all(one.p95.value < np.quantile(durations, 0.95) <= one.upper.p95.value for one, durations in found)
    assert sum(one.p95.low <= truth <= one.upper.p95.high for one, _ in found) >= 0.9 * len(found)
    kept = float(np.quantile(np.concatenate([run.plateau["duration_ms"] for run, _ in runs]), 0.5))
    assert sum(one.p50.low <= kept <= one.p50.high for one, _ in found) >= 0.9 * len(found)
