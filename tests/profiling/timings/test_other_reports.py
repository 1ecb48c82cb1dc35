"""hyperfine, Turborepo and -X importtime."""

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.errors import EvidenceError
from perfweek.profiling.timings.hyperfine import read_hyperfine
from perfweek.profiling.timings.importtime import Import, read_importtime
from perfweek.profiling.timings.turborepo import Task, critical_path, read_turborepo


def benchmark(**values):
    return {"results": [{"command": "make", "times": [1.0, 3.0, 2.0], "user": 0.5, "system": 0.1, **values}]}


def test_every_run_of_hyperfine_is_taken_not_its_mean():
    (one,) = read_hyperfine(benchmark(mean=9.9, exit_codes=[0, 0, 0]), "h.json")
    assert (one.command, one.times_s, one.user_s, one.failed) == ("make", (1.0, 3.0, 2.0), 0.5, False)


@pytest.mark.parametrize(("codes", "failed"), [([0, 1, 0], True), ([0, None, 0], True), ([0, 0, 0], False), ([], False)])
def test_a_benchmark_with_a_failed_or_killed_run_is_failed(codes, failed):
    assert read_hyperfine(benchmark(exit_codes=codes), "h.json")[0].failed is failed


@pytest.mark.parametrize("times", [[1.0, "2"], [1.0, None], [-1.0], [math.nan], [math.inf], 5, [True], []])
def test_damaged_times_of_hyperfine_are_one_error(times):
    with pytest.raises(EvidenceError, match="hyperfine report"):
        read_hyperfine(benchmark(times=times), "h.json")


def turbo_task(name, start, end, **values):
    return {"taskId": name, "execution": {"startTime": start, "endTime": end, "exitCode": 0}, **values}


def test_a_cache_hit_is_its_duration_warm_and_duration_plus_saved_time_cold():
    hit = turbo_task("web#build", 1000, 1040, cache={"status": "HIT", "source": "LOCAL", "timeSaved": 5960})
    miss = turbo_task("api#build", 1000, 3000, cache={"status": "MISS", "timeSaved": 0})
    summary = read_turborepo({"turboVersion": "2.11.0", "tasks": [hit, miss]}, "run.json")
    assert [(task.cold_s, task.hit) for task in summary.tasks] == [(6.0, True), (2.0, False)]
    assert summary.tasks[0].warm_s == 0.04
    assert math.isnan(summary.tasks[1].warm_s)
    assert math.isnan(summary.wall_s)


def test_a_hit_that_does_not_say_what_it_saved_has_no_cold_time():
    hit = turbo_task("web#build", 0, 40, cache={"status": "HIT", "timeSaved": 0})
    (task,) = read_turborepo({"turboVersion": "1.11.3", "tasks": [hit]}, "run.json").tasks
    assert math.isnan(task.cold_s)
    assert critical_path([task]) is None


def test_old_summaries_tell_a_hit_by_its_place():
    hit = turbo_task("web#build", 0, 40, cache={"local": True, "remote": False, "timeSaved": 1000})
    assert read_turborepo({"turboVersion": "1.9.0", "tasks": [hit]}, "run.json").tasks[0].cold_s == 1.04


@pytest.mark.parametrize(
    "task",
    [
        turbo_task("a", 5, 1),
        turbo_task("a", "x", 1),
        turbo_task("a", 0, math.inf),
        turbo_task("a", 0, 1, cache={"status": "HIT", "timeSaved": -5}),
        {"execution": {"startTime": 0, "endTime": 1}},
        7,
    ],
)
def test_damaged_tasks_are_one_error(task):
    with pytest.raises(EvidenceError, match="Turborepo summary is damaged"):
        read_turborepo({"turboVersion": "2", "tasks": [task]}, "run.json")


def test_a_dry_run_is_no_measurement():
    with pytest.raises(EvidenceError, match="no task that was run"):
        read_turborepo({"turboVersion": "2", "tasks": [{"taskId": "a", "execution": None}]}, "run.json")


def task(name, took_s, *dependencies):
    return Task(name, took_s, 0.0, False, 0, dependencies)


def test_the_critical_path_is_the_longest_chain_of_dependencies_not_the_sum():
    tasks = [task("lib", 3), task("tools", 5), task("api", 4, "lib"), task("web", 1, "lib", "tools", "not in this run"), task("all", 1, "api", "web")]
    chain = critical_path(tasks)
    assert (chain.tasks, chain.seconds) == (("lib", "api", "all"), 8)


def test_tasks_in_a_circle_or_failed_have_no_critical_path():
    assert critical_path([task("a", 1, "b"), task("b", 1, "a")]) is None
    assert critical_path([Task("a", 1, 0, False, 1, ())]) is None
    assert critical_path([]) is None


@given(st.lists(st.floats(0, 100), min_size=1, max_size=12))
def test_a_chain_of_tasks_takes_their_sum_and_tasks_side_by_side_the_longest(times):
    line = [task(str(place), took, *([str(place - 1)] if place else [])) for place, took in enumerate(times)]
    assert critical_path(line).seconds == pytest.approx(sum(times))
    assert critical_path([task(str(place), took) for place, took in enumerate(times)]).seconds == max(times)


IMPORTTIME = """import time: self [us] | cumulative | imported package
import time:       100 |        100 |   zipimport
starting up
import time:        30 |         30 |     shop.models
import time:        20 |         50 |   shop.api
import time:         5 |         55 | shop
import time:  garbled
"""


def test_own_and_cumulative_times_and_the_depth_of_each_module_are_read():
    found = read_importtime(IMPORTTIME)
    assert found.modules[1:] == (Import("shop.models", 30, 30, 2), Import("shop.api", 20, 50, 1), Import("shop", 5, 55, 0))
    assert (found.total_us, found.damaged) == (155, 1)


def test_the_real_output_of_python_adds_up():
    """Children stand before their parent, whose cumulative time is its own and theirs; the outermost ones add up to the total."""
    output = subprocess.run([sys.executable, "-X", "importtime", "-c", "import json.tool"], capture_output=True, text=True, check=True).stderr
    found = read_importtime(output)
    assert (found.damaged, found.modules[-1].module) == (0, "json.tool")
    open_children: dict[int, int] = {}
    for one in found.modules:
        assert one.cumulative_us == pytest.approx(one.self_us + open_children.pop(one.depth + 1, 0), abs=50)
        open_children[one.depth] = open_children.get(one.depth, 0) + one.cumulative_us
    assert open_children[0] == pytest.approx(found.total_us, rel=0.01)


@given(st.text())
def test_any_text_is_read_without_error(text):
    assert read_importtime(text).total_us >= 0
