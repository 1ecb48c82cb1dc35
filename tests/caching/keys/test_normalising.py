import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logs import logged

from perfweek.caching.keys.addresses import Address, defaults_in, rounded, rules_of
from perfweek.caching.keys.cardinality import cardinality
from perfweek.caching.keys.normalising import strategy_of

RULES = {rule.name: rule for rule in rules_of()}


def asked(urls: list[str], digests: list[str] | None = None) -> list[dict[str, object]]:
    return [{"key": url, "url": url, "digest": digest} for url, digest in zip(urls, digests or ["same"] * len(urls), strict=True)]


def judged(found, name):
    return next(rule for rule in found.rules if rule.name == name)


@pytest.mark.parametrize(
    ("rule", "url", "expected"),
    [
        ("order", "/a?c=1&a=2&b=3", "/a?a=2&b=3&c=1"),
        ("order", "/a?b=2&a=1&b=1", "/a?a=1&b=2&b=1"),
        ("tracking", "/a?utm_source=mail&id=1&gclid=x", "/a?id=1"),
        ("tracking", "/a?utmost=1", "/a?utmost=1"),
        ("empty values", "/a?q=&id=1", "/a?id=1"),
        ("precision", "/a?lat=52.520008&n=1.5", "/a?lat=52.520&n=1.5"),
        ("precision", "/a?at=2026-11-28T03:04:05Z", "/a?at=2026-11-28T03%3A04Z"),
        ("spelling", "/a?q=a%20b", "/a?q=a+b"),
    ],
)
def test_a_rule_writes_equal_requests_the_same(rule, url, expected):
    assert RULES[rule].apply(Address.of(url)).text() == expected


@given(st.text(max_size=60))
def test_any_text_is_an_address_that_stays_the_same_when_it_is_written_again(text):
    written = Address.of("/" + text).text()
    assert Address.of(written).text() == written
    for rule in rules_of():
        once = rule.apply(Address.of(written))
        assert rule.apply(once) == once


@given(st.text(max_size=20))
def test_rounding_leaves_other_text_alone(text):
    assert rounded(f"v{text}") == f"v{text}"


def test_a_parameter_that_may_be_left_out_is_found_where_both_ways_were_asked_for():
    urls = ["/a?limit=20&s=1", "/a?s=1", "/a?limit=50&s=2"]
    assert {(one.path, one.name, one.value) for one in defaults_in([Address.of(url) for url in urls])} == {("/a", "limit", "20")}


def test_the_gain_of_sorting_parameters_is_the_second_name_that_was_filled_for_nothing():
    found = strategy_of(logged(asked(["/a?x=1&y=2", "/a?y=2&x=1"] * 50)), 1e9, math.inf)
    order = judged(found, "order")
    assert (order.before, order.after) == (2, 1)
    assert order.gain.value == pytest.approx(1 / 100)  # two first reads of a hundred become one
    assert order.evidence.verdict == "safe"
    assert (order.evidence.compared, order.evidence.agreeing) == (99, 99)
    assert found.together.value == pytest.approx(1 / 100)


def test_a_time_to_live_makes_the_gain_larger():
    requests = [{**one, "time": 10.0 * place} for place, one in enumerate(asked(["/a?x=1&y=2", "/a?y=2&x=1"] * 100))]
    # a name is asked for every 20 s: it never lives for 15 s; under one name every second request is answered
    assert judged(strategy_of(logged(requests), 1e9, 15), "order").gain.value == pytest.approx(0.5)


def test_a_rule_that_changes_answers_is_kept_out():
    urls = ["/a?x=1.00001", "/a?x=1.00002"] * 30
    found = strategy_of(logged(asked(urls, ["one", "two"] * 30)), 1e9, math.inf)
    assert judged(found, "precision").evidence.verdict == "changes answers"
    assert "precision" not in {rule.name for rule in found.kept}


def test_content_that_changes_by_itself_does_not_speak_against_a_rule():
    urls, digests = ["/a?x=1&y=1", "/a?x=1&y=1", "/a?y=1&x=1"] * 40, [f"{place // 2}" for place in range(120)]
    assert judged(strategy_of(logged(asked(urls, digests)), 1e9, math.inf), "order").evidence.verdict == "safe"


def test_without_hashes_answers_of_the_same_size_prove_nothing():
    urls = ["/a?x=1&y=2", "/a?y=2&x=1"] * 50
    assert judged(strategy_of(logged(asked(urls, [""] * 100)), 1e9, math.inf), "order").evidence.verdict == "not proven"


def test_a_default_that_is_proven_is_left_out_of_names():
    found = strategy_of(logged(asked(["/a?limit=20", "/a"] * 50)), 1e9, math.inf)
    assert {one.name for one in found.defaults} == {"limit"}
    unproven = strategy_of(logged(asked(["/a?limit=20", "/a"] * 50, ["x", "y"] * 50)), 1e9, math.inf)
    assert unproven.defaults == frozenset()


def test_a_log_that_does_not_say_what_was_asked_for_is_not_judged():
    found = strategy_of(logged([{"key": "item:1"}] * 100), 1e9, 60)
    assert found.why.startswith("Cannot tell")
    assert math.isnan(found.together.value)


def test_names_by_route_are_counted():
    table = cardinality(logged([{"key": "a"}, {"key": "a"}, {"key": "bb"}, {"key": "c", "route": "GET /x"}]))
    assert table[["route", "reads", "keys", "once", "key_bytes"]].values.tolist() == [["GET /assets", 3, 2, 0.5, 1.5], ["GET /x", 1, 1, 1.0, 1.0]]
