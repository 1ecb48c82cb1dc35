"""Memory and CPU over time, of a real process."""

import subprocess
import sys
import time

import pandas as pd

from perfweek.load.processes import COLUMNS, sampled

BUSY = """
import time
held = bytearray(80_000_000)
print("ready", flush=True)
while True:
    sum(range(10_000))
"""


def start(code):
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert child.stdout and child.stdout.readline()
    return child


def test_a_busy_process_uses_a_core_and_the_memory_that_it_holds(tmp_path):
    child = start(BUSY)
    try:
        with sampled(child.pid, tmp_path / "process.csv"):
            time.sleep(1.6)
    finally:
        child.kill()
        child.wait()
    series = pd.read_csv(tmp_path / "process.csv")
    assert series.columns.tolist() == list(COLUMNS)
    assert 4 <= len(series) <= 8
    assert series["cpu_s"].is_monotonic_increasing
    assert series["cpu_s"].iloc[-1] > series["cpu_s"].iloc[0]
    assert (series["rss_mib"] > 76).all()
    assert (series["epoch_s"] - time.time()).abs().max() < 60


def test_children_count_and_keep_their_time_when_they_end(tmp_path):
    code = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; held = bytearray(80_000_000)\\nend = time.time() + 1\\nwhile time.time() < end: pass"])
print("ready", flush=True)
child.wait()
time.sleep(30)
"""
    parent = start(code)
    try:
        with sampled(parent.pid, tmp_path / "process.csv"):
            time.sleep(2.2)
    finally:
        parent.kill()
        parent.wait()
    series = pd.read_csv(tmp_path / "process.csv")
    assert series["rss_mib"].max() > 76 > series["rss_mib"].iloc[-1]
    assert series["cpu_s"].is_monotonic_increasing
    assert series["threads"].max() >= 2 > series["threads"].iloc[-1]


def test_a_process_that_ends_ends_its_series(tmp_path):
    child = start("print('ready', flush=True)\nimport time; time.sleep(0.4)")
    with sampled(child.pid, tmp_path / "process.csv"):
        time.sleep(1.2)
    child.wait()
    assert 1 <= len(pd.read_csv(tmp_path / "process.csv")) <= 5


def test_without_a_process_nothing_is_written(tmp_path):
    with sampled(None, tmp_path / "process.csv"):
        pass
    assert not (tmp_path / "process.csv").exists()
