import math
from collections import OrderedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import logged

from perfweek.caching.invalidation import sentences
from perfweek.caching.invalidation.kernel import MISS, NOT_A_READ, REFRESH, STALE
from perfweek.caching.invalidation.links import link
from perfweek.caching.invalidation.strategies import STRATEGIES, collections_of, outcomes, replayed, writes_of
from perfweek.exhibit import Sentence
from perfweek.target import Target
from perfweek.thursday.invalidation import invalidation

BY_NAME = {strategy.name: strategy for strategy in STRATEGIES}


def item(key: str, **more):
    return {"key": f"item:{key}", "route": "GET /assets/{id}", "url": f"/assets/{key}", **more}


def listing(page: int, **more):
    return {"key": f"list:{page}", "route": "GET /assets", "url": f"/assets?page={page}", **more}


def put(key: str, **more):
    return {**item(key), "method": "PUT", "route": "PUT /assets/{id}", **more}


def codes(requests, name, capacity=1e9, ttl_s=math.inf):
    linked = link(logged(requests))
    own, scoped = writes_of(linked)
    return replayed(BY_NAME[name], linked, collections_of(linked), own, scoped, capacity, ttl_s)[0].tolist()


M, H, S, W = 0, 1, 2, 7


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TTL only", [M, M, M, W, S, S, H]),
        ("event", [M, M, M, W, M, M, H]),  # the reads come a second later: the event has arrived
        ("versioned keys", [M, M, M, W, M, M, H]),
        ("write-through", [M, M, M, W, H, M, H]),
    ],
)
def test_a_write_changes_its_own_entry_and_its_collection_and_no_other(name, expected):
    assert codes([item("1"), item("2"), listing(1), put("1"), item("1"), listing(1), item("2")], name) == expected


def test_an_event_under_way_leaves_stale_answers():
    requests = [item("1"), put("1", time=2000.0), item("1", time=2000.9), item("1", time=2001.0), item("1", time=2001.1)]
    assert codes([{"time": 1000.0, **requests[0]}, *requests[1:]], "event") == [M, W, S, M, H]


def test_stale_while_revalidate_answers_for_one_more_life_and_refreshes():
    requests = [item("1", time=time) for time in (1000.0, 1015.0, 1018.0, 1060.0)]
    assert codes(requests, "stale-while-revalidate", ttl_s=10) == [M, H | REFRESH, H, M]


def test_dead_versions_take_room_until_they_are_evicted():
    requests = [item("1"), put("1"), item("1"), item("2"), item("1")]
    sized = [{**one, "bytes": 1000} for one in requests]
    assert codes(sized, "versioned keys", capacity=2000) == [M, W, M, M, H]
    assert codes(sized, "versioned keys", capacity=1000) == [M, W, M, M, M]


def test_entries_are_the_same_though_the_log_has_the_version_in_its_keys():
    versions = [listing(1), {**listing(1), "key": "list:1:v2"}]
    assert link(logged(versions)).entries == 1


def test_a_write_names_the_entry_that_reads_know_by_another_name():
    made = {"key": "item:9", "method": "POST", "route": "POST /assets", "url": "/assets"}
    assert codes([item("9"), made, item("9")], "TTL only") == [M, W, S]


def test_of_requests_dated_alike_the_first_in_the_log_came_first():
    alike = [{**one, "time": 1000.0} for one in [item("1"), item("1"), put("1"), item("1")]]
    assert codes(alike, "TTL only") == [M, H, W, S]


steps = st.lists(st.tuples(st.sampled_from("rrrrw"), st.integers(0, 5), st.booleans(), st.integers(0, 4)), max_size=60)


@settings(deadline=None)
@given(steps, st.integers(1, 7), st.integers(1, 12), st.sampled_from(["TTL only", "event", "versioned keys", "write-through"]))
def test_a_replay_answers_what_a_plain_cache_answers(steps, capacity, ttl_s, name):
    requests, time = [{**listing(9), "time": 0.0, "bytes": 1}], 0.0
    for kind, key, one_item, pause in steps:
        time += 0.5 * pause + 1e-6  # which of two alike came first has a test of its own
        made = put(str(key)) if kind == "w" else item(str(key)) if one_item else listing(key)
        requests.append({**made, "time": time, "bytes": 1})
    strategy = BY_NAME[name]
    if strategy.delay_s and capacity < 7:
        capacity = 100  # what an event frees before it arrives is a matter of definition
    assert codes(requests, name, capacity, ttl_s) == naive(requests, strategy, capacity, ttl_s)


def naive(requests, strategy, capacity, ttl_s):
    """Entries (name -> (born, until)) in an OrderedDict, and every write remembered."""
    cache, writes, found = OrderedDict(), [], []
    readable = {one["url"] for one in requests if one.get("method", "GET") == "GET"}

    def changes(url, born, until):
        return [at for at, written in writes if born < at <= until and (written == url or url.startswith("/assets?"))]

    def fill(url, now):
        cache.pop(url, None)
        while len(cache) >= capacity:
            cache.popitem(last=False)
        cache[url] = (now, now + ttl_s)

    for one in requests:
        now, url = one["time"], one["url"]
        if one.get("method", "GET") != "GET":
            writes.append((now, url))
            if strategy.deletes and not strategy.keeps_dead and not strategy.delay_s:
                for name in [name for name, (born, _) in cache.items() if changes(name, born, now)]:
                    del cache[name]
            if strategy.puts and url in readable:
                fill(url, now)
            found.append(NOT_A_READ)
            continue
        born, until = cache.get(url, (0, -1))
        if now < until and not (strategy.deletes and changes(url, born, now - strategy.delay_s)):
            cache.move_to_end(url)
            found.append(STALE if changes(url, born, now) else H)
        else:
            fill(url, now)
            found.append(MISS)
    return found


def test_outcomes_count_what_writes_delete_and_what_kv_refuses():
    requests = [listing(1), listing(2), put("1"), listing(1), listing(2), *[put("1", time=2000.0 + place / 10) for place in range(3)], item("1")]
    found = {one.strategy.name: one for one in outcomes(link(logged([*requests[:-1], item("1", time=3000.0)])), 1e9, math.inf)}
    assert (found["event"].deleted, found["event"].most_deleted) == (4, 2)
    assert found["write-through"].refused == 2
    assert (found["write-behind"].origin_writes, found["write-through"].origin_writes) == (2, 4)
    assert found["TTL only"].stale.value == pytest.approx(2 / 5)
    assert found["TTL only"].stale_max_s == 2.0


def test_a_fill_that_a_write_overtakes_is_counted():
    requests = [item("1", time=1000.0, duration_ms=500.0), put("1", time=1000.2), item("2", time=1001.0, duration_ms=500.0)]
    assert next(one for one in outcomes(link(logged(requests)), 1e9, 60) if one.strategy.name == "event").overtaken == 1


def test_the_choice_is_time_to_live_where_stale_reads_are_few_and_the_cheapest_right_one_where_they_are_many():
    few = link(logged([item(str(place % 7)) for place in range(400)]))
    assert sentences.choice_sentence(few, outcomes(few, 1e9, 60), 60) == sentences.NO_WRITES
    many = link(logged([item("1"), put("1")] * 100))
    assert sentences.chosen(outcomes(many, 1e9, 600)).strategy.name in {"write-through", "write-behind"}


def test_the_section_says_so_where_a_log_is_too_short():
    assert invalidation(Target(), logged([item("1")])) == [Sentence("Cannot tell: 1 reads are too few; 100 at least say something about a cache.")]


def test_a_write_frees_the_room_of_what_is_still_there_and_not_of_what_was_evicted():
    requests = [{**one, "bytes": 1000} for one in (listing(1), listing(2), put("1"), listing(3), listing(4), listing(3))]
    assert codes(requests, "write-through", capacity=1000) == [M, M, W, M, M, M]
