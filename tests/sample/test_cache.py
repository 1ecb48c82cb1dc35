from collections import OrderedDict

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from perfweek.errors import MeasurementError
from perfweek.sample.cache import Answer, InProcess, Shared, Tiers, Versions, open_tiers
from perfweek.sample.settings import Settings


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def answer(size: int = 0) -> Answer:
    return Answer(b"x" * size, 1)


def test_the_least_recently_used_answer_goes_first():
    cache = InProcess(3 * 201, 60)  # three empty answers with keys of one letter
    for key in "abc":
        cache.put(key, answer())
    cache.get("a")
    cache.put("d", answer())
    assert [key for key in "abcd" if cache.get(key)] == ["a", "c", "d"]


def test_an_answer_ends_after_its_time_to_live_however_often_it_is_read():
    clock = Clock()
    cache = InProcess(1000, 60, clock)
    cache.put("a", answer())
    clock.now = 59.9
    assert cache.get("a")
    clock.now = 60.0
    assert cache.get("a") is None
    assert cache.bytes == 0


def test_an_answer_larger_than_the_cache_is_not_kept_and_pushes_nothing_out():
    cache = InProcess(500, 60)
    cache.put("a", answer(10))
    cache.put("b", answer(400))
    assert cache.get("a") and cache.get("b") is None


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 300)), max_size=60))
def test_the_cache_keeps_what_a_simple_model_keeps_and_never_more_than_its_size(puts):
    cache, model = InProcess(1000, 60), OrderedDict()
    for key, size in puts:
        cache.put(key, answer(size))
        model.pop(key, None)
        model[key] = size + 201
        while sum(model.values()) > 1000:
            model.popitem(last=False)
        assert cache.bytes == sum(model.values())
    assert {key for key in "abcdefgh" if cache.get(key)} == set(model)


@given(st.binary(), st.integers(0, 10**6))
def test_an_answer_survives_the_way_through_redis(body, items):
    assert Answer.unpacked(Answer(body, items).packed()) == Answer(body, items)


def test_a_write_raises_the_version_of_its_source_and_of_all_but_of_no_other():
    versions = Versions()
    versions.written("gong")
    assert (versions.of("gong"), versions.of(None), versions.of("slack")) == (1, 1, 0)


def test_what_redis_knows_is_put_into_the_process_and_each_run_starts_empty(redis_url):
    settings = Settings()
    first = open_tiers(settings, redis_url, "run-1")
    assert first.get("item:1") == (None, "origin")
    first.put("item:1", Answer(b"{}", 1))
    second_process = open_tiers(settings, redis_url, "run-1")
    assert second_process.get("item:1") == (Answer(b"{}", 1), "l2")
    assert second_process.get("item:1") == (Answer(b"{}", 1), "l1")
    assert open_tiers(settings, redis_url, "run-2").get("item:1") == (None, "origin")


def test_redis_forgets_after_the_time_to_live_of_its_tier(redis_url):
    Shared(redis_url, 300, "test:").put("a", answer())
    left_s = redis.Redis.from_url(redis_url).ttl("test:a")
    assert 298 <= left_s <= 300


def test_a_redis_that_fails_under_way_means_misses_not_errors(redis_url):
    shared = Shared(redis_url, 300, "test:")
    shared._client.connection_pool.disconnect()
    shared._client = redis.Redis.from_url(redis_url + "-gone")
    shared.put("a", answer())
    assert shared.get("a") is None
    assert shared.failures == 2


def test_without_a_redis_url_there_is_one_tier_and_none_overrides_the_command_line():
    assert open_tiers(Settings(), "", "run").l2 is None
    assert open_tiers(Settings(l2={"redis_url": "none"}), "redis://127.0.0.1:1", "run").l2 is None


def test_a_redis_that_does_not_answer_at_the_start_is_named_without_its_password(tmp_path):
    with pytest.raises(MeasurementError) as raised:
        open_tiers(Settings(), "redis://:hunter2@127.0.0.1:1/0", "run")
    assert "127.0.0.1:1/0" in str(raised.value)
    assert "hunter2" not in str(raised.value)
    assert 'redis_url = "none"' in raised.value.remedy


def test_a_nearer_tier_spares_the_further_one():
    class Counting:
        failures = 0
        asked = 0

        def get(self, key: str) -> Answer:
            self.asked += 1
            return Answer(b"", 0)

    further = Counting()
    tiers = Tiers(InProcess(1000, 60), further)
    assert [tiers.get("a")[1] for _ in range(3)] == ["l2", "l1", "l1"]
    assert further.asked == 1
