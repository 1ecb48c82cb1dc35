import doctest
import importlib.util
import math
from types import ModuleType

import pytest
from logs import logged

from perfweek.caching.keys.normalising import Strategy, strategy_of
from perfweek.caching.keys.slots import balance_of, slot_of
from perfweek.caching.keys.specification import write_specification
from perfweek.exhibit import Sentence
from perfweek.target import Target
from perfweek.thursday.keys import keys
from perfweek.week import Week

URLS = ["/a?x=1&y=2&limit=20", "/a?y=2&x=1&limit=20", "/a?x=1&y=2", "/a?y=2&x=1&utm_source=mail"]


@pytest.fixture
def module(tmp_path) -> ModuleType:
    """The generated implementation, loaded."""
    log = logged([{"key": url, "url": url, "digest": "same"} for url in URLS * 50])
    paths = write_specification(Week.open("2026-W48", tmp_path), 'Cata"logue', log, strategy_of(log, 1e9, math.inf), balance_of(log, 3))
    assert "| parameters sorted by name | yes |" in paths[0].read_text()
    spec = importlib.util.spec_from_file_location("cache_keys", paths[1])
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_the_generated_code_gives_equal_answers_one_key(module):
    assert {module.key_for(url) for url in URLS} == {"cata-logue:-:-:/a?x=1&y=2"}
    assert module.key_for("/a?x=1&y=3") != module.key_for("/a?x=1&y=2")


def test_tenants_and_versions_have_keys_of_their_own_whatever_their_names_are(module):
    named = {module.key_for("/a", tenant, version) for tenant in ("-", "a", "a:b", "b") for version in ("-", "1", "b:1")}
    assert len(named) == 12


def test_a_key_is_never_longer_than_120_bytes_and_no_brace_becomes_a_hash_tag(module):
    assert len(module.key_for("/" + "ü" * 500)) <= 120
    assert "{" not in module.key_for("/{a}?q={b}", "{t}")


def test_the_generated_code_agrees_with_perfweek_about_slots_and_keeps_its_own_examples(module):
    assert [module.slot_of(key) for key in ("123456789", "{a}b", "x")] == [slot_of(key) for key in ("123456789", "{a}b", "x")]
    assert doctest.testmod(module).failed == 0


def test_without_addresses_the_specification_says_that_nothing_is_known_of_parameters(tmp_path):
    log = logged([{"key": f"item:{place}"} for place in range(100)])
    path = write_specification(Week.open("2026-W48", tmp_path), "s", log, Strategy.unknown("Cannot tell: no url."), balance_of(log, 3))[0]
    assert "Cannot tell: no url." in path.read_text()


def test_a_log_with_too_few_reads_is_said_to_say_nothing(tmp_path):
    shown = keys(Week.open("2026-W48", tmp_path), Target(), logged([{"key": "a"}] * 3))
    assert shown == [Sentence("Cannot tell: 3 reads are too few; 100 at least say something about a cache.")]
