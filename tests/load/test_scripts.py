"""The scripts of k6/, with the real k6: what each plans, from what the target says."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from small_service import write_target

from perfweek.errors import MeasurementError, TargetError
from perfweek.load import k6
from perfweek.load.plan import Phase, plan_of
from perfweek.load.script import bundled_script, environment_of, script_of
from perfweek.project import project_folder
from perfweek.target import Target, load_target

ROOT = Path(__file__).parents[2]
SCRIPTS = ("baseline", "capacity", "careful", "counters", "spike", "soak")
MODULES = ("arrivals", "requests", "sample")
ASKED = {"SESSION": "sample"}


def inspected(name: str, **environment: str) -> dict:
    return k6.inspect(k6.find_k6(), project_folder("k6") / f"{name}.js", ASKED | environment)


def sample_target(tmp_path: Path, load: str = "") -> Target:
    return write_target(tmp_path, rest=f'[load]\nsession = "sample"\n{load}')


def test_every_script_of_the_folder_is_known():
    assert {path.stem for path in project_folder("k6").glob("*.js")} == {*SCRIPTS, *MODULES}


@pytest.mark.parametrize("name", SCRIPTS)
def test_k6_accepts_each_script_and_it_says_what_it_reads_and_why_each_threshold_stands(name):
    source = (ROOT / "k6" / f"{name}.js").read_text()
    options = inspected(name)
    assert options["thresholds"]
    assert source.count("export default") == 1
    for expression in re.findall(r"^ {4}'?[\w{}:]+'?: \[", source, re.M):
        before = source[: source.index(expression)].rstrip().splitlines()[-1]
        assert before.strip().startswith("// "), expression
    read = {*re.findall(r"__ENV\.(\w+)", source)}
    head = source.partition("import")[0]
    assert read and all(name in head for name in read)


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_script_is_documented(name):
    assert f"{name}.js" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_that_is_told_nothing_to_ask_for_refuses_to_run(name):
    clean = {key: value for key, value in os.environ.items() if key not in {"REQUESTS", "SESSION"}}
    command = [str(k6.find_k6().path), "inspect", str(project_folder("k6") / f"{name}.js")]
    answer = subprocess.run(command, capture_output=True, text=True, env=clean, check=False)
    assert answer.returncode == 107
    assert "nothing to ask for" in answer.stderr


@pytest.mark.parametrize(("profile", "edges"), [("smoke", [0, 3, 23, 25]), ("week1", [0, 120, 420, 540])])
def test_the_baseline_ramps_up_holds_and_ramps_down(tmp_path, profile, edges):
    script = script_of(sample_target(tmp_path), profile)
    options = k6.inspect(k6.find_k6(), script.path, script.environment)
    plan = plan_of(options)
    assert plan.model == "open"
    assert [phase.start_s for phase in plan.phases] + [plan.total_s] == edges
    assert [phase.kind for phase in plan.phases] == ["ramp", "plateau", "ramp"]
    assert plan.plateaus[0].low == script.rate == (100 if profile == "week1" else 50)
    assert options["thresholds"] == {"http_req_duration": ["p(95)<200"]}


def test_the_closed_model_is_the_checklist_to_the_letter(tmp_path):
    script = script_of(sample_target(tmp_path, 'model = "closed"'), "week1")
    options = k6.inspect(k6.find_k6(), script.path, script.environment)
    assert options["stages"] == [
        {"duration": "2m0s", "target": 100},
        {"duration": "5m0s", "target": 100},
        {"duration": "2m0s", "target": 0},
    ]
    assert options["thresholds"] == {"http_req_duration": ["p(95)<200"]}
    assert plan_of(options).model == "closed"


def test_the_rate_and_the_budget_of_the_target_reach_the_script(tmp_path):
    target = write_target(tmp_path, service="latency_budget_p95_ms = 80", rest='[load]\nsession = "sample"\nrate = 7.5\n')
    script = script_of(target, "week1")
    options = k6.inspect(k6.find_k6(), script.path, script.environment)
    assert plan_of(options).plateaus[0].low == 7.5
    assert options["thresholds"] == {"http_req_duration": ["p(95)<80"]}


def test_capacity_goes_up_in_equal_ratios_and_each_level_is_a_plateau():
    plan = plan_of(inspected("capacity", RATE="50", MULTIPLE="4", STEPS="4", STEP_S="3"))
    assert plan.phases == tuple(
        Phase("capacity", "plateau", 3.0 * place, 3.0 * place + 3, rate, rate) for place, rate in enumerate((25, 50, 100, 200))
    )


def test_capacity_of_a_slow_service_is_asked_for_in_parts_of_an_arrival_a_second():
    plan = plan_of(inspected("capacity", RATE="0.4", MULTIPLE="2", STEPS="3"))
    assert [phase.low * 60 for phase in plan.plateaus] == pytest.approx([12, 24, 48])


def test_capacity_ends_at_saturation():
    options = inspected("capacity", RATE="50", MULTIPLE="4", BUDGET_MS="200")
    assert options["thresholds"]["saturated"][0]["abortOnFail"]
    users = options["scenarios"]["capacity"]
    assert users["preAllocatedVUs"] == 200 * 5 * 0.2 + 20
    assert users["maxVUs"] == users["preAllocatedVUs"] + 1  # whose making is the signal


def test_the_parts_of_a_spike_follow_each_other():
    plan = plan_of(inspected("spike", RATE="10", MULTIPLE="5", BEFORE_S="1", SPIKE_S="2", RECOVERY_S="3", AFTER_S="4"))
    assert plan.phases == (
        Phase("before", "plateau", 0, 1, 10, 10),
        Phase("spike", "plateau", 1, 3, 50, 50),
        Phase("recovery", "plateau", 3, 6, 10, 10),
        Phase("after", "plateau", 6, 10, 10, 10),
    )


def test_a_soak_holds_its_rate():
    plan = plan_of(inspected("soak", RATE="20", UP="1s", HOLD="3h"))
    assert plan.phases == (Phase("soak", "ramp", 0, 1, 0, 20), Phase("soak", "plateau", 1, 10_801, 20, 20))


def test_a_target_of_ones_own_must_say_what_to_ask_for(tmp_path):
    target = write_target(tmp_path, rest="[load]\nrate = 5\n")
    with pytest.raises(TargetError, match="does not say what to ask") as error:
        script_of(target)
    assert "[[load.requests]]" in error.value.remedy


def test_the_bundled_target_asks_for_the_sessions_of_the_sample_and_says_so():
    target = load_target(str(ROOT / "target.toml"))
    assert target.load.session == "sample"
    assert environment_of(target)["SESSION"] == "sample"
    assert bundled_script(target, "soak.js").is_file()


def test_requests_of_the_target_are_what_the_scripts_ask_for(tmp_path):
    target = write_target(tmp_path, rest='[[load.requests]]\nname = "home"\npath = "/"\n')
    asked = json.loads(environment_of(target)["REQUESTS"])
    assert asked == [{"name": "home", "method": "GET", "path": "/", "body": "", "weight": 1}]


def test_a_setting_that_k6_cannot_take_is_told(tmp_path):
    with pytest.raises(MeasurementError, match=r"k6 refuses the options of the script|the script failed"):
        inspected("spike", RATE="10", SPIKE_S="long")
