"""The comparison on runs whose truth is known, and on public ones."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from perfweek.load.reading.results import read_results
from perfweek.progress.compare import (
    MANY,
    ONE_RUN,
    QUANTITIES,
    REFUSED,
    TOO_FEW,
    UNANSWERED,
    by_endpoint,
    compare,
    detectable,
    overall,
    table,
    verdict,
)
from perfweek.progress.control import control_of
from perfweek.progress.effects import error_difference, rate_ratio
from perfweek.progress.replicates import Effect, figure_ratio, standard_error
from perfweek.progress.runs import ALL, Run
from perfweek.progress.shifts import shifts_of

Side = Callable[..., list[Run]]
Frame = Callable[..., pd.DataFrame]
BAND = (0.95, 1.05)


def verdicts(before: list[Run], after: list[Run], smallest_effect: float = 0.05) -> dict[str, str]:
    return {one.quantity: one.verdict for one in compare(before, after, smallest_effect)}


def of_quantity(before: list[Run], after: list[Run], quantity: str):
    return next(one for one in compare(before, after, 0.05) if one.quantity == quantity)


def merged(*runs: Run) -> Run:
    return Run("merged", pd.concat([run.requests for run in runs]))


def test_latencies_that_fell_by_a_third_are_improved_and_the_rest_is_not(side: Side) -> None:
    found = verdicts(side(1), side(2, factor=2 / 3))
    assert {name: found[name] for name in ("p50", "p95", "p99")} == {"p50": "improved", "p95": "improved", "p99": "improved"}
    assert found["errors"] == "same"
    assert found["throughput"] in ("same", "cannot tell")


def test_the_same_shift_the_other_way_round_is_regressed(side: Side) -> None:
    assert verdicts(side(1, factor=2 / 3), side(2))["p95"] == "regressed"


def test_over_two_hundred_pairs_without_a_change_false_alarms_stay_at_or_below_the_stated_rate(side: Side) -> None:
    alarms, excluded = 0, 0
    for seed in range(200):
        found = compare(side(seed, seconds=10), side(5000 + seed, seconds=10), 0.05)
        alarms += any(one.verdict in ("improved", "regressed") for one in found)
        p50 = next(one for one in found if one.quantity == "p50").effect
        excluded += not p50.low <= 1 <= p50.high
    assert alarms <= 0.05 * 200
    assert excluded <= 0.05 * 200  # the interval alone, without band and correction


def test_a_true_change_as_large_as_the_detectable_one_is_found_in_about_four_of_five_pairs(side: Side) -> None:
    stated = np.median([of_quantity(side(seed), side(900 + seed), "p95").detectable for seed in range(40)])
    found = [of_quantity(side(seed), side(7000 + seed, factor=float(stated)), "p95").verdict for seed in range(80)]
    assert 0.65 <= found.count("improved") / 80 <= 1
    assert "regressed" not in found


def test_ten_per_cent_are_found_where_the_stated_smallest_change_is_less_and_missed_where_it_is_more(side: Side) -> None:
    for runs, known, often in ((10, {"between": 0.01, "seconds": 30}, True), (3, {"between": 0.08}, False)):
        pairs = [of_quantity(side(seed, runs, **known), side(7000 + seed, runs, factor=0.9, **known), "p95") for seed in range(20)]
        assert (np.median([one.detectable for one in pairs]) > 0.9) == often
        assert (sum(one.verdict == "improved" for one in pairs) >= 0.7 * len(pairs)) == often


def test_one_run_a_side_cannot_tell_however_large_the_change_and_says_why(side: Side) -> None:
    found = compare(side(1, 1, seconds=60), side(2, 4, factor=0.5), 0.05)
    assert {one.verdict for one in found} == {"cannot tell"}
    assert {one.reason for one in found} == {ONE_RUN}
    p95 = next(one for one in found if one.quantity == "p95")
    assert p95.effect.high < 0.7
    assert math.isnan(p95.detectable)


def test_runs_that_differ_more_from_each_other_give_wider_intervals_than_their_requests_say(side: Side) -> None:
    steady, unsteady = (of_quantity(side(3, between=between), side(4, between=between), "p50").effect for between in (0.0, 0.3))
    assert unsteady.high / unsteady.low > 2 * steady.high / steady.low
    assert unsteady.spread == pytest.approx(0.3, abs=0.2)


def test_the_standard_error_is_welchs() -> None:
    # variances 1 of three runs and 4 of five: 1/3 + 4/5; Satterthwaite: (17/15)^2 / ((1/3)^2/2 + (4/5)^2/4)
    before, after = np.array([1.0, 2.0, 3.0]), np.sqrt(1.6) * np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    error, freedom = standard_error([before, after], [0.0, 0.0], 2)
    assert error == pytest.approx(math.sqrt(1 / 3 + 4 / 5))
    assert freedom == pytest.approx((17 / 15) ** 2 / ((1 / 3) ** 2 / 2 + (4 / 5) ** 2 / 4))


def test_runs_that_agree_by_chance_have_at_least_the_error_that_each_knows_of_itself() -> None:
    alike = [np.array([1.0, 1.0]), np.array([1.0, 1.0])]
    assert standard_error(alike, [0.08, 0.02], 2)[0] == pytest.approx(math.sqrt(0.08 / 2 + 0.02 / 2))


def test_long_runs_without_a_shift_are_told_to_be_the_same(side: Side) -> None:
    found = verdicts(side(1, seconds=120, between=0.0), side(2, seconds=120, between=0.0), smallest_effect=0.1)
    assert {found["p50"], found["p95"], found["throughput"], found["errors"]} == {"same"}


def test_failures_are_no_latencies_and_are_compared_as_a_difference_of_shares(side: Side) -> None:
    before = side(1, failures=0.2)
    for run in before:
        run.requests.loc[run.requests["failed"], "duration_ms"] = 0
    errors, p50 = (of_quantity(before, side(2), quantity) for quantity in ("errors", "p50"))
    assert errors.effect.value == pytest.approx(-np.concatenate([run.requests["failed"] for run in before]).mean())
    assert errors.verdict == "improved"
    assert p50.before > 80


def test_the_interval_of_a_difference_of_shares_is_the_published_one() -> None:
    # Newcombe 1998, table II, example (a), method 10: 56/70 against 48/80 is 0.2, 0.0524 to 0.3339
    effect = error_difference([np.arange(80) < 48], [np.arange(70) < 56])
    assert (round(effect.value, 4), round(effect.low, 4), round(effect.high, 4)) == (0.2, 0.0524, 0.3339)


def test_failures_of_one_run_among_several_widen_the_interval() -> None:
    calm, burst = [np.zeros(100, bool)] * 4, [np.ones(100, bool), *[np.zeros(100, bool)] * 3]
    effect = error_difference(calm, burst)
    assert effect.value == pytest.approx(0.25)
    assert effect.low < 0 < effect.high
    assert effect.p > 0.05


def test_half_the_requests_a_second_is_a_ratio_of_one_half() -> None:
    random = np.random.default_rng(4)
    effect = rate_ratio([np.sort(random.uniform(0, 100, 4000))] * 2, [np.sort(random.uniform(0, 100, 2000))] * 2)
    assert effect.value == pytest.approx(0.5, abs=0.01)
    assert 0.4 < effect.low < 0.5 < effect.high < 0.6


def test_less_throughput_is_a_regression(side: Side) -> None:
    assert verdicts(side(1, seconds=60), side(2, seconds=60, a_second=10))["throughput"] == "regressed"


def test_a_figure_of_whole_runs_is_compared_run_by_run(side: Side) -> None:
    before = [replace(run, figures={"CPU a request": 10 + place / 10, "cache hit ratio": 0.2}) for place, run in enumerate(side(1))]
    after = [replace(run, figures={"CPU a request": 5 + place / 10, "cache hit ratio": 0.4}) for place, run in enumerate(side(2))]
    found = {one.quantity: one for one in compare(before, after, 0.05) if one.endpoint == ALL}
    assert found["CPU a request"].effect.value == pytest.approx((5 * 5.1 * 5.2 * 5.3 / (10 * 10.1 * 10.2 * 10.3)) ** 0.25)
    assert {name: one.verdict for name, one in found.items()} == {"CPU a request": "improved", "cache hit ratio": "improved"}


def test_a_figure_of_one_session_a_side_has_an_interval_and_no_verdict_however_often_it_was_repeated(side: Side) -> None:
    build = compare(side(1), side(2), 0.05, repeated=(("build time", (4.0, 4.1, 4.2), (6.0, 6.1, 6.2)),))[-1]
    assert (build.quantity, build.verdict, build.reason) == ("build time", "cannot tell", ONE_RUN)
    assert 1.4 < build.effect.low < build.effect.value < build.effect.high < 1.6


def test_figures_of_one_run_a_side_have_a_ratio_and_no_bounds() -> None:
    effect = figure_ratio([10.0], [5.0])
    assert effect.value == pytest.approx(0.5)
    assert math.isnan(effect.low)


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
    assert verdict(Effect((low + high) / 2, low, high, 100, "", p, "ratio", runs=(3, 3)), p, BAND) == expected


def test_more_comparisons_need_more_evidence(side: Side) -> None:
    alone = of_quantity(side(1), side(2, factor=0.85), "p50")
    quiet = [side(10 + place, endpoint=f"GET /{place}") for place in range(10)]
    before = [merged(run, *(other[place] for other in quiet)) for place, run in enumerate(side(1))]
    after = [merged(run, *(other[place] for other in quiet)) for place, run in enumerate(side(2, factor=0.85))]
    among = next(one for one in compare(before, after, 0.05) if (one.endpoint, one.quantity) == ("GET /a", "p50"))
    assert among.effect == alone.effect
    assert among.p > alone.p
    assert among.detectable < alone.detectable


def test_a_change_that_the_correction_takes_away_says_so(side: Side) -> None:
    barely = Effect(0.8, 0.7, 0.94, 100, "", 0.04, "ratio", 0.1, 6.0, (4, 4), 0.1)
    assert verdict(barely, 0.2, BAND) == "cannot tell"
    reasons = {one.reason for seed in range(40) for one in compare(side(seed, 2, between=0.1), side(50 + seed, 2, factor=0.7, between=0.1), 0.05)}
    assert MANY in reasons


def test_a_refused_comparison_shows_its_figures_and_no_verdict(side: Side) -> None:
    found = compare(side(1), side(2, factor=0.5), 0.05, refused=True)
    assert {(one.verdict, one.reason) for one in found} == {("cannot tell", REFUSED)}
    assert found[0].effect.value == pytest.approx(0.5, abs=0.05)


def test_an_endpoint_of_one_side_only_is_listed_and_cannot_be_told(side: Side) -> None:
    after = [merged(*pair) for pair in zip(side(2), side(3, endpoint="GET /new"), strict=True)]
    found = by_endpoint(compare(side(1), after, 0.05))
    assert list(found) == ["GET /a", "GET /new"]
    assert overall(found["GET /new"]) == "cannot tell"
    assert {one.reason for one in found["GET /new"]} == {"measured on one side only"}


def test_too_few_requests_for_a_tail_have_a_value_and_no_verdict_on_it(side: Side) -> None:
    p99 = of_quantity(side(1, seconds=10, a_second=5), side(2, seconds=10, a_second=5), "p99")
    assert (p99.verdict, p99.reason) == ("cannot tell", TOO_FEW)
    assert p99.effect.value > 0


def test_what_was_never_sent_may_take_an_improvement_away(side: Side) -> None:
    after = side(2, factor=0.6)
    assert of_quantity(side(1), after, "p95").verdict == "improved"
    unsent = pd.DataFrame({"endpoint": ["GET /a"] * 40, "time": 1e9})
    found = of_quantity(side(1), [replace(run, unsent=unsent) for run in after], "p95")
    assert (found.verdict, found.reason) == ("cannot tell", UNANSWERED)
    assert found.unanswered == (1.0, math.inf)
    few = of_quantity(side(1), [replace(run, unsent=unsent.head(2)) for run in after], "p95")
    assert few.verdict == "improved" and 1 < few.unanswered[1] < 1.2


def test_what_could_have_been_seen_shrinks_with_the_number_of_runs(side: Side) -> None:
    few, many = (of_quantity(side(1, runs), side(2, runs), "p50").detectable for runs in (3, 12))
    assert few < many < 0.95


def test_the_detectable_difference_lies_below_the_band() -> None:
    effect = Effect(0.0, -0.01, 0.01, 100, "", 1.0, "difference", 0.004, 6.0, (4, 4))
    assert detectable(effect, (-0.01, 0.01)) <= -0.02


def test_the_table_has_a_row_for_each_quantity_of_each_endpoint(side: Side) -> None:
    frame = table(compare(side(1), side(2), 0.05))
    assert frame["quantity"].tolist() == list(QUANTITIES)
    assert frame["before"].iloc[0] == pytest.approx(100, rel=0.1)


def test_the_control_compares_a_version_with_itself_in_halves(side: Side) -> None:
    found = control_of((side(1), side(2, factor=0.5)), 0.05)
    assert (found.splits, found.comparisons) == (6, 30)  # three ways to halve four runs, on two sides; five quantities
    assert found.alarms == 0
    assert control_of((side(1, 3), side(2, 3)), 0.05).splits == 0


def test_the_control_sounds_where_runs_of_one_version_are_two_versions(side: Side) -> None:
    mixed = [*side(1, 2, between=0.0, seconds=60), *side(2, 2, factor=0.2, between=0.0, seconds=60)]
    assert control_of((mixed,), 0.05).alarms > 0


def test_the_shift_of_a_tail_alone_shows_at_the_tail(side: Side) -> None:
    after = side(2, between=0.0)
    for run in after:
        slow = run.requests["duration_ms"] > run.requests["duration_ms"].quantile(0.8)
        run.requests.loc[slow, "duration_ms"] *= 3
    shift = shifts_of(side(1, between=0.0), after)["GET /a"].set_index("quantile")["ratio"]
    assert shift[0.5] == pytest.approx(1, abs=0.05)
    assert shift[0.95] == pytest.approx(3, abs=0.3)


def test_a_public_pair_of_runs_of_one_url_has_ratios_with_intervals_and_no_verdict(shared_data: Path) -> None:
    runs = [Run(str(number), read_results([shared_data / "k6" / f"elizrg_my_test_result{number}.csv.gz"]).requests) for number in (2, 3)]
    found = {one.quantity: one for one in compare(runs[:1], runs[1:], 0.05)}
    before, after = (run.requests for run in runs)
    assert (len(before), len(after)) == (840, 1727)
    for name, q in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        assert found[name].effect.value == pytest.approx(np.quantile(after["duration_ms"], q) / np.quantile(before["duration_ms"], q))
        assert found[name].effect.low < found[name].effect.value < found[name].effect.high
    assert {one.reason for one in found.values()} == {ONE_RUN}
