"""The comparison on runs whose truth is known, and on a public pair."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from perfweek.load.reading.results import read_results
from perfweek.progress.compare import QUANTITIES, by_endpoint, compare, detectable, overall, table, verdict
from perfweek.progress.effects import Effect, error_difference, latency_ratio, rate_ratio

Make = Callable[..., pd.DataFrame]


def verdicts(before: pd.DataFrame, after: pd.DataFrame, smallest_effect: float = 0.05) -> dict[str, str]:
    return {one.quantity: one.verdict for one in compare(before, after, smallest_effect)}


def test_latencies_that_fell_by_a_third_are_improved_and_the_rest_is_not(run: Make) -> None:
    found = verdicts(run(1), run(2, factor=2 / 3))
    assert {name: found[name] for name in ("p50", "p95", "p99")} == {"p50": "improved", "p95": "improved", "p99": "improved"}
    assert found["errors"] == "same"
    assert found["throughput"] in ("same", "cannot tell")


def test_the_same_shift_the_other_way_round_is_regressed(run: Make) -> None:
    assert verdicts(run(1, factor=2 / 3), run(2))["p95"] == "regressed"


def median_ratio(before: pd.DataFrame, after: pd.DataFrame) -> Effect:
    return latency_ratio(*((one["duration_ms"].to_numpy(), one["time"].to_numpy()) for one in (before, after)), 0.5)


def test_the_interval_of_a_ratio_holds_the_truth_nearly_always_though_the_level_drifts_for_seconds(run: Make) -> None:
    effects = [median_ratio(run(seed), run(1000 + seed, factor=0.8)) for seed in range(100)]
    assert sum(effect.low <= 0.8 <= effect.high for effect in effects) >= 84


@pytest.mark.parametrize(("seconds", "a_second"), [(20, 5), (60, 40)])
def test_without_a_shift_improved_and_regressed_stay_below_the_nominal_rate(run: Make, seconds: int, a_second: int) -> None:
    wrong = 0
    for seed in range(80):
        found = verdicts(run(seed, seconds=seconds, a_second=a_second), run(5000 + seed, seconds=seconds, a_second=a_second))
        wrong += any(found[quantity] in ("improved", "regressed") for quantity in QUANTITIES)
    assert wrong <= 0.05 * 80


def test_long_runs_without_a_shift_are_told_to_be_the_same(run: Make) -> None:
    found = verdicts(run(1, seconds=600, a_second=60), run(2, seconds=600, a_second=60), smallest_effect=0.1)
    assert {found["p50"], found["p95"], found["throughput"], found["errors"]} == {"same"}


def test_short_runs_cannot_tell_rather_than_say_the_same(run: Make) -> None:
    assert verdicts(run(1, seconds=4), run(2, seconds=4))["p95"] == "cannot tell"


def test_failures_are_no_latencies_and_are_compared_as_a_difference_of_shares(run: Make) -> None:
    before = run(1, failures=0.2)
    before.loc[before["failed"], "duration_ms"] = 0
    (errors,) = (one for one in compare(before, run(2), 0.05) if one.quantity == "errors")
    assert errors.effect.value == pytest.approx(-before["failed"].mean())
    assert errors.verdict == "improved"
    assert next(one.before for one in compare(before, run(2), 0.05) if one.quantity == "p50") > 80


def test_the_interval_of_a_difference_of_shares_is_the_published_one() -> None:
    # Newcombe 1998, table II, example (a), method 10: 56/70 against 48/80 is 0.2, 0.0524 to 0.3339
    effect = error_difference(np.arange(80) < 48, np.arange(70) < 56)
    assert (round(effect.value, 4), round(effect.low, 4), round(effect.high, 4)) == (0.2, 0.0524, 0.3339)


def test_half_the_requests_a_second_is_a_ratio_of_one_half() -> None:
    random = np.random.default_rng(4)
    effect = rate_ratio(np.sort(random.uniform(0, 100, 4000)), np.sort(random.uniform(0, 100, 2000)))
    assert effect.value == pytest.approx(0.5, abs=0.01)
    assert 0.45 < effect.low < 0.5 < effect.high < 0.55
    assert effect.p < 1e-6


def test_requests_at_the_beat_of_a_clock_have_equal_counts_and_the_same_rate() -> None:
    effect = rate_ratio(np.arange(0, 100, 0.1), np.arange(50, 150, 0.1))
    assert effect.value == pytest.approx(1)
    assert effect.high - effect.low < 0.02


def test_less_throughput_is_a_regression(run: Make) -> None:
    assert verdicts(run(1), run(2, a_second=20))["throughput"] == "regressed"


@pytest.mark.parametrize(
    ("low", "high", "p", "expected"),
    [
        (0.80, 0.94, 0.001, "improved"),
        (0.80, 0.94, 0.06, "cannot tell"),  # not after the correction for the number of comparisons
        (0.80, 0.96, 0.001, "cannot tell"),  # it fell, perhaps by less than matters
        (0.96, 1.04, 0.5, "same"),
        (0.96, 0.99, 0.001, "same"),  # it fell, by less than matters
        (0.90, 1.10, 0.5, "cannot tell"),
        (1.06, 1.20, 0.001, "regressed"),
        (math.nan, math.nan, math.nan, "cannot tell"),
    ],
)
def test_the_verdict_depends_on_where_the_interval_lies(low: float, high: float, p: float, expected: str) -> None:
    assert verdict(Effect((low + high) / 2, low, high, 100, "", p, "ratio"), p, (0.95, 1.05)) == expected


def test_more_comparisons_need_more_evidence(run: Make) -> None:
    alone = compare(run(1), run(2, factor=0.85), 0.05)
    endpoints = [run(10 + place, endpoint=f"GET /{place}") for place in range(20)]
    many = compare(pd.concat([run(1), *endpoints]), pd.concat([run(2, factor=0.85), *endpoints]), 0.05)
    first, same_among_many = (next(one for one in found if (one.endpoint, one.quantity) == ("GET /a", "p50")) for found in (alone, many))
    assert first.effect == same_among_many.effect
    assert same_among_many.p > first.p


def test_a_refused_comparison_shows_its_figures_and_no_verdict(run: Make) -> None:
    found = compare(run(1), run(2, factor=0.5), 0.05, refused=True)
    assert {one.verdict for one in found} == {"cannot tell"}
    assert found[0].effect.value == pytest.approx(0.5, abs=0.05)


def test_an_endpoint_of_one_run_only_is_listed_and_cannot_be_told(run: Make) -> None:
    found = by_endpoint(compare(run(1), pd.concat([run(2), run(3, endpoint="GET /new")]), 0.05))
    assert list(found) == ["GET /a", "GET /new"]
    assert overall(found["GET /new"]) == "cannot tell"


def test_what_could_have_been_seen_shrinks_with_the_length_of_the_runs(run: Make) -> None:
    short, long = (compare(run(1, seconds=seconds), run(2, seconds=seconds), 0.05)[0].detectable for seconds in (30, 300))
    assert short < long < 0.95


def test_a_shift_as_large_as_the_detectable_one_is_seen_in_about_four_of_five(run: Make) -> None:
    band = (0.95, 1.05)
    typical = float(np.median([detectable(median_ratio(run(seed), run(900 + seed)), band) for seed in range(40)]))
    effects = [median_ratio(run(seed), run(7000 + seed, factor=typical)) for seed in range(100)]
    assert 65 <= sum(verdict(effect, effect.p, band) == "improved" for effect in effects) <= 95


def test_the_detectable_difference_lies_below_the_band_by_more_than_half_the_interval() -> None:
    assert detectable(Effect(0.0, -0.01, 0.01, 100, "", 1.0, "difference"), (-0.01, 0.01)) == pytest.approx(-0.01 - 1.4294 * 0.01, abs=1e-5)


def test_the_table_has_a_row_for_each_quantity_of_each_endpoint(run: Make) -> None:
    frame = table(compare(run(1), run(2), 0.05))
    assert frame["quantity"].tolist() == list(QUANTITIES)
    assert frame["monday"].iloc[0] == pytest.approx(100, rel=0.1)


def test_a_public_pair_of_runs_of_one_url_had_the_same_median_and_a_worse_tail(shared_data: Path) -> None:
    before, after = (read_results([shared_data / "k6" / f"elizrg_my_test_result{number}.csv.gz"]).requests for number in (2, 3))
    found = {one.quantity: one for one in compare(before, after, 0.05)}
    assert (len(before), len(after)) == (840, 1727)
    for name, q in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        assert found[name].effect.value == pytest.approx(np.quantile(after["duration_ms"], q) / np.quantile(before["duration_ms"], q))
    assert {name: one.verdict for name, one in found.items() if name != "throughput"} == {
        "p50": "same",
        "p95": "cannot tell",
        "p99": "regressed",
        "errors": "same",
    }
