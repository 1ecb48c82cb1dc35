"""What a script will do, read from the options that k6 prints."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.load.plan import UNKNOWN, Phase, Plan, plan_of, seconds

arrivals = {"executor": "ramping-arrival-rate", "startRate": None, "timeUnit": "1m"}


def stages(*pairs):
    return [{"duration": duration, "target": target} for duration, target in pairs]


def test_a_stage_that_keeps_its_level_is_a_plateau_and_rates_are_by_the_second():
    plan = plan_of({"scenarios": {"a": {**arrivals, "stages": stages(("2m", 6000), ("5m", 6000), ("2m", 0))}}})
    assert plan == Plan(
        (Phase("a", "ramp", 0, 120, 0, 100), Phase("a", "plateau", 120, 420, 100, 100), Phase("a", "ramp", 420, 540, 100, 0)), "open", 540
    )


def test_a_jump_to_a_level_starts_its_plateau_at_once():
    plan = plan_of({"scenarios": {"a": {**arrivals, "startTime": "10s", "stages": stages(("0s", 60), ("30s", 60))}}})
    assert plan.phases == (Phase("a", "plateau", 10, 40, 1, 1),)


def test_a_pause_at_level_zero_is_no_plateau():
    plan = plan_of({"scenarios": {"a": {**arrivals, "stages": stages(("10s", 0), ("10s", 60), ("10s", 60))}}})
    assert [phase.kind for phase in plan.phases] == ["ramp", "ramp", "plateau"]


def test_constant_executors_are_one_plateau_and_virtual_users_make_a_closed_model():
    plan = plan_of(
        {
            "scenarios": {
                "rate": {"executor": "constant-arrival-rate", "rate": 30, "timeUnit": "1m", "duration": "1m30s", "startTime": "5s"},
                "users": {"executor": "constant-vus", "vus": 3, "duration": "10s"},
                "ramping": {"executor": "ramping-vus", "stages": stages(("1s", 1), ("2s", 4))},
                "fixed": {"executor": "shared-iterations", "iterations": 100},
            }
        }
    )
    assert plan.model == "closed"
    assert plan.plateaus == (
        Phase("users", "plateau", 0, 10, 3, 3),
        Phase("ramping", "plateau", 0, 1, 1, 1),
        Phase("rate", "plateau", 5, 95, 0.5, 0.5),
    )


def test_a_script_of_a_number_of_iterations_has_no_phases():
    assert plan_of({"scenarios": {"a": {"executor": "per-vu-iterations", "vus": 1}}}).phases == UNKNOWN.phases


@pytest.mark.parametrize(("duration", "expected"), [("1h2m3s", 3723), ("500ms", 0.5), ("1.5s", 1.5), (None, 0), (2500, 2.5), ("2µs", 2e-6)])
def test_durations_are_those_of_k6(duration, expected):
    assert seconds(duration) == pytest.approx(expected)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_every_duration_is_the_sum_of_its_parts(hours, minutes, whole, milli):
    assert seconds(f"{hours}h{minutes}m{whole}s{milli}ms") == pytest.approx(hours * 3600 + minutes * 60 + whole + milli / 1000)


def test_a_plan_is_read_back_from_json_as_it_was():
    plan = plan_of({"scenarios": {"a": {**arrivals, "stages": stages(("1s", 60), ("2s", 60))}}})
    assert Plan.from_json(json.loads(json.dumps(plan.as_json()))) == plan
