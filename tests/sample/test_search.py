import math

import pytest

from perfweek.sample.search import rank, words


def asset(number: int, name: str, description: str = "", quality: float = 1.0) -> dict:
    return {"asset_id": number, "name": name, "description": description, "quality_score": quality}


def test_words_are_split_at_anything_that_is_no_letter_or_digit():
    assert words("Daily_Revenue, 7\nüber-x") == ["daily", "revenue", "7", "ber", "x"]


def test_the_score_is_okapi_bm25():
    # Two texts of two words; "a" stands in one of two: rarity log(1 + 1.5/1.5); length is the mean: 1 * 2.2 / (1 + 1.2).
    [best] = rank(["a"], [asset(1, "a b"), asset(2, "c d")], 10)
    assert best["score"] == pytest.approx(math.log(2), abs=1e-4)


def test_rare_words_count_more_than_common_ones():
    found = [asset(1, "common x"), asset(2, "rare x"), asset(3, "common y")]
    assert [row["asset_id"] for row in rank(["common", "rare"], found, 10)] == [2, 3, 1]


def test_of_equal_texts_the_better_one_is_first_then_the_newer():
    found = [asset(1, "a", quality=0.2), asset(2, "a", quality=0.9), asset(3, "a", quality=0.9)]
    assert [row["asset_id"] for row in rank(["a"], found, 10)] == [3, 2, 1]


def test_what_holds_no_word_of_the_query_is_left_out_and_the_limit_holds():
    found = [asset(number, "a" if number % 2 else "b") for number in range(10)]
    assert [row["asset_id"] for row in rank(["a"], found, 3)] == [9, 7, 5]
    assert rank(["a"], [], 3) == []
