"""Other eviction rules against naive caches, known counts and what a real server did."""

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfweek.caching.engine.lru import Numbered, replay_lru
from perfweek.caching.engine.policies import replay_policy
from perfweek.caching.engine.redis_model import RedisRules, replay_redis
from perfweek.caching.engine.requests import Requests
from perfweek.caching.engine.ttl import Ttl
from perfweek.errors import ParameterError

TRACES = st.lists(st.tuples(st.integers(0, 12), st.sampled_from([0] * 9 + [1])), max_size=150)


def numbered(trace: list[tuple[int, int]]) -> Numbered:
    keys, kinds = [key for key, _ in trace] or np.zeros(0, np.int64), [kind for _, kind in trace]
    return Numbered.of(Requests.of(keys, np.arange(len(trace)), kinds=kinds))


def fifo_misses(trace: list[tuple[int, int]], size: int) -> int:
    cache: OrderedDict[int, None] = OrderedDict()
    missed = 0
    for key, kind in trace:
        if kind == 1:
            cache.pop(key, None)
        elif key not in cache:
            missed += 1
            if size and len(cache) == size:
                cache.popitem(last=False)
            if size:
                cache[key] = None
    return missed


def lfu_misses(trace: list[tuple[int, int]], size: int) -> int:
    cache: dict[int, tuple[int, int]] = {}  # key -> uses, last
    missed = 0
    for now, (key, kind) in enumerate(trace):
        if kind == 1:
            cache.pop(key, None)
        elif key in cache:
            cache[key] = (cache[key][0] + 1, now)
        else:
            missed += 1
            if size and len(cache) == size:
                del cache[min(cache, key=cache.__getitem__)]
            if size:
                cache[key] = (1, now)
    return missed


@settings(deadline=None)
@given(TRACES, st.integers(0, 13))
def test_fifo_and_lfu_equal_naive_caches_with_deletes(trace: list[tuple[int, int]], size: int) -> None:
    for policy, naive in (("fifo", fifo_misses), ("lfu", lfu_misses)):
        (found,) = replay_policy(numbered(trace), [size], policy)
        assert found.requests - found.hits == naive(trace, size)


@pytest.mark.parametrize(
    ("policy", "expected", "within"),
    [
        ("fifo", (0.385756, 0.249962, 0.174502), 1e-9),
        ("lfu", (0.486580, 0.318450, 0.186628), 1e-9),
        ("s3fifo", (0.327709, 0.200199, 0.157446), 0.0002),
    ],
)
def test_on_a_public_trace_the_rules_miss_what_libcachesim_counted(
    policy: str, expected: tuple[float, ...], within: float, real_trace: Callable[[str], pd.DataFrame]
) -> None:
    trace = Numbered.of(Requests.of(real_trace("twitter_cluster52_1m")["key"].to_numpy()))
    assert [replay.miss_ratio for replay in replay_policy(trace, [1000, 10_000, 50_000], policy)] == pytest.approx(expected, abs=within)


def test_s3_fifo_keeps_what_is_asked_for_through_a_scan_and_lru_does_not() -> None:
    hot, scan = np.tile(np.arange(50), 10), np.arange(1000, 3000)
    trace = Numbered.of(Requests.of(np.concatenate([hot, scan, np.arange(50)])))
    (s3,), (lru,) = replay_policy(trace, [100], "s3fifo"), replay_lru(trace, [100])
    assert (s3.hits, lru.hits) == (450 + 50, 450)


def test_s3_fifo_with_deletes_never_holds_more_than_its_size() -> None:
    random = np.random.default_rng(5)
    keys, kinds = random.zipf(1.2, 50_000) % 3000, (random.random(50_000) < 0.3).astype(np.int8)
    trace = Numbered.of(Requests.of(keys, kinds=kinds))
    small, whole = replay_policy(trace, [10, 4000], "s3fifo")
    (unlimited,) = replay_lru(trace, [4000])
    assert whole.hits == unlimited.hits > small.hits > 0


def test_a_policy_that_is_not_there_is_refused() -> None:
    with pytest.raises(ParameterError, match="There are: fifo"):
        replay_policy(numbered([(1, 0)]), [1], "belady")  # type: ignore[arg-type]


def test_redis_replayed_at_100000_requests_a_second_misses_what_a_real_server_did(real_trace: Callable[[str], pd.DataFrame]) -> None:
    """A Redis 7.4.1 with 100-byte values under the public trace: miss ratios at 11.7, 33.4 and 80.1 thousand entries."""
    keys = real_trace("twitter_cluster52_1m")["key"].to_numpy()
    trace = Numbered.of(Requests.of(keys, np.arange(keys.size) / 100_000))
    sizes = [11_700, 33_400, 80_100]
    for rules, measured in (
        (RedisRules(samples=5), (0.2328, 0.1729, 0.1490)),
        (RedisRules(policy="lfu"), (0.2271, 0.1773, 0.1496)),
    ):
        assert [replay.miss_ratio for replay in replay_redis(trace, sizes, rules)] == pytest.approx(measured, abs=0.0025)


def test_redis_that_draws_every_key_with_a_fine_clock_is_lru() -> None:
    keys = np.random.default_rng(1).zipf(1.3, 3000) % 40
    trace = Numbered.of(Requests.of(keys, np.arange(keys.size)))
    (redis,), (lru,) = replay_redis(trace, [10], RedisRules(samples=2000)), replay_lru(trace, [10])
    assert redis.miss_ratio == pytest.approx(lru.miss_ratio, abs=0.02)  # the pool remembers keys that were asked for since
    (blind,) = replay_redis(trace, [10], RedisRules(samples=1, tick_s=1e6))
    assert blind.miss_ratio > lru.miss_ratio + 0.02


def test_redis_by_bytes_and_with_expiry_holds_what_an_lru_of_that_size_does_where_nothing_is_evicted() -> None:
    keys = np.random.default_rng(2).integers(0, 50, 5000)
    trace = Numbered.of(Requests.of(keys, np.arange(keys.size) / 10, keys + 1))
    (redis,), (lru,) = (replay(trace, [10_000], unit="bytes", ttl=Ttl(20)) for replay in (replay_redis, replay_lru))
    assert (redis.hits, redis.expired) == (lru.hits, lru.expired)
    assert lru.expired > 100
