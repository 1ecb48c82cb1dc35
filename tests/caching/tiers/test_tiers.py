"""The simulation of the tiers equals caches that are filled key by key, and known cases have their known answers."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_tiers import DELETE, FILL, READ, NaiveTiers, Visit

from perfweek.caching.engine.lru import Numbered
from perfweek.caching.engine.requests import Requests
from perfweek.caching.tiers.design import Design, Edge, ResultCache, Store
from perfweek.caching.tiers.replay import NOT_A_READ, TIERS, Answered, Weights, replay_tiers
from perfweek.errors import ParameterError


def numbered(visits: list[Visit]) -> Numbered:
    ttls = [math.nan if visit.ttl is None else visit.ttl for visit in visits]
    return Numbered.of(Requests.of([v.key for v in visits], [v.time for v in visits], [v.weight for v in visits], [v.kind for v in visits], ttls))


def replayed(visits: list[Visit], design: Design) -> tuple[Answered, list[Visit]]:
    """The answers, and the visits at the instances to which the same routing sends them."""
    trace = numbered(visits)
    weights = np.array([visit.weight for visit in visits], np.int64)
    locations = np.array([visit.location for visit in visits], np.uint8)
    answered = replay_tiers(trace, design, Weights(weights, weights), locations, ages=True)
    if design.routing == "affinity":
        places = (trace.ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(40)).astype(int) % design.instances
    elif design.instances > 1 and design.process:
        places = np.random.default_rng(1).integers(0, design.instances, len(visits), np.uint8)
    else:
        places = np.zeros(len(visits), int)
    return answered, [Visit(**{**vars(visit), "instance": int(place)}) for visit, place in zip(visits, places, strict=True)]


KEYS = 5


def visits_of(draw: st.DrawFn) -> list[Visit]:
    """Times fall on the ends of lives as often as not."""
    weights = {key: draw(st.integers(1, 4)) for key in range(KEYS)}
    steps = st.tuples(
        st.sampled_from([0, 0, 1, 5, 5, 10, 20, 30]),
        st.integers(0, KEYS - 1),
        st.sampled_from([READ] * 12 + [DELETE, FILL]),
        st.integers(0, 2),
        st.sampled_from([None] * 6 + [0, 5, 90]),
    )
    time, found = 0, []
    for gap, key, kind, location, ttl in draw(st.lists(steps, min_size=20, max_size=60)):
        time += gap
        found.append(Visit(key, time, kind, weights[key], 0, location, ttl))
    return found


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Visit], Design]:
    def maybe(strategy: st.SearchStrategy[object], often: bool = True) -> object:
        return draw(st.one_of(st.none(), *[strategy] * (3 if often else 1), *([] if often else [st.none()])))

    lives = st.sampled_from([5.0, 10.0, 30.0, math.inf])
    design = Design(
        maybe(st.builds(Store, st.integers(1, 10), lives)),
        maybe(st.builds(Store, st.integers(1, 16), lives)),
        maybe(st.builds(ResultCache, st.sampled_from([20.0, 60.0]), st.sampled_from([50.0, 200.0]))),
        maybe(st.builds(Edge, st.sampled_from([60.0, 200.0]), st.sampled_from([30.0, 60.0]), st.just(3), st.sampled_from([0.0, 60.0])), often=False),
        draw(st.integers(1, 4)),
        draw(st.sampled_from(["random", "affinity"])),
        draw(st.sampled_from(["inclusive", "exclusive"])),
        draw(st.booleans()),
        draw(st.sampled_from(["nothing", "shared", "every"])),
    )
    return visits_of(draw), design


@settings(max_examples=150, deadline=None)
@given(cases())
def test_any_trace_through_any_design_is_answered_as_by_caches_filled_key_by_key(case: tuple[list[Visit], Design]) -> None:
    visits, design = case
    answered, sent = replayed(visits, design)
    expected = NaiveTiers(design).replay(sent)
    for place, outcome in enumerate(expected):
        if outcome is None:
            assert answered.codes[place] == NOT_A_READ
            continue
        assert (TIERS[answered.tiers[place]], bool(answered.stale[place])) == (outcome.tier, outcome.stale), place
        assert answered.ages_s[place] == outcome.age


@settings(max_examples=50, deadline=None)
@given(cases())
def test_no_answer_is_older_than_the_worst_age_of_its_design(case: tuple[list[Visit], Design]) -> None:
    visits, design = case
    answered, _ = replayed(visits, design)
    assert answered.ages_s.max(initial=0) <= design.worst_age_s


def reads(keys: list[int], gap_s: float = 1.0) -> Numbered:
    return Numbered.of(Requests.of(keys, np.arange(len(keys)) * gap_s))


def answers(trace: Numbered, design: Design, **more: object) -> list[str]:
    return [TIERS[tier] for tier in replay_tiers(trace, design, **more).tiers]  # type: ignore[arg-type]


def test_times_to_live_add_up_along_the_fill_path_unless_copies_inherit() -> None:
    # L2 is filled at 0 and copied to L1 at 28, two seconds before its end: the copy lives on to 33, or ends with it
    trace = Numbered.of(Requests.of([1, 1, 1, 1], [0, 10, 28, 31]))
    apart, inheriting = (Design(Store(9, 5), Store(9, 30), inherits=inherits) for inherits in (False, True))
    assert answers(trace, apart) == ["origin", "l2", "l2", "l1"]
    assert answers(trace, inheriting) == ["origin", "l2", "l2", "origin"]
    assert replay_tiers(trace, apart, ages=True).ages_s.tolist() == [0, 10, 28, 31]
    assert (apart.worst_age_s, inheriting.worst_age_s) == (35, 30)


def test_the_result_cache_answers_until_any_table_changes_and_slides() -> None:
    hour = 3600.0
    trace = Numbered.of(Requests.of([1, 1, 1, 2, 1], [0, 20 * hour, 40 * hour, 41 * hour, 42 * hour], kinds=[READ, READ, READ, DELETE, READ]))
    found = replay_tiers(trace, Design(results=ResultCache()))
    assert [TIERS[tier] if tier != NOT_A_READ else "write" for tier in found.tiers] == ["origin", "l3", "l3", "write", "origin"]
    daily = Numbered.of(Requests.of([1] * 36, np.arange(36) * 23 * hour))
    assert [tier for tier in answers(daily, Design(results=ResultCache())) if tier == "origin"] == ["origin"] * 2  # the second after 31 days


def test_the_edge_takes_one_write_a_second_a_key_and_nothing_over_25_mebibytes() -> None:
    trace = Numbered.of(Requests.of([1, 1, 1, 2], [0, 0.5, 5, 6], [100, 100, 100, 26 << 20]))
    elsewhere = np.array([0, 1, 1, 0], np.uint8)
    found = replay_tiers(trace, Design(edge=Edge(600, 60, 2, 60)), locations=elsewhere)
    assert (found.edge_writes, found.edge_refused, found.edge_too_large) == (2, 1, 1)
    assert found.shares()["l4"] == 0


def test_another_location_sees_a_value_only_when_it_has_spread() -> None:
    trace = Numbered.of(Requests.of([1, 1, 1, 1], [0, 10, 59, 61]))
    spread = np.array([0, 0, 1, 1], np.uint8)
    assert answers(trace, Design(edge=Edge(600, 60, 2, 60)), locations=spread) == ["origin", "l4", "origin", "l4"]
    assert answers(trace, Design(edge=Edge(600, 60, 2, 0)), locations=spread) == ["origin", "l4", "l4", "l4"]


def test_a_read_during_the_fetch_it_stems_from_is_one_more_fetch_without_single_flight() -> None:
    trace = Numbered.of(Requests.of([1, 1, 1, 1], [0, 0.1, 0.19, 0.3]))
    found = replay_tiers(trace, Design(Store(9, 60), fetch_s=0.2))
    assert found.joined.tolist() == [False, True, True, False]


def test_a_request_with_a_time_to_live_of_nothing_is_kept_nowhere() -> None:
    trace = Numbered.of(Requests.of([1, 1, 1], [0, 1, 2], ttls=[0, 0, 0]))
    assert answers(trace, Design(Store(9), Store(9), None, Edge(60))) == ["origin"] * 3


def test_eight_instances_that_are_routed_at_random_hit_far_less_than_one_curve_says_and_key_affinity_restores_it() -> None:
    random = np.random.default_rng(3)
    keys = random.zipf(1.2, 60_000) % 5000
    trace = Numbered.of(Requests.of(keys, np.arange(keys.size) / 100))
    store = Store(1000, 60)
    alone, spread, sticky = (
        replay_tiers(trace, Design(store, instances=count, routing=routing)).shares()["l1"]
        for count, routing in ((1, "random"), (8, "random"), (8, "affinity"))
    )
    assert spread < alone - 0.1
    assert sticky > alone


def test_exclusive_tiers_hold_as_much_as_both_together() -> None:
    trace = reads([1, 2, 3, 4] * 5)
    inclusive = answers(trace, Design(Store(2), Store(2)))
    exclusive = answers(trace, Design(Store(2), Store(2), filling="exclusive"))
    assert inclusive[4:] == ["origin"] * 16
    assert exclusive[4:] == ["l2"] * 16


def test_every_read_is_answered_by_one_tier_and_misses_are_what_the_tiers_were_filled_with() -> None:
    random = np.random.default_rng(5)
    trace = Numbered.of(Requests.of(random.zipf(1.3, 5000) % 300, np.arange(5000) / 10))
    found = replay_tiers(trace, Design(Store(20, 60), Store(100, 300), ResultCache()))
    counts = np.bincount(found.tiers, minlength=len(TIERS))
    assert counts.sum() == 5000
    assert found.fills == (5000 - counts[1], counts[3] + counts[4])
    assert found.fills[0] - found.evictions[0] - found.expired[0] <= 20


def test_what_a_design_needs_and_a_trace_lacks_is_said() -> None:
    timeless = Numbered.of(Requests.of([1, 2, 1]))
    assert answers(timeless, Design(Store(5))) == ["origin", "origin", "l1"]
    with pytest.raises(ParameterError, match="needs the times"):
        replay_tiers(timeless, Design(Store(5, 60)))
    with pytest.raises(ParameterError, match="no value for less than 60 s"):
        Edge(30)
    with pytest.raises(ParameterError, match="over 0"):
        Store(0)


def test_no_requests_one_key_and_keys_that_never_come_again_have_their_plain_answers() -> None:
    design = Design(Store(5, 60), Store(9, 300), ResultCache(), Edge(600))
    assert math.isnan(replay_tiers(Numbered.of(Requests.of([], [])), design).shares()["origin"])
    assert replay_tiers(reads([7] * 10), design).shares()["origin"] == pytest.approx(0.1)
    assert replay_tiers(reads(list(range(50))), design).shares()["origin"] == 1


def test_a_real_trace_through_eight_instances_is_answered_as_another_simulator_had_it(real_trace: Callable[[str], pd.DataFrame]) -> None:
    keys = real_trace("cache2k_orm-busy")["key"]
    found = Numbered.of(Requests.of(keys, np.arange(len(keys)) // 1000))
    first, second = Store(int(0.02 * found.keys), 60), Store(int(0.2 * found.keys), 300)
    alone = replay_tiers(found, Design(Store(first.capacity))).shares()["l1"]
    spread = replay_tiers(found, Design(first, second, ResultCache(), instances=8)).shares()
    keyed = replay_tiers(found, Design(first, second, ResultCache(), instances=8, routing="affinity")).shares()
    assert alone == pytest.approx(0.803, abs=0.001)  # what one curve says
    assert [spread[tier] for tier in TIERS[1:]] == pytest.approx([0.532, 0.381, 0.072, 0.015], abs=0.001)
    assert [keyed[tier] for tier in TIERS[1:4]] == pytest.approx([0.869, 0.043, 0.073], abs=0.003)
