"""The curve against caches that are really filled, key by key, and against libCacheSim's counts on public traces."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfweek.caching.curve import curve_of, miss_ratio_curve
from perfweek.caching.distances import FIRST, STALE, WRITE, byte_distances, dense_ids, stack_distances

RealTrace = Callable[[str], pd.DataFrame]
TRACES = st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=120)


def misses_of_a_real_cache(trace: list[tuple[int, bool]], size: int) -> int:
    """Replay (key, is a write) through an OrderedDict that holds at most `size` keys; a write deletes its key."""
    cache: OrderedDict[int, None] = OrderedDict()
    misses = 0
    for key, is_write in trace:
        if is_write:
            cache.pop(key, None)
        elif key in cache:
            cache.move_to_end(key)
        else:
            misses += 1
            cache[key] = None
            if len(cache) > size:
                cache.popitem(last=False)
    return misses


def misses_of_a_byte_cache(keys: np.ndarray, sizes: np.ndarray, capacity: int) -> int:
    cache: OrderedDict[int, int] = OrderedDict()
    used = misses = 0
    for key, size in zip(keys.tolist(), sizes.tolist(), strict=True):
        if key in cache:
            cache.move_to_end(key)
            continue
        misses += 1
        if size > capacity:
            continue
        cache[key] = size
        used += size
        while used > capacity:
            used -= cache.popitem(last=False)[1]
    return misses


@settings(deadline=None)  # the first call may compile
@given(TRACES)
def test_the_curve_equals_a_real_lru_cache_at_every_size(trace: list[tuple[int, bool]]) -> None:
    reads = [(key, False) for key, _ in trace]
    curve = miss_ratio_curve([key for key, _ in reads])
    for size in range(1, 15 if reads else 0):
        assert round(curve.requests * curve.miss_ratio(size)) == misses_of_a_real_cache(reads, size)


@settings(deadline=None)  # the first call may compile
@given(TRACES)
def test_with_writes_that_delete_keys_the_curve_still_equals_a_real_cache_at_every_size(trace: list[tuple[int, bool]]) -> None:
    keys, writes = np.array([key for key, _ in trace], int), np.array([is_write for _, is_write in trace], bool)
    curve = miss_ratio_curve(keys, writes)
    assert (curve.requests, curve.writes) == (len(trace) - writes.sum(), writes.sum())
    for size in range(1, 15 if curve.requests else 0):
        assert round(curve.requests * curve.miss_ratio(size)) == misses_of_a_real_cache(trace, size)


def test_traces_longer_than_a_block_of_512_equal_a_real_cache_too() -> None:
    random = np.random.default_rng(7)
    keys, writes = random.zipf(1.2, 6000) % 900, random.random(6000) < 0.05
    trace = list(zip(keys.tolist(), writes.tolist(), strict=True))
    curve = miss_ratio_curve(keys, writes)
    for size in (1, 2, 10, 50, 200, 500, 899):
        assert round(curve.requests * curve.miss_ratio(size)) == misses_of_a_real_cache(trace, size)


def test_distances_count_the_distinct_keys_since_the_last_request() -> None:
    assert stack_distances(dense_ids(list("abcab"))).tolist() == [FIRST, FIRST, FIRST, 2, 2]


def test_a_read_after_a_write_misses_at_every_size_and_its_slot_is_filled_before_anything_is_evicted() -> None:
    # two slots: a b fill them, the write frees one, b (again) takes it, so a is still there
    distances = stack_distances(dense_ids(list("abbba")), np.array([False, False, False, True, False]))
    assert distances.tolist() == [FIRST, FIRST, 0, WRITE, 1]
    distances = stack_distances(dense_ids(list("abbba")), np.array([False, False, True, False, False]))
    assert distances.tolist() == [FIRST, FIRST, WRITE, STALE, 1]


def test_the_parts_of_the_misses_that_no_size_takes_away_add_up() -> None:
    curve = miss_ratio_curve(list("aabaa"), np.array([False, False, False, True, False]))
    assert (curve.first, curve.stale, curve.writes, curve.distinct, curve.requests) == (2, 1, 1, 2, 4)
    assert curve.floor == 3 / 4


def test_a_trace_of_one_write_has_no_request_and_no_ratio() -> None:
    curve = miss_ratio_curve(["a"], np.array([True]))
    assert (curve.requests, curve.writes) == (0, 1)
    assert np.isnan(curve.miss_ratio(10))


def test_an_empty_trace_has_no_ratio() -> None:
    assert np.isnan(miss_ratio_curve([]).miss_ratio(1))


def test_the_size_for_a_miss_ratio_is_the_smallest_that_reaches_it() -> None:
    curve = miss_ratio_curve(["a", "b", "a", "b", "b"])
    assert (curve.size_for(0.8), curve.size_for(0.5), curve.size_for(0.4)) == (1, 2, 2)
    assert np.isnan(curve.size_for(0.39))


@settings(deadline=None)  # the first call may compile
@given(st.lists(st.integers(0, 9), min_size=1, max_size=100))
def test_by_bytes_with_one_size_for_all_the_curve_is_that_of_objects(keys: list[int]) -> None:
    objects, by_bytes = miss_ratio_curve(keys), miss_ratio_curve(keys, sizes=np.full(len(keys), 100))
    for size in range(1, 12):
        assert by_bytes.miss_ratio(100 * size + 99) == objects.miss_ratio(size)


def test_by_bytes_a_hit_needs_the_bytes_of_the_newer_keys_and_its_own() -> None:
    ids, sizes = dense_ids(list("abca")), np.array([10, 200, 3000, 10])
    assert byte_distances(ids, sizes).tolist() == [FIRST, FIRST, FIRST, 3210]
    assert curve_of(byte_distances(ids, sizes), "bytes").size_for(0.75) == 3210


def test_by_bytes_the_curve_stays_close_to_a_cache_of_whole_objects() -> None:
    random = np.random.default_rng(3)
    size_of_key = random.integers(100, 5000, 900)
    keys = random.zipf(1.2, 20_000) % 900
    sizes = size_of_key[keys]
    curve = miss_ratio_curve(keys, sizes=sizes)
    for capacity in (100_000, 500_000, 1_500_000):
        assert curve.miss_ratio(capacity) == pytest.approx(misses_of_a_byte_cache(keys, sizes, capacity) / 20_000, abs=0.003)


@pytest.mark.parametrize("name", ["twitter_cluster52_1m", "cloudPhysicsIO", "cache2k_web07", "cache2k_orm-busy"])
def test_the_curve_equals_libcachesim_on_real_traces(shared_data: Path, real_trace: RealTrace, name: str) -> None:
    trace = real_trace(name)
    truth = pd.read_csv(shared_data / "cache" / "ground_truth" / f"{name}.lru.obj.csv")
    curve = miss_ratio_curve(trace["key"])
    misses = np.rint(curve.requests * curve.miss_ratios(truth["cache_size_objects"])).astype(int)
    assert len(truth) == 20
    assert misses.tolist() == truth["misses"].tolist()


@pytest.mark.parametrize(("name", "largest_difference"), [("twitter_cluster52_1m", 1e-5), ("cloudPhysicsIO", 0.03)])
def test_by_bytes_the_curve_is_that_of_libcachesim_within_what_whole_objects_leave_unused(
    shared_data: Path, real_trace: RealTrace, name: str, largest_difference: float
) -> None:
    trace = real_trace(name)
    truth = pd.read_csv(shared_data / "cache" / "ground_truth" / f"{name}.lru.byte.csv")
    curve = miss_ratio_curve(trace["key"], sizes=trace["bytes"].to_numpy())
    ratios = curve.miss_ratios(truth["cache_size_bytes"])
    assert np.abs(ratios - truth["miss_ratio"]).max() < largest_difference
