"""Quick checks of the sample, with the standard library's unittest: what `test` in the sample's target runs."""

import random
import unittest
from datetime import datetime, timedelta

from perfweek.errors import TargetError
from perfweek.sample.cache import Answer, InProcess, Tiers, Versions
from perfweek.sample.cursor import Position, read_cursor
from perfweek.sample.search import rank, words
from perfweek.sample.settings import BUNDLED, load_settings

_BODY = Answer(b"x" * 100, 1)
_ENTRY = 1 + 100 + 200  # key, body, and what an entry costs besides


class Cursors(unittest.TestCase):
    def test_each_position_comes_back_from_its_cursor(self) -> None:
        first = datetime(2024, 1, 1)
        for number in range(1, 2001):
            position = Position(first + timedelta(minutes=number), number)
            self.assertEqual(read_cursor(position.cursor()), position)

    def test_other_text_is_refused(self) -> None:
        for text in ("", "x", "MjAyNA", Position(datetime(2024, 1, 1)).cursor(), Position(datetime(2024, 1, 1), 1).cursor() + "="):
            with self.assertRaises(ValueError):
                read_cursor(text)


class Searches(unittest.TestCase):
    def test_words_are_split_at_anything_else(self) -> None:
        self.assertEqual(words("Daily_Revenue, 7"), ["daily", "revenue", "7"])

    def test_of_equal_texts_the_better_one_is_first_then_the_newer(self) -> None:
        found = [_asset(1, "a", 0.2), _asset(2, "a", 0.9), _asset(3, "a", 0.9)]
        self.assertEqual([row["asset_id"] for row in rank(["a"], found, 10)], [3, 2, 1])

    def test_the_rare_word_wins_among_many(self) -> None:
        found = [_asset(number, f"revenue by region {number % 7} and month") for number in range(3000)]
        found[1234] = _asset(1234, "churn by region and month")
        self.assertEqual(rank(["churn", "region"], found, 1)[0]["asset_id"], 1234)


class Caches(unittest.TestCase):
    def test_the_least_recently_used_goes_first(self) -> None:
        cache = InProcess(2 * _ENTRY, 60)
        for key in "ab":
            cache.put(key, _BODY)
        cache.get("a")
        cache.put("c", _BODY)
        self.assertEqual([key for key in "abc" if cache.get(key)], ["a", "c"])

    def test_an_entry_ends_with_its_time_to_live(self) -> None:
        now = [0.0]
        cache = InProcess(1e6, 60, lambda: now[0])
        cache.put("a", _BODY)
        now[0] = 59.9
        self.assertIsNotNone(cache.get("a"))
        now[0] = 60
        self.assertIsNone(cache.get("a"))

    def test_the_bytes_held_are_those_of_its_entries(self) -> None:
        drawn, cache = random.Random(1), InProcess(50 * _ENTRY, 60)
        for _ in range(30_000):
            cache.put(chr(drawn.randrange(33, 126)), _BODY)
            self.assertLessEqual(cache.bytes, 50 * _ENTRY)
        self.assertEqual(cache.bytes, _ENTRY * sum(cache.get(chr(code)) is not None for code in range(33, 126)))

    def test_one_tier_answers_from_itself_or_sends_to_the_origin(self) -> None:
        tiers = Tiers(InProcess(1e6, 60), None)
        self.assertEqual(tiers.get("a"), (None, "origin"))
        tiers.put("a", _BODY)
        self.assertEqual(tiers.get("a"), (_BODY, "l1"))

    def test_a_write_raises_the_version_of_its_source_alone(self) -> None:
        versions = Versions()
        versions.written("gong")
        self.assertEqual((versions.of("gong"), versions.of(None), versions.of("slack")), (1, 1, 0))


class BundledSettings(unittest.TestCase):
    def test_each_can_be_read(self) -> None:
        self.assertEqual([load_settings(name).layout for name in BUNDLED], list(BUNDLED))

    def test_a_file_that_is_not_there_is_named(self) -> None:
        with self.assertRaisesRegex(TargetError, "no-such-file"):
            load_settings("no-such-file.toml")


def _asset(number: int, name: str, quality: float = 1.0) -> dict[str, object]:
    return {"asset_id": number, "name": name, "description": "", "quality_score": quality}
