from logs import logged

from perfweek.caching.invalidation.links import link
from perfweek.caching.invalidation.sentences import expiry_sentence, stampede_sentence
from perfweek.caching.invalidation.stampede import stampedes


def found_of(times, ttl_s, duration_ms, key=lambda place: "a"):
    requests = [{"key": key(place), "time": time, "duration_ms": duration_ms} for place, time in enumerate(times)]
    return {one.remedy.name: one for one in stampedes(link(logged(requests)), ttl_s)}


def test_requests_that_come_while_the_origin_computes_each_ask_it_too_and_single_flight_makes_it_one():
    found = found_of([1000.0, 1000.1, 1000.2, 1000.3, 1000.6], 60, 500.0)
    assert (found["nothing"].calls, found["nothing"].together, found["nothing"].waits) == (4, 4, 4)
    assert (found["single flight"].calls, found["single flight"].together, found["single flight"].waits) == (1, 1, 4)
    assert "single flight makes it 1 and saves 3 calls" in stampede_sentence(list(found.values()))


def test_early_refresh_lets_almost_nobody_wait_for_a_key_that_is_asked_for_often():
    found = found_of([1000 + place / 100 for place in range(10_000)], 5, 50.0)
    assert found["nothing"].waits > 80  # 19 ends of 5 s, at each of them 5 reads in the 50 ms that a fetch takes
    assert found["all three"].waits < 15


def test_what_was_filled_together_ends_together_and_jitter_spreads_it():
    keys, rounds = 200, 400
    times = [1000 + place * 0.2 + key / 1e4 for place in range(rounds) for key in range(keys)]
    found = found_of(times, 30, 1.0, key=lambda place: f"k{place % keys}")
    assert found["nothing"].peak == keys
    assert found["jitter"].peak < keys / 2
    assert "with a jitter of 10 %" in expiry_sentence(list(found.values()))


def test_without_a_stampede_it_says_so():
    assert stampede_sentence(list(found_of([1000, 1010, 1020], 5, 1.0).values())).startswith("No stampede")
