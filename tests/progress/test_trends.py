"""Series over the weeks: change points on series whose truth is known, and facts of several weeks."""

import math
from pathlib import Path

import numpy as np
import pytest

from perfweek import evidence, facts
from perfweek.facts import Fact
from perfweek.progress.trends import change_point, correlation, trends_of
from perfweek.stats import Estimate
from perfweek.week import Week


def wandering(seed: int, weeks: int, correlated: float) -> np.ndarray:
    random = np.random.default_rng(seed)
    values = np.zeros(weeks + 30)
    for week in range(1, weeks + 30):
        values[week] = correlated * values[week - 1] + random.normal()
    return values[30:]


@pytest.mark.parametrize(("correlated", "most"), [(0.0, 0.08), (0.5, 0.11), (0.7, 0.13)])
@pytest.mark.parametrize("weeks", [8, 26])
def test_series_without_a_change_sound_about_as_often_as_stated(weeks: int, correlated: float, most: float) -> None:
    sounded = sum(change_point(wandering(seed, weeks, correlated))[1] < 0.05 for seed in range(150))
    assert sounded <= most * 150


def test_a_lasting_change_of_three_standard_deviations_is_found_within_half_a_year_and_at_its_week() -> None:
    found = []
    for seed in range(60):
        values = wandering(seed, 26, 0.0)
        values[13:] += 3
        found.append(change_point(values))
    assert np.mean([p < 0.05 for _, p in found]) > 0.85
    assert np.median([place for place, _ in found]) == 13


def test_a_single_bad_week_is_no_new_level() -> None:
    values = wandering(3, 20, 0.0)
    values[10] += 6
    assert change_point(values)[1] > 0.05


def test_a_scale_or_a_unit_changes_nothing() -> None:
    values = wandering(1, 12, 0.3)
    assert change_point(values) == change_point(1000 * values + 7)


def test_too_few_weeks_are_not_judged_and_a_constant_has_no_change() -> None:
    assert math.isnan(change_point(np.arange(5.0))[1])
    assert change_point(np.full(10, 3.0)) == (0, 1.0)


def test_correlation_from_week_to_week_is_seen() -> None:
    seen = [np.mean([correlation(wandering(seed, 52, known)) for seed in range(30)]) for known in (0.0, 0.7)]
    assert seen[0] < 0.25
    assert 0.5 < seen[1] < 0.8


def test_facts_of_several_weeks_are_one_series_and_a_new_level_is_named_by_its_week(tmp_path: Path) -> None:
    weeks = []
    for number in range(10, 20):
        week = Week.open(f"2026-W{number}", tmp_path)
        measured = evidence.collect(week, "load-monday", {}, lambda folder: (folder / "k6.csv").write_text("x"))
        level = (100 if number < 15 else 60) + number % 3
        source = evidence.relative(week, measured.path("k6.csv"))
        facts.record(week, "monday", [Fact("http.latency.p95", Estimate(level, level - 5, level + 5, 100, "m"), source, {"endpoint": "GET /a"})])
        weeks.append(week)
    (trend,) = trends_of(weeks[::-1])
    assert trend.weeks[0] == "2026-W10"
    assert trend.change == "2026-W15"
    assert trend.name == "response time, 95th percentile, GET /a"
    assert trends_of(weeks[:1]) == []
