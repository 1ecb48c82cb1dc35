"""The verdict on leaks: known truths, simulated and real."""

import subprocess
import sys
import time
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from perfweek.load.processes import PROCESS, sampled
from perfweek.profiling.memory.leak import GRAIN_B, judge

MIB = 1 << 20
SECONDS, STEP_S, RATE = 180, 0.25, 50
RUNS = 100


def memory(leak_b_a_second: float, runs: int = RUNS, seed: int = 1, warm_up_s: float = 12):
    """(times, sizes of `runs` runs, requests): 200 MiB, a warm-up of 8 MiB, wandering, the saw of a collector, and a leak."""
    random = np.random.default_rng(seed)
    times = np.arange(0, SECONDS, STEP_S)
    keep = np.exp(-STEP_S / 5)
    wandering = lfilter([1], [1, -keep], random.normal(0, 0.4 * np.sqrt(1 - keep**2), (runs, len(times))))
    period = random.uniform(6, 20, (runs, 1))
    saw = 1.5 * ((times + random.uniform(0, 1, (runs, 1)) * period) % period) / period
    sizes = (200 + 8 * (1 - np.exp(-times / warm_up_s)) + wandering + saw) * MIB + leak_b_a_second * times
    return times, sizes, times * RATE


def verdicts(leak_b_a_second: float, **keywords) -> list:
    times, sizes, requests = memory(leak_b_a_second, **keywords)
    return [judge(times, size, requests) for size in sizes]


def test_a_service_without_a_leak_is_not_accused_though_it_warms_up_wanders_and_saws():
    found = Counter(leak.verdict for leak in verdicts(0))
    assert found["leak"] <= 0.02 * RUNS
    assert found["no leak seen"] >= 0.95 * RUNS


def test_a_leak_of_20_kb_a_second_is_found_in_two_minutes():
    found = Counter(leak.verdict for leak in verdicts(20_000))
    assert found["leak"] >= 0.8 * RUNS
    assert found["no leak seen"] <= 0.05 * RUNS


def test_a_large_leak_is_always_found():
    assert Counter(leak.verdict for leak in verdicts(100_000))["leak"] == RUNS


@pytest.mark.parametrize("leak", [0, 20_000, 100_000])
def test_the_slope_lies_in_its_interval_at_about_the_stated_rate(leak):
    covered = [one.per_second.low <= leak <= one.per_second.high for one in verdicts(leak, seed=2)]
    assert np.mean(covered) >= 0.88


def test_the_slope_a_request_is_the_slope_a_second_over_the_rate():
    for leak in verdicts(100_000, runs=5):
        assert leak.per_request.value == pytest.approx(leak.per_second.value / RATE)
        assert leak.floor_per_request == pytest.approx(leak.floor_per_second / RATE)


def test_the_floor_is_a_slope_that_four_runs_of_five_find():
    floor = float(np.median([leak.floor_per_second for leak in verdicts(0, seed=3)]))
    found = Counter(leak.verdict for leak in verdicts(floor, seed=4))
    assert 0.6 * RUNS <= found["leak"] <= 0.95 * RUNS


def test_most_warm_ups_that_last_half_the_run_are_no_leak_and_none_is_called_free_of_growth():
    found = Counter((leak.verdict, leak.reason) for leak in verdicts(0, warm_up_s=45))
    assert found["cannot tell", "growth flattens out"] >= 0.25 * RUNS
    assert found["leak", ""] <= 0.6 * RUNS


def test_memory_that_grows_in_one_step_is_not_accused():
    times, sizes, requests = memory(0, runs=30)
    stepped = [judge(times, size + 4 * MIB * (times > 120), requests) for size in sizes]
    assert {leak.verdict for leak in stepped} <= {"cannot tell", "no leak seen"}
    assert Counter(leak.reason for leak in stepped)["it grew in one step"] >= 10


def test_a_short_run_cannot_tell_even_where_memory_grows_and_says_what_it_could_have_seen():
    times = np.arange(0, 25, 0.25)
    leak = judge(times, 200 * MIB + 1e6 * times, times * RATE)
    assert (leak.verdict, leak.reason, leak.grows) == ("cannot tell", "too short", True)
    assert leak.per_second.value == pytest.approx(1e6)
    assert leak.floor_per_second == pytest.approx(GRAIN_B / leak.kept_s)


def test_a_third_of_the_run_is_cut():
    times = np.arange(0, 180.25, 0.25)
    leak = judge(times, np.where(times < 60, 1000 * MIB, 100 * MIB), times * RATE)
    assert (leak.cut_s, leak.kept_s, leak.verdict) == (60, 120, "no leak seen")
    assert leak.per_second.value == 0


def test_memory_that_shrinks_is_no_leak():
    times = np.arange(0, 180, 0.25)
    leak = judge(times, 1000 * MIB - 1e5 * times, times * RATE)
    assert leak.verdict == "no leak seen"
    assert leak.per_second.high < 0


def test_nothing_watched_is_no_data_and_few_samples_cannot_tell():
    assert judge([], [], []).verdict == "no data"
    assert judge([1.0, 2.0], [np.nan, np.nan], [0, 0]).verdict == "no data"
    assert judge(range(0, 300, 60), [MIB] * 5, range(5)).reason == "too few samples"


def test_no_requests_leave_the_slope_a_second():
    times, sizes, requests = memory(100_000, runs=1)
    leak = judge(times, sizes[0], requests * 0)
    assert leak.verdict == "leak"
    assert np.isnan(leak.per_request.value)


LEAKY = """
import sys, time
a_step, held, total = int(sys.argv[1]), [], 0
print("ready", flush=True)
start = time.monotonic()
while True:
    time.sleep(0.02)
    due = int((time.monotonic() - start) * a_step)
    garbage = bytearray(300_000 + due % 7 * 1000)
    if due > total:
        held.append(b"x" * (due - total))
        total = due
"""


def test_a_real_process_that_leaks_is_found_and_its_unleaky_twin_is_not_accused(tmp_path):
    rates = {"leaky": 2_000_000, "twin": 0}
    children = {name: subprocess.Popen([sys.executable, "-c", LEAKY, str(rate)], stdout=subprocess.PIPE) for name, rate in rates.items()}
    try:
        for child in children.values():
            assert child.stdout and child.stdout.readline()
        for name in children:
            (tmp_path / name).mkdir()
        with sampled(children["leaky"].pid, tmp_path / "leaky" / PROCESS), sampled(children["twin"].pid, tmp_path / "twin" / PROCESS):
            time.sleep(6)
    finally:
        for child in children.values():
            child.kill()
            child.wait()
    leaks = {}
    for name in children:
        series = pd.read_csv(tmp_path / name / PROCESS)
        leaks[name] = judge(series["epoch_s"], series["rss_mib"] * MIB, (series["epoch_s"] - series["epoch_s"][0]) * 50, least_s=3)
    assert leaks["leaky"].verdict == "leak"
    assert leaks["leaky"].per_second.value == pytest.approx(2_000_000, rel=0.3)
    assert leaks["leaky"].per_request.value == pytest.approx(40_000, rel=0.3)
    assert leaks["twin"].verdict == "no leak seen"
