"""Was it the load generator? It is accused by its own signs only."""

import math

import numpy as np
import pandas as pd
import pytest
from stepped_load import NOTHING, ORIGIN, arrivals_of, cells_from, plan_of_levels, requests_of, served_in_turn, steady

from perfweek.load.capacity.generator import examine_generator

PLAN = plan_of_levels([25.0, 50.0, 100.0], 6)
STARTS = arrivals_of(PLAN)
FAST = requests_of(STARTS, np.full(len(STARTS), 0.02))


def examined(
    requests: pd.DataFrame, iterations: pd.DataFrame = NOTHING, service: float = 0.5, k6: float = 0.2, stopped: bool = False, users: int = 20
):
    cells = cells_from(requests, PLAN, iterations, service=steady(service, 18), generator=steady(k6, 18))
    return examine_generator(cells, 2, users, stopped)


def test_a_generator_with_room_left_is_not_accused():
    found = examined(FAST)
    assert (found.verdict, found.signs) == ("not the limit", ())
    assert found.cores == pytest.approx(0.2)


def test_a_generator_that_uses_nearly_all_cores_is_the_limit():
    found = examined(FAST, k6=1.7)
    assert found.verdict == "the limit"
    assert "1.7 of 2 cores" in found.signs[0]


def test_a_generator_that_comes_behind_its_plan_is_the_limit():
    found = examined(FAST[(FAST["time"] < ORIGIN + 12) | (np.arange(len(FAST)) % 3 > 0)])
    assert found.verdict == "the limit"
    assert "at 100/s it made 340 of 510 arrivals" in found.signs[0]


def test_requests_that_never_got_an_answer_are_no_delay_of_the_generator():
    """As many as there are virtual users may be missing: the end of the test broke them off."""
    answered = FAST[(FAST["time"] < ORIGIN + 15) | (np.arange(len(FAST)) % 5 > 0)]
    assert len(FAST) - len(answered) == 60
    assert examined(answered, users=70).verdict == "not the limit"
    assert examined(answered, users=20).verdict == "the limit"


def test_dropped_arrivals_of_a_service_as_fast_as_ever_are_the_generators():
    drops = pd.DataFrame({"time": ORIGIN + np.arange(15, 18, 0.02), "dropped": 1})
    fewer = FAST[(FAST["time"] < ORIGIN + 15) | (np.arange(len(FAST)) % 2 > 0)]
    found = examined(fewer, drops)
    assert found.verdict == "the limit"
    assert "at 100/s no virtual user was free" in found.signs[0]


def test_a_run_that_ended_with_all_users_waiting_for_a_service_as_fast_as_ever_is_the_generators():
    assert examined(FAST, stopped=True).verdict == "the limit"


def test_dropped_arrivals_of_a_service_that_queues_are_not_the_generators():
    slow = served_in_turn(PLAN, 70, seed=1)
    drops = pd.DataFrame({"time": ORIGIN + np.arange(16, 18, 0.02), "dropped": 1})
    assert examined(slow, drops, service=1.0, stopped=True, users=120).verdict == "not the limit"


def test_generator_and_service_that_use_up_the_machine_together_are_told():
    found = examined(FAST, service=1.4, k6=0.5)
    assert found.verdict == "shared"
    assert "0.5 of the 2 cores" in found.signs[0]


def test_without_its_cpu_time_there_is_no_acquittal():
    found = examine_generator(cells_from(FAST, PLAN), 2, 20, stopped=False)
    assert found.verdict == "cannot tell"
    assert math.isnan(found.cores)
