"""How right each adviser was, and what that does to its next estimates."""

from dataclasses import replace
from pathlib import Path

import pytest

from perfweek import predictions
from perfweek.predictions import Prediction
from perfweek.progress.bias import Record, adviser_of, corrected, earlier_records, realised, record_table, records_of
from perfweek.week import Week


def scored(measured: float | None, verdict: str, adviser: str = "clustering", before: float = 1.0, expected: float = 0.5) -> Prediction:
    return Prediction(f"{adviser}: GET /a", "c", "cache.hit_ratio", {}, before, 0.4, expected, 0.6, "", measured, verdict)


def test_half_of_what_was_promised_is_a_half() -> None:
    assert realised(scored(0.75, "above")) == pytest.approx(0.5)
    assert realised(scored(1.25, "above")) == pytest.approx(-0.5)
    assert realised(scored(None, "no data")) != realised(scored(None, "no data"))  # NaN


def test_a_record_counts_what_was_scored_and_takes_the_median() -> None:
    rows = [scored(0.5, "inside"), scored(0.75, "above"), scored(0.9, "above"), scored(None, "no data"), scored(0.1, "below", "views")]
    found = records_of(rows)
    clustering = found["clustering"]
    assert (clustering.scored, clustering.inside) == (3, 1)
    assert clustering.bias == pytest.approx(0.5)
    assert clustering.success == pytest.approx((2 + 1) / (3 + 2))  # 1.0 and 0.5 of what was promised are at least a half
    assert record_table(found)["adviser"].tolist() == ["clustering", "views"]


def test_an_adviser_that_promised_twice_too_much_has_its_next_promise_halved_and_its_range_widened() -> None:
    fresh = scored(None, "no data")
    after = corrected(fresh, {"clustering": Record("clustering", 3, 1, 0.6, 0.5)})
    assert after.expected == pytest.approx(0.75)
    assert (after.expected_low, after.expected_high) == (pytest.approx(0.4), pytest.approx(0.8))
    assert adviser_of(after) == "clustering"


def test_two_scores_correct_nothing() -> None:
    fresh = scored(None, "no data")
    assert corrected(fresh, {"clustering": Record("clustering", 2, 0, 0.5, 0.1)}) == fresh
    assert corrected(fresh, {}) == fresh


def test_the_fridays_of_earlier_weeks_are_the_record(tmp_path: Path) -> None:
    for name in ("2026-W46", "2026-W47", "2026-W48"):
        week = Week.open(name, tmp_path)
        week.save_manifest({"week": name, "days": {}})
        predictions.record(week, "friday", [scored(0.5, "inside"), replace(scored(0.5, "inside"), id="views: x")])
    found = earlier_records(Week.open("2026-W48", tmp_path))
    assert {name: record.scored for name, record in found.items()} == {"clustering": 2, "views": 2}
