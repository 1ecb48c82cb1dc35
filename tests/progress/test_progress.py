"""What surrounds the comparison: comparable runs, scored predictions, sentences and figures."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from perfweek.facts import Fact
from perfweek.predictions import Prediction
from perfweek.progress import figures, sentences
from perfweek.progress.compare import compare
from perfweek.progress.control import Control
from perfweek.progress.environment import differences, refusal
from perfweek.progress.measure import Sides
from perfweek.progress.runs import Run
from perfweek.progress.scoring import score_sentence, score_table, scored
from perfweek.progress.tables import prediction_table, verdict_table
from perfweek.stats import Estimate

Side = Callable[..., list[Run]]
RUN: dict[str, Any] = {
    "k6": {"version": "1.1.0", "path": "/usr/bin/k6"},
    "scripts": {"baseline.js": "0123456789abcdef", "sample.js": "00ff00ff00ff"},
    "asked": {"REQUESTS": "[]", "SESSION": ""},
    "profile": "smoke",
    "rate": 50.0,
    "stages": [{"scenario": "baseline", "kind": "plateau", "start_s": 3.0, "end_s": 23.0, "low": 50.0, "high": 50.0}],
    "service": {"command": "serve", "pid": 1, "url": "http://x"},
}


def test_runs_that_asked_the_same_of_the_service_are_comparable_though_the_service_and_k6_changed() -> None:
    after = {**RUN, "k6": {"version": "1.2.0"}, "service": {"command": "serve --improved"}}
    table = differences(RUN, after).set_index("property")
    assert refusal(table.reset_index()) == ""
    assert table.loc["k6", ["monday", "friday", "same"]].tolist() == ["1.1.0", "1.2.0", False]


def test_another_machine_and_lost_rows_are_shown_beside_each_other() -> None:
    before, after = {**RUN, "host": "Linux x86_64", "cores": 2, "rows_lost": 0}, {**RUN, "host": "Linux x86_64", "cores": 8, "rows_lost": 1200}
    table = differences(before, after).set_index("property")
    assert table.loc["machine", ["monday", "friday"]].tolist() == ["Linux x86_64, 2 cores", "Linux x86_64, 8 cores"]
    assert table.loc["rows of results lost", "friday"] == "1,200"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"profile": "week1"}, "profile smoke, then week1"),
        ({"rate": 100.0}, "arrivals a second 50, then 100"),
        (
            {"scripts": {"baseline.js": "0123456789abcdef", "sample.js": "ff00ff00ff00"}},
            "sample.js 00ff00ff, then baseline.js 01234567, sample.js ff00",
        ),
        (
            {"asked": {"REQUESTS": '[{"method": "GET", "path": "/a", "weight": 2.0}]', "SESSION": ""}},
            "requests the script's own, then GET /a 2",
        ),
        ({"asked": {"REQUESTS": "[]", "SESSION": "sample"}}, "requests the script's own, then the sessions of the sample"),
        ({"stages": []}, "stages 3 to 23 s plateau, then unknown"),
    ],
)
def test_runs_with_another_load_are_refused_and_the_reason_is_named(change: dict[str, object], named: str) -> None:
    reason = refusal(differences(RUN, {**RUN, **change}))
    assert named in reason
    assert "cannot be compared" in reason


def test_runs_known_only_by_their_results_are_shown_as_unknown_and_not_refused() -> None:
    table = differences({"results": ["a.csv"]}, {"results": ["b.csv"]})
    assert set(table["monday"]) == {"unknown"}
    assert refusal(table) == ""


def prediction(expected: float, low: float, high: float, metric: str = "cache.hit_ratio", **labels: str) -> Prediction:
    return Prediction(f"p{expected}", "a larger cache", metric, labels, 0.1, low, expected, high, "")


def test_a_prediction_is_scored_by_the_fact_of_its_metric_and_labels() -> None:
    facts = [
        Fact("cache.hit_ratio", Estimate(0.5, 0.4, 0.6, 10, ""), "evidence/x/y", {"tier": "l2"}),
        Fact("cache.hit_ratio", Estimate(0.9, 0.8, 1.0, 10, ""), "evidence/x/y", {"tier": "l1"}),
    ]
    found = scored([prediction(0.5, 0.4, 0.6, tier="l2"), prediction(0.5, 0.4, 0.6, tier="l1"), prediction(0.5, 0.4, 0.6, tier="l3")], facts)
    assert [(one.measured, one.verdict) for one in found[:2]] == [(0.5, "inside"), (0.9, "above")]
    assert found[2].verdict == "no data"
    assert score_table(found)["verdict"].tolist() == ["inside", "above", "no data"]


def test_the_sentence_of_the_scores_counts_them_and_names_the_worst_miss() -> None:
    facts = [Fact("cache.hit_ratio", Estimate(0.9, 0.8, 1.0, 10, ""), "evidence/x/y", {"tier": "l1"})]
    found = scored([prediction(0.9, 0.8, 1.0, tier="l1"), prediction(0.5, 0.4, 0.6, tier="l1"), prediction(0.2, 0.15, 0.25, tier="l1")], facts)
    sentence = score_sentence(found)
    assert sentence.startswith("1 of 3 predictions came true")
    assert "2 did not; the worst is share of requests that hit the cache of l1: 0.9 measured, 0.15 to 0.25 expected" in sentence
    assert score_sentence([]).startswith("No data")


def together(*sides: list[Run]) -> list[Run]:
    """Runs with the endpoints of several."""
    return [Run("both", pd.concat([run.requests for run in runs])) for runs in zip(*sides, strict=True)]


def test_the_verdict_names_regressions_first_with_their_ratios(side: Side) -> None:
    before = together(side(1), side(2, endpoint="GET /b"))
    after = together(side(3, factor=0.5), side(4, factor=2, endpoint="GET /b"))
    sentence = sentences.verdict_sentence(compare(before, after, 0.05))
    assert sentence.startswith("Regressed: GET /b (p95 ")
    assert "improved: GET /a (p95 0." in sentence
    headline = sentences.headline(compare(before, after, 0.05))
    assert headline.startswith("1 of 2 endpoints improved, 1 regressed; the 95th percentile of GET /")


def test_the_largest_change_and_what_could_have_been_seen_are_told(side: Side) -> None:
    comparisons = compare(side(1), side(3, factor=0.5), 0.05)
    assert "GET /a fell from 1" in sentences.change_sentence(comparisons)
    assert "or more would have been called improved with a probability of 80 %" in sentences.detectable_sentence(comparisons)


def test_one_run_a_side_is_said_to_say_nothing_of_the_spread_between_runs(side: Side) -> None:
    one = compare(side(1, 1), side(2, 1), 0.05)
    assert "not how two runs of the same version differ" in sentences.method_note(one, 0.05)
    assert "several runs a side" in sentences.detectable_sentence(one)
    assert sentences.next_sentence(one, 200).startswith("Next: repeat both runs")
    assert "not how two runs" in sentences.sides_sentence(Sides(tuple(side(1, 1)), tuple(side(2, 1))))


def test_the_note_and_the_sentence_say_how_many_runs_there_were_and_in_which_order(side: Side) -> None:
    note = sentences.method_note(compare(side(1), side(2), 0.05), 0.05)
    assert "n = 3,200 requests" in note
    assert "4 and 4 runs" in note
    assert "correction for 5 comparisons" in note
    assert "A B B A" in sentences.sides_sentence(Sides(tuple(side(1)), tuple(side(2)), in_turn=True))
    assert "mixed in time" in sentences.sides_sentence(Sides(tuple(side(1)), tuple(side(2))))


def test_how_far_the_sides_lie_apart_is_taken_from_their_requests(side: Side) -> None:
    def later(seconds: float) -> tuple[Run, ...]:
        return tuple(replace(run, requests=run.requests.assign(time=run.requests["time"] + seconds)) for run in side(2))

    now = tuple(side(1))
    assert "the earlier ones 3 days before the others" in sentences.sides_sentence(Sides(now, later(3 * 86400)))
    assert "the earlier ones 10 minutes before the others" in sentences.sides_sentence(Sides(now, later(600)))
    assert "those called after 2 hours before the others" in sentences.sides_sentence(Sides(later(7200), now))


def test_the_false_alarms_of_the_control_are_counted_beside_the_verdicts() -> None:
    assert "2 false alarms in 100 comparisons (2.0 %" in sentences.control_sentence(Control(2, 100, 6))
    assert sentences.control_sentence(Control(0, 0, 0)).startswith("No control")


def test_what_is_next_depends_on_the_verdicts_and_the_budget(side: Side) -> None:
    assert "regressed, before the change is rolled out" in sentences.next_sentence(compare(side(1), side(2, factor=2), 0.05), 200)
    improved = compare(side(1, factor=4), side(2), 0.05)
    assert "GET /a (1" in sentences.next_sentence(improved, 100)
    assert "misses the budget of 100 ms" in sentences.next_sentence(improved, 100)
    assert sentences.next_sentence(improved, 500).startswith("Next: keep the change")


def test_a_refusal_is_the_verdict_and_no_data_says_so(side: Side) -> None:
    comparisons = compare(side(1), side(2, factor=0.5), 0.05, refused=True)
    assert sentences.verdict_sentence(comparisons, "The runs cannot be compared.") == "The runs cannot be compared."
    assert sentences.next_sentence(comparisons, 200, "no").startswith("Measure again")
    for sentence in (sentences.verdict_sentence([]), sentences.change_sentence([]), sentences.next_sentence([], 200)):
        assert sentence.startswith("No data")


def test_the_figure_of_ratios_has_a_row_for_each_and_writes_the_verdict_beside_it(side: Side) -> None:
    axes = figures.ratio_figure(compare(side(1), side(3, factor=0.5), 0.05)).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["GET /a p50", "GET /a p95", "GET /a p99", "GET /a throughput"]
    assert [text.get_text() for text in axes.texts][:3] == ["improved"] * 3


def test_figures_without_data_say_so() -> None:
    for figure in (figures.ratio_figure([]), figures.shift_figure({})):
        assert [text.get_text() for text in figure.axes[0].texts] == ["no data"]


def test_a_table_shows_its_verdicts_before_its_numbers(side) -> None:
    shown = verdict_table(compare(side(1), side(2, factor=0.5), 0.05))
    assert list(shown.columns)[:4] == ["endpoint", "quantity", "verdict", "unit"]
    assert shown["verdict"].iloc[0] in {"improved", "cannot tell"}
    assert list(prediction_table([]).columns)[:4] == ["change", "what", "verdict", "before"]
