"""Which change first: candidates whose order is known."""

from dataclasses import replace
from pathlib import Path

import pytest

from perfweek import candidates
from perfweek.candidates import Candidate
from perfweek.errors import EvidenceError
from perfweek.progress.bias import Record
from perfweek.progress.plan.ranking import ASSUMED_PROBABILITY, rank
from perfweek.week import Week

SURE = Candidate("a", "batch the statements", "monday", "bottlenecks", "response time", 0.2, 0.25, 0.3, "code", "p95 of GET /a falls", "evidence/x/y")


def order(*given: Candidate, records: dict[str, Record] | None = None) -> list[str]:
    return [one.candidate.id for one in rank(given, records or {})]


def test_more_gain_for_the_same_work_comes_first() -> None:
    assert order(replace(SURE, id="b", low=0.1, likely=0.12, high=0.15), SURE) == ["a", "b"]


def test_less_work_for_the_same_gain_comes_first() -> None:
    assert order(SURE, replace(SURE, id="b", effort="setting")) == ["b", "a"]


def test_a_sure_gain_goes_before_a_large_hope_with_the_same_likely_value() -> None:
    ranked = rank([replace(SURE, id="hope", low=0.0, likely=0.25, high=0.6), SURE], {})
    assert [one.candidate.id for one in ranked] == ["a", "hope"]
    assert ranked[1].mean > ranked[0].mean


def test_an_adviser_that_delivered_little_falls_behind() -> None:
    record = {"bottlenecks": Record("bottlenecks", 10, 2, 0.25, 0.3)}
    other = replace(SURE, id="b", adviser="clustering", low=0.1, likely=0.12, high=0.15)
    assert order(SURE, other) == ["a", "b"]
    assert order(SURE, other, records=record) == ["b", "a"]


def test_without_a_record_the_probability_is_assumed_and_said_to_be() -> None:
    (alone,) = rank([SURE], {"bottlenecks": Record("bottlenecks", 2, 2, 0.9, 1.0)})
    assert (alone.probability, alone.bias, alone.from_record) == (ASSUMED_PROBABILITY, 1.0, False)


def test_the_score_is_value_times_probability_over_effort() -> None:
    fixed = replace(SURE, low=0.25, likely=0.25, high=0.25, effort="setting")
    (alone,) = rank([fixed], {})
    # half a day probably, from a quarter to one and a half: the mean of 1/effort lies between 1/1.5 and 1/0.25
    assert 0.25 * ASSUMED_PROBABILITY / 1.5 < alone.cautious < alone.mean < 0.25 * ASSUMED_PROBABILITY / 0.25


def test_equal_candidates_beat_each_other_half_the_time_and_the_last_beats_nobody() -> None:
    first, last = rank([SURE, replace(SURE, id="b")], {})
    assert first.beats_next == pytest.approx(0.5, abs=0.02)
    assert last.beats_next != last.beats_next  # NaN


def test_what_saves_nothing_comes_last() -> None:
    assert order(replace(SURE, id="worse", low=-0.2, likely=-0.1, high=0.0), SURE) == ["a", "worse"]
    assert rank([], {}) == []


def test_candidates_are_read_as_they_were_recorded_and_damage_is_named(tmp_path: Path) -> None:
    week = Week.open("2026-W48", tmp_path)
    candidates.record(week, "monday", [SURE])
    assert candidates.read(week) == [SURE]
    (week.predictions / "tuesday.candidates.json").write_text('[{"id": 1}]')
    with pytest.raises(EvidenceError, match="candidates of tuesday are damaged"):
        candidates.read(week)
