"""A profile run with the real py-spy in a real Python service under a real load; and why there may be none."""

import json
import subprocess
import time

import pytest
from small_service import processes_with, week_of, write_target

from perfweek.errors import EvidenceError, MeasurementError
from perfweek.profiling import sentences, tables
from perfweek.profiling.cost import accounted, cpu_per_request, function_costs
from perfweek.profiling.endpoints import endpoint_costs
from perfweek.profiling.findings import facts_of
from perfweek.profiling.measure import measure_profile
from perfweek.profiling.overhead import overhead
from perfweek.profiling.run import read_profile

HANDLER_MS = 8
BUSY_HANDLER = f"""
def spin():
    end = time.thread_time() + {HANDLER_MS / 1000}
    while time.thread_time() < end:
        sum(range(20))

def read_item(handler):
    spin()

class Busy(Handler):
    def do_GET(self):
        read_item(self)
        super().do_GET()

Handler = Busy
"""
SPEC = {"paths": {"/items/{id}": {"get": {"operationId": "read_item_items__id__get"}}}}


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A service that spends 8 ms of CPU time in one function for each request, on a plateau of 7 s, and its profile."""
    target = write_target(tmp_path_factory.mktemp("busy"), rest='[api]\nopenapi = "openapi.json"\n')
    service, script = target.root / "service.py", target.root / "load.js"
    service.write_text(service.read_text().replace('if "child" in told:', BUSY_HANDLER + '\nif "child" in told:'))
    script.write_text(script.read_text().replace("'2s'", "'7s'"))
    (target.root / "openapi.json").write_text(json.dumps(SPEC))
    week = week_of(target)
    return week, target, measure_profile(week, target, target.service.start, windows=6, window_s=0.8)


@pytest.fixture(scope="module")
def run(busy):
    week, _, measurement = busy
    return read_profile(week, measurement)


def test_windows_with_and_without_the_profiler_take_turns_and_each_profiled_one_has_its_file(busy, run):
    _, _, measurement = busy
    assert [window.slot.on for window in run.windows] == [False, True, True, False, False, True]
    assert [window.slot.file for window in run.on] == [f"pyspy.raw.{number:02d}.txt" for number in (1, 2, 5)]
    assert all(measurement.path(window.slot.file).stat().st_size for window in run.on)
    assert all(one.slot.ended <= other.slot.started for one, other in zip(run.windows, run.windows[1:], strict=False))
    assert all(sum(window.served.values()) > 5 for window in run.windows)


def test_the_function_that_spins_is_at_the_top_with_an_interval_over_windows(run):
    first = run.functions[0]
    assert first.function == "spin (service.py)"
    assert first.own.method == "t interval over 3 windows"
    assert 0.1 < first.own.value <= first.own.high <= 1
    assert tables.top_functions(run)["function"][0] == "spin (service.py)"


def test_its_cost_a_request_is_its_share_of_the_cpu_time_which_is_at_least_what_it_spends(run):
    costs = {cost.function: cost.own for cost in function_costs(run)}
    spin, every = costs["spin (service.py)"], cpu_per_request(run)
    assert spin.value == pytest.approx(every.value * run.functions[0].own.value, rel=0.5)
    assert spin.value < every.value > 0.9 * HANDLER_MS


def test_its_endpoint_is_known_by_the_handler_s_frame(run):
    costs = endpoint_costs(run)
    assert costs.method == "stacks"
    (row,) = costs.rows
    assert row.endpoint == "GET /items/{id}"
    spin = next(cost.own for cost in function_costs(run) if cost.function == "spin (service.py)")
    assert spin.value * 0.999 <= row.cost.value < costs.all.value
    assert costs.rest.value == pytest.approx(costs.all.value - row.cost.value)
    assert "A request of `GET /items/{id}` takes most CPU time" in sentences.endpoint_sentence(costs)
    assert list(tables.endpoint_table(costs)["endpoint"]) == ["GET /items/{id}", "every request, outside the handlers"]


def test_the_profiler_s_own_cost_is_measured_in_pairs(run):
    cost = overhead(run)
    assert [ratio.n for ratio in (cost.p50, cost.cpu)] == [3, 3]
    assert cost.cpu.low < cost.cpu.value < cost.cpu.high
    assert cost.profiler_cores.value > 0
    assert "from 3 pairs of windows with and without it" in sentences.overhead_sentence(run)


def test_samples_agree_with_the_cpu_time_of_the_operating_system(run):
    assert run.cpu_s > 0.1
    assert accounted(run).value > 0.3


def test_version_flags_and_windows_are_kept_and_said(run):
    assert run.profile.version == "0.4.2"
    assert run.profile.python.startswith("3.")
    assert "--nolineno" in run.profile.flags
    note = sentences.profile_note(run)
    assert "py-spy 0.4.2, 100 samples a second in 3 windows" in note
    assert "No latency on this page comes from these windows." in note
    assert sentences.choice_sentence(run).startswith("The profiler is py-spy: it may read and stop the process, which runs Python 3.")


def test_the_profile_becomes_facts_that_the_catalogue_knows(run):
    facts = facts_of(run, endpoint_costs(run))
    assert facts[0].labels == {"function": "spin (service.py)"}
    assert {fact.metric for fact in facts} == {"profile.share", "profile.cpu", "profile.overhead", "profile.accounted"}
    assert {fact.source for fact in facts} == {"evidence/profile-monday/profile.json"}


def test_the_service_and_its_load_are_gone_afterwards_and_the_profile_is_not_taken_twice(busy):
    week, target, measurement = busy
    assert processes_with(str(target.root)) == []
    finished = measurement.finished
    assert measure_profile(week, target, target.service.start, windows=6, window_s=0.8).finished == finished


def test_a_damaged_record_is_named(tmp_path, busy):
    week, _, measurement = busy
    record = measurement.path("profile.json")
    whole = record.read_text()
    try:
        record.write_text(whole[:100])
        with pytest.raises(EvidenceError, match="the record of the profile cannot be read"):
            read_profile(week, measurement)
    finally:
        record.write_text(whole)


def test_a_service_that_is_no_python_gives_a_result_that_says_so(tmp_path):
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        target = write_target(tmp_path, service=f'process = "{sleeper.pid}"')
        week = week_of(target)
        run = read_profile(week, measure_profile(week, target, ""))
        sleeper.kill()
    assert sentences.profile_sentence(run).startswith("No profile: ")
    assert "py-spy reads Python processes only" in run.profile.remedy


def test_a_service_of_which_only_the_url_is_known_gives_a_result_that_says_so(tmp_path):
    target = write_target(tmp_path)
    week = week_of(target)
    run = read_profile(week, measure_profile(week, target, ""))
    assert (run.functions, run.windows) == ([], ())
    assert sentences.profile_sentence(run).startswith("No profile: only the address of the service is known. Give [service] start")
    assert sentences.profile_note(run) == "No profile was taken."
    assert run.source == "evidence/profile-monday/profile.json"
    assert facts_of(run, endpoint_costs(run)) == []
    assert tables.top_functions(run).empty


def test_finished_k6_results_without_anything_to_ask_for_leave_no_profile(tmp_path):
    target = write_target(tmp_path, rest='[load]\nresults = ["k6.csv"]\n')
    week = week_of(target)
    run = read_profile(week, measure_profile(week, target, target.service.start))
    assert sentences.profile_sentence(run).startswith("No profile: the target names finished k6 results, and nothing to ask")


def test_a_service_that_dies_while_it_is_profiled_is_an_error_and_leaves_no_process(tmp_path):
    target = write_target(tmp_path, "requests=60")
    week = week_of(target)
    with pytest.raises(MeasurementError, match=r"ended under load \(exit code 3\)"):
        measure_profile(week, target, target.service.start, windows=2, window_s=5)
    deadline = time.monotonic() + 5
    while processes_with(str(tmp_path)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_with(str(tmp_path)) == []
    assert (week.evidence / ".failed" / "profile-monday" / "service.log").exists()
