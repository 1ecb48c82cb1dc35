"""The one-pass curves against caches that are really filled, and against libCacheSim's counts on public traces."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive_caches import DELETE, FILL, READ, Asked, misses

from perfweek.caching.engine.counts import _size, _step
from perfweek.caching.engine.exact import Walk, curves_by_group, exact_curve
from perfweek.caching.engine.lru import Numbered, replay_lru
from perfweek.caching.engine.requests import Requests
from perfweek.caching.engine.ttl import Ttl
from perfweek.errors import ParameterError

RealTrace = Callable[[str], pd.DataFrame]
SIZES_OF_KEYS = [1 + key * key % 7 for key in range(13)]
TRACES = st.lists(
    st.builds(
        Asked,
        key=st.integers(0, 12),
        time=st.integers(0, 3),  # since the request before
        kind=st.sampled_from([READ] * 8 + [DELETE, FILL]),
        ttl=st.sampled_from([None, None, 1, 9]),
    ),
    max_size=150,
)


def with_times(steps: list[Asked], sizes: list[int] | None = None) -> list[Asked]:
    now, trace = 0, []
    for step in steps:
        now += step.time
        trace.append(Asked(step.key, now, sizes[step.key] if sizes else step.size, step.kind, step.ttl))
    return trace


def as_requests(trace: list[Asked]) -> Requests:
    return Requests.of(
        [asked.key for asked in trace] or np.zeros(0, np.int64),
        [asked.time for asked in trace],
        [asked.size for asked in trace],
        [asked.kind for asked in trace],
        np.array([np.nan if asked.ttl is None else asked.ttl for asked in trace]),
    )


@settings(deadline=None)  # the first call may compile
@given(TRACES, st.sampled_from([1, 2, 5, 20, np.inf]))
def test_one_pass_with_expiry_deletes_and_fills_equals_a_real_cache_at_every_size(steps: list[Asked], ttl: float) -> None:
    trace = with_times(steps)
    curve = exact_curve(as_requests(trace), ttl=Ttl(ttl))
    assert curve.requests == sum(asked.kind == READ for asked in trace)
    for size in range(1, 15 if curve.requests else 0):
        assert round(curve.requests * curve.miss_ratio(size)) == misses(trace, size, ttl)


@settings(deadline=None)
@given(TRACES, st.sampled_from([1, 5, 20, np.inf]))
def test_one_pass_by_bytes_equals_a_real_cache_where_keys_keep_their_sizes(steps: list[Asked], ttl: float) -> None:
    trace = [asked for asked in with_times(steps, SIZES_OF_KEYS) if asked.kind != DELETE]
    capacities = range(max(SIZES_OF_KEYS), 60)
    curve = exact_curve(as_requests(trace), "bytes", Ttl(ttl), at=capacities)
    for capacity in capacities if curve.requests else ():
        assert round(curve.requests * curve.miss_ratio(capacity)) == misses(trace, capacity, ttl, by_bytes=True)


@settings(deadline=None)
@given(TRACES, st.sampled_from([1, 2, 5, np.inf]), st.booleans(), st.booleans(), st.integers(0, 30))
def test_a_replay_equals_a_real_cache_with_changing_sizes_deletes_and_both_kinds_of_expiry(
    steps: list[Asked], ttl: float, by_bytes: bool, eager: bool, capacity: int
) -> None:
    trace = [Asked(asked.key, asked.time, 1 + (asked.time * 7 + asked.key) % 9, asked.kind, asked.ttl) for asked in with_times(steps)]
    numbered = Numbered.of(as_requests(trace))
    (found,) = replay_lru(numbered, [capacity], "bytes" if by_bytes else "objects", Ttl(ttl), "eager" if eager else "lazy")
    assert found.requests - found.hits == misses(trace, capacity, ttl, by_bytes, eager)


def test_long_traces_whose_positions_run_out_equal_a_replay_at_every_size() -> None:
    random = np.random.default_rng(7)
    keys = random.zipf(1.1, 700_000) % 60_000
    kinds = random.choice([READ, DELETE, FILL], keys.size, p=[0.9, 0.05, 0.05]).astype(np.int8)
    requests = Requests.of(keys, np.sort(random.random(keys.size)) * 100, None, kinds)
    numbered = Numbered.of(requests)
    sizes = [1, 10, 100, 1000, 10_000, 30_000, 59_999]
    for ttl in (Ttl(), Ttl(10), Ttl(10, jitter=0.3)):
        curve = exact_curve(requests, ttl=ttl)
        assert [round(curve.requests * curve.miss_ratio(size)) for size in sizes] == [
            replay.requests - replay.hits for replay in replay_lru(numbered, sizes, ttl=ttl)
        ]


def test_a_stream_of_parts_gives_the_curve_of_the_whole() -> None:
    keys = np.random.default_rng(3).zipf(1.2, 200_000) % 5000
    requests = Requests.of(keys, np.arange(keys.size) / 100, keys % 50 + 1)
    for unit in ("objects", "bytes"):
        whole, parts = exact_curve(requests, unit, Ttl(60)), exact_curve(requests.parts(777), unit, Ttl(60))
        assert np.array_equal(whole.sizes, parts.sizes) and np.array_equal(whole.hits, parts.hits)
        assert (whole.requests, whole.first, whole.stale) == (parts.requests, parts.first, parts.stale)


def test_curves_of_groups_add_up_to_that_of_the_cache_they_share() -> None:
    keys = np.random.default_rng(4).zipf(1.3, 50_000) % 900
    requests = Requests.of(keys, np.arange(keys.size) / 100, groups=keys % 3)
    whole, groups = exact_curve(requests, ttl=Ttl(7)), curves_by_group(requests, 3, ttl=Ttl(7))
    for size in (1, 5, 50, 500, 900):
        missed = sum(group.requests * group.miss_ratio(size) for group in groups)
        assert missed == pytest.approx(whole.requests * whole.miss_ratio(size), abs=1e-6)


def test_the_life_of_an_entry_counts_from_its_fill_and_a_hit_does_not_renew_it() -> None:
    # a is filled at 0, hit at 6, gone at 10; at 12 it is filled again, hit at 18
    requests = Requests.of([1, 1, 1, 1], [0, 6, 12, 18])
    assert exact_curve(requests, ttl=Ttl(10)).miss_ratio(1) == 0.5


def test_a_small_cache_that_refilled_a_key_keeps_it_longer_than_a_large_one() -> None:
    # size 1: b pushes a out, a is filled again at 8 and still lives at 15. Size 2: a lives from 0 to 10.
    requests = Requests.of(list("abaa"), [0, 4, 8, 15])
    curve = exact_curve(requests, ttl=Ttl(10))
    assert (curve.miss_ratio(1), curve.miss_ratio(2)) == (0.75, 0.75)
    assert [replay.hits for replay in replay_lru(Numbered.of(requests), [1, 2], ttl=Ttl(10))] == [1, 1]


def test_jitter_spreads_expiry_evenly_around_the_time_to_live() -> None:
    # each key once at 0 and once at `late`: of lives of 5 to 15 s a tenth have ended at 6 s, nine tenths at 14 s
    for late, expired in ((4.9, 0), (6, 0.1), (10, 0.5), (14, 0.9), (15.1, 1)):
        requests = Requests.of(np.tile(np.arange(20_000), 2), np.repeat([0.0, late], 20_000))
        curve = exact_curve(requests, ttl=Ttl(10, jitter=0.5))
        assert curve.stale / 20_000 == pytest.approx(expired, abs=0.01)


def test_sizes_in_bytes_are_kept_to_one_part_in_sixteen_thousand_and_never_too_small() -> None:
    sizes = np.unique((2 ** np.linspace(0, 50, 5000)).astype(np.int64))
    kept = _size(_step(sizes))
    assert (kept >= sizes).all() and ((kept - sizes) / sizes).max() < 1 / 16_384 and np.all(np.diff(_step(sizes)) >= 0)


def test_an_answer_without_a_body_has_the_size_of_the_one_before() -> None:
    walk = Walk("bytes", Ttl())
    distances = walk(Requests.of([1, 2, 1, 1, 3], sizes=[100, 10, 0, -1, 0]))
    assert distances.values.tolist() == [-1, -1, 110, 100, -1]
    assert walk.sizes.missing == 1


def test_what_the_question_needs_and_the_trace_lacks_is_named() -> None:
    with pytest.raises(ParameterError, match="needs the times"):
        exact_curve(Requests.of([1, 2]), ttl=Ttl(60))
    with pytest.raises(ParameterError, match="needs the sizes"):
        exact_curve(Requests.of([1, 2]), "bytes")
    with pytest.raises(ParameterError, match="over 0 s"):
        Ttl(0)


def test_an_empty_trace_has_no_miss_ratio() -> None:
    assert np.isnan(exact_curve(Requests.of(np.zeros(0, np.int64))).miss_ratio(10))


def truth(shared_data: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((shared_data / "cache" / "ground_truth" / f"{name}.csv").open()))


NAMES = ("adaptsize_request", "cache2k_orm-busy", "cache2k_web07", "cloudPhysicsIO", "twitter_cluster52_1m")


def known(real_trace: RealTrace, name: str) -> Requests:
    frame = real_trace(name)
    times = frame["time"] if "time" in frame else np.arange(len(frame)) // 1000
    return Requests.of(frame["key"].to_numpy(), times, frame.get("bytes"))


@pytest.mark.parametrize("name", NAMES)
def test_by_objects_misses_equal_libcachesim_on_every_trace_at_every_size(name: str, real_trace: RealTrace, shared_data: Path) -> None:
    curve = exact_curve(known(real_trace, name))
    rows = truth(shared_data, f"{name}.lru.obj")
    assert len(rows) >= 19
    for row in rows:
        assert abs(curve.miss_ratio(int(row["cache_size_objects"])) - float(row["miss_ratio"])) < 1e-9


@pytest.mark.parametrize("name", ["twitter_cluster52_1m", "cloudPhysicsIO", "adaptsize_request"])
def test_by_bytes_a_replay_equals_libcachesim_request_for_request(name: str, real_trace: RealTrace, shared_data: Path) -> None:
    rows = truth(shared_data, f"{name}.lru.byte")
    replays = replay_lru(Numbered.of(known(real_trace, name)), [int(row["cache_size_bytes"]) for row in rows], "bytes")
    assert len(rows) >= 19
    assert [replay.requests - replay.hits for replay in replays] == [int(row["misses"]) for row in rows]


def test_by_bytes_the_one_pass_curve_equals_libcachesim_where_objects_keep_their_sizes(real_trace: RealTrace, shared_data: Path) -> None:
    rows = truth(shared_data, "twitter_cluster52_1m.lru.byte")
    curve = exact_curve(known(real_trace, "twitter_cluster52_1m"), "bytes", at=[int(row["cache_size_bytes"]) for row in rows])
    for row in rows:
        assert abs(curve.miss_ratio(int(row["cache_size_bytes"])) - float(row["miss_ratio"])) < 1e-9


@pytest.mark.parametrize("name", ["twitter_cluster52_1m", "cache2k_orm-busy"])
def test_with_a_time_to_live_one_pass_and_replay_equal_the_known_misses(name: str, real_trace: RealTrace, shared_data: Path) -> None:
    requests = known(real_trace, name)
    numbered, rows = Numbered.of(requests), truth(shared_data, f"{name}.lru_ttl_from_fill.obj")
    for seconds in (60, 300):
        of_ttl = [row for row in rows if float(row["ttl_s"]) == seconds]
        curve = exact_curve(requests, ttl=Ttl(seconds))
        sizes = [int(row["cache_size_objects"]) for row in of_ttl]
        assert len(sizes) >= 10
        assert [round(curve.requests * curve.miss_ratio(size)) for size in sizes] == [int(row["misses_lazy_expiry"]) for row in of_ttl]
        for freeing in ("lazy", "eager"):
            replays = replay_lru(numbered, sizes[::7], ttl=Ttl(seconds), freeing=freeing)
            assert [replay.requests - replay.hits for replay in replays] == [int(row[f"misses_{freeing}_expiry"]) for row in of_ttl][::7]
