"""Memory and CPU over time, of a real process."""

import os
import subprocess
import sys
import time

import pandas as pd
import psutil

from perfweek.load.processes import COLUMNS, CPUS, WORKERS, sampled

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


FORKED = """
import os, time
held = b"x" * 80_000_000
children = [os.fork() for _ in range(2)]  # makes four processes
if 0 not in children:
    print("ready", flush=True)
time.sleep(30)
"""


def test_pages_that_forked_workers_share_count_once_in_pss_and_in_none_in_uss(tmp_path):
    parent = start(FORKED)
    try:
        with sampled(parent.pid, tmp_path / "process.csv"):
            time.sleep(1.0)
    finally:
        for child in psutil.Process(parent.pid).children(recursive=True):
            child.kill()
        parent.kill()
        parent.wait()
    series = pd.read_csv(tmp_path / "process.csv")
    detailed = series.dropna(subset=["pss_mib"]).iloc[0]
    assert detailed["processes"] == 4
    assert detailed["rss_mib"] > 4 * 76
    assert 76 < detailed["pss_mib"] < 2 * 76
    assert detailed["uss_mib"] < 76


def test_user_and_system_time_add_up_and_switches_of_all_threads_are_counted(tmp_path):
    child = start("""
import threading, time
def tick():
    while True:
        time.sleep(0.001)
for _ in range(3):
    threading.Thread(target=tick, daemon=True).start()
print("ready", flush=True)
threading.Event().wait()
""")
    try:
        with sampled(child.pid, tmp_path / "process.csv"):
            time.sleep(2.2)
    finally:
        child.kill()
        child.wait()
    series = pd.read_csv(tmp_path / "process.csv")
    assert (series["user_s"] + series["system_s"] - series["cpu_s"]).abs().max() < 0.002
    assert series["sampler_s"].is_monotonic_increasing
    counted = series["voluntary"].dropna()
    assert len(counted) >= 2
    assert counted.iloc[-1] - counted.iloc[0] > 50  # the first thread alone waits all the time and switches not at all
    assert series["wait_s"].dropna().is_monotonic_increasing


def test_each_process_and_each_core_has_its_rows_and_the_load_generator_is_told_from_the_service(tmp_path):
    child = start(BUSY)
    generator = start("import time; print('ready', flush=True); time.sleep(30)")
    try:
        with sampled(child.pid, tmp_path / "process.csv"):
            time.sleep(1.6)
    finally:
        for one in (child, generator):
            one.kill()
            one.wait()
    workers = pd.read_csv(tmp_path / WORKERS)
    groups = workers.groupby("group")["pid"].agg(set)
    assert groups["service"] == {child.pid}
    assert {os.getpid(), generator.pid} <= groups["load"]
    assert workers.loc[workers["pid"] == child.pid, "uss_mib"].min() > 70
    cpus = pd.read_csv(tmp_path / CPUS)
    assert cpus["core"].nunique() == psutil.cpu_count()
    assert cpus["epoch_s"].nunique() >= 2
    spent = cpus.groupby("core")[["user_s", "system_s", "steal_s", "idle_s"]].agg(lambda column: column.iloc[-1] - column.iloc[0])
    assert (spent >= 0).all(axis=None)
    assert spent["user_s"].sum() > 0


def test_without_a_process_the_machine_alone_is_watched(tmp_path):
    with sampled(None, tmp_path / "process.csv"):
        time.sleep(0.3)
    assert not (tmp_path / "process.csv").exists()
    assert set(pd.read_csv(tmp_path / WORKERS)["group"]) == {"load"}
    assert len(pd.read_csv(tmp_path / CPUS)) >= psutil.cpu_count()
