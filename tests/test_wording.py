"""Figures in words."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.stats import Estimate
from perfweek.wording import bracketed, count, interval_text, listed, number, percent, sentence, value_text, with_interval

NAN = math.nan


@pytest.mark.parametrize(
    ("value", "low", "high", "shown", "interval"),
    [
        (212.3, 205.1, 219.4, "212", "205 to 219"),
        (0.1234, 0.0512, 0.2123, "0.12", "0.05 to 0.21"),
        (98765.4, 91234.5, 105432.1, "98,765", "91,234 to 105,432"),
        (412.0, NAN, NAN, "412", "no interval"),
        (1.23456, NAN, NAN, "1.23", "no interval"),
        (12.0, 10.0, NAN, "12", "at least 10"),
        (12.0, NAN, 15.0, "12", "at most 15"),
        (312.0, 312.0, 312.0, "312", "exact"),
        (NAN, NAN, NAN, "no data", "no interval"),
        (-0.5, -0.6, -0.4, "-0.5", "-0.6 to -0.4"),
    ],
)
def test_an_estimate_shows_the_digits_that_its_interval_supports(value: float, low: float, high: float, shown: str, interval: str) -> None:
    estimate = Estimate(value, low, high, 9, "bootstrap")
    assert (value_text(estimate), interval_text(estimate)) == (shown, interval)


@given(st.floats(allow_infinity=True), st.floats(allow_infinity=True), st.floats(allow_infinity=True))
def test_any_estimate_has_words(value: float, low: float, high: float) -> None:
    estimate = Estimate(value, low, high, 0, "")
    assert value_text(estimate) and interval_text(estimate)


@pytest.mark.parametrize(
    ("estimate", "unit", "expected"),
    [
        (Estimate(84.21, 80.1, 89.9, 10, ""), "ms", "84 ms, 80 to 90"),
        (Estimate(0.254, 0.191, 0.303, 10, ""), "%", "25 %, 19 to 30"),
        (Estimate(1344.2, 1180.4, 1462.1, 10, ""), "ms", "1,344 ms, 1,180 to 1,462"),
        (Estimate(0.0123, np.nan, np.nan, 10, ""), "", "0.0123, no interval"),
        (Estimate(np.nan, np.nan, np.nan, 0, ""), "ms", "no data"),
        (Estimate(0.0, 0.0, 0.0, 10, ""), "%", "0 %, 0 to 0"),
    ],
)
def test_an_estimate_in_a_sentence_shows_the_digits_that_its_interval_supports(estimate, unit, expected):
    assert with_interval(estimate, unit) == expected


def test_an_estimate_in_a_sentence_has_its_interval_in_brackets():
    assert bracketed(Estimate(1344.2, 1180.4, 1462.1, 10, ""), "ms") == "1,344 ms (1,180 to 1,462)"
    assert bracketed(Estimate(np.nan, np.nan, np.nan, 0, "")) == "no data"


def test_words_are_joined_as_people_do():
    assert (listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])) == ("a", "a and b", "a, b and c")
    assert (count(1, "package"), count(2_000, "package")) == ("1 package", "2,000 packages")
    assert (number(math.nan), number(47.25), sentence("ADR is short")) == ("no data", "47.2", "ADR is short.")


def test_rounding_of_the_last_bit_is_not_an_interval():
    assert bracketed(Estimate(1.0, 1.0 - 1e-16, 1.0 + 2e-16, 9, "")) == "1 (1 to 1)"


def test_a_share_is_said_in_percent():
    assert (percent(0.1234), percent(math.nan)) == ("12.3 %", "no data")
