import math

import pytest
from logs import logged

from perfweek.caching.warming.cold import cold_start
from perfweek.caching.warming.plan import plan_of, second_half
from perfweek.exhibit import Sentence
from perfweek.target import Target
from perfweek.thursday.warming import warming, write_paths
from perfweek.week import Week


def item(key, **more):
    return {"key": f"item:{key}", "url": f"/assets/{key}", "route": "GET /assets/{id}", **more}


@pytest.fixture
def steady():
    """Ten keys in turn, ten requests a second, for 200 s."""
    return logged([item(place % 10, time=1000 + place / 10) for place in range(2000)])


def test_keys_are_ordered_by_what_they_save_the_origin_a_byte():
    slow, large, often = item("slow", duration_ms=90.0, route="GET /s"), item("large", bytes=9000), item("often")
    plan = plan_of(logged([slow, large, often, often, slow, large, often, often]), 1e9)
    assert plan.table["name"].tolist() == ["/assets/slow", "/assets/often", "/assets/large"]
    assert plan.table["reads"].tolist() == [1, 2, 1]


def test_what_is_chosen_from_the_first_half_is_judged_on_the_second():
    requests = [item("a")] * 50 + [item("b")] * 50
    assert plan_of(logged(requests), 1e9).chosen == 0  # b was not known
    plan = plan_of(logged([item("a"), item("b")] * 45 + [item("a"), item("c")] * 45), 1e9)
    assert (plan.chosen, plan.covered.value) == (1, 0.5)


def test_no_more_is_warmed_than_the_cache_has_room_for(steady):
    assert plan_of(steady, 3500).keys.size == 3


def test_a_warmed_cache_begins_where_a_cold_one_arrives(steady):
    start = cold_start(plan_of(steady, 1e9), 1e9, math.inf, origin_limit=100)
    assert (start.cold.misses, start.warmed.misses, start.steady.misses) == (10, 1, 0)  # nine of ten keys are 90 % of the reads
    assert start.warmed_to_steady_s == 0
    assert start.cold.peak == 10
    assert start.allowed == 45  # half of what is left beside ten calls a second


def test_what_is_warmed_too_slowly_has_expired_before_callers_come(steady):
    plan = plan_of(steady, 1e9)
    slow, fast = (second_half(plan, rate)[0].events.times[0] for rate in (1, 100))
    assert plan.linked.events.times[plan.start] - slow == 9_000_000
    assert plan.linked.events.times[plan.start] - fast == 90_000
    found = cold_start(plan, 1e9, 5, origin_limit=11)  # a fill every two seconds: of nine three are left
    assert found.rate == 0.5
    assert found.warmed.misses > cold_start(plan, 1e9, 5, origin_limit=1000).warmed.misses


def test_the_list_holds_the_chosen_paths_for_the_runbook(tmp_path, steady):
    path = write_paths(Week.open("2026-W48", tmp_path), plan_of(steady, 1e9))
    assert len(path.read_text().split()) == 9
    assert set(path.read_text().split()) < {f"/assets/{key}" for key in range(10)}


def test_without_a_capacity_no_rate_is_recommended(tmp_path, steady):
    shown = warming(Week.open("2026-W48", tmp_path), Target(root=tmp_path), steady)
    assert any(isinstance(one, Sentence) and one.text.startswith("Cannot tell which rate") for one in shown)


def test_a_log_of_keys_that_never_come_back_gives_nothing_to_warm(tmp_path):
    shown = warming(Week.open("2026-W48", tmp_path), Target(root=tmp_path), logged([item(place) for place in range(200)]))
    assert [one.text[:16] for one in shown] == ["Nothing to warm:"]
