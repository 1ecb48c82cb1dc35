"""From week to week: suggestions that chance does not turn, trends towards a threshold, and what a verdict hangs on."""

import itertools
import math

import numpy as np
import pytest
from decision_worlds import WORLDS, judged
from hypothesis import given
from hypothesis import strategies as st

from perfweek.decisions.alternatives import alternatives
from perfweek.decisions.criteria import Threshold, verdict
from perfweek.decisions.outlook import sensitivity_sentence, tripwire_sentence, unknown_sentence, unknown_table
from perfweek.decisions.records import read_records
from perfweek.decisions.sensitivity import FACTORS, scaled, sensitivities
from perfweek.decisions.suggestion import standing_after, suggest
from perfweek.decisions.tripwire import crossing, tripwires, weeks_between
from perfweek.decisions.unknowns import candidates_of, unknowns
from perfweek.project import project_folder
from perfweek.stats import Estimate

RECORDS = {record.id: record for record in read_records(project_folder("runbooks") / "adr")}
THRESHOLD = Threshold("at least", 100, 100, "J", "")


def year_of_verdicts(random, centre, variation):
    """52 weeks of a metric around `centre` whose weekly interval is as wide as it varies."""
    values = random.normal(centre, variation * centre, 52)
    return [verdict(THRESHOLD, Estimate(value, value - 1.96 * variation * centre, value + 1.96 * variation * centre, 100, "")) for value in values]


def flips(verdicts):
    standing = [standing_after(verdicts[: week + 1]) for week in range(len(verdicts))]
    said = [one for one in standing if one]
    return sum(first != second for first, second in itertools.pairwise(said))


@pytest.mark.parametrize("centre", [95, 100, 105])
@pytest.mark.parametrize("variation", [0.1, 0.2])
def test_a_year_of_weeks_near_a_threshold_turns_the_suggestion_less_than_once(centre, variation):
    random = np.random.default_rng(7)
    assert np.mean([flips(year_of_verdicts(random, centre, variation)) for _ in range(40)]) < 0.1


def test_a_metric_that_is_clearly_past_its_threshold_is_decided_in_the_second_week():
    verdicts = year_of_verdicts(np.random.default_rng(7), 160, 0.1)
    assert standing_after(verdicts[:1]) == ""
    assert standing_after(verdicts[:4]) == "supports"


@given(st.lists(st.sampled_from(["supports", "opposes", "inconclusive", "no data"]), max_size=60))
def test_the_standing_verdict_was_said_in_two_weeks_running(verdicts):
    standing = standing_after(verdicts)
    pairs = list(itertools.pairwise(verdicts))
    assert (standing == "") == (("supports", "supports") not in pairs and ("opposes", "opposes") not in pairs)
    assert standing == "" or (standing, standing) in pairs


@pytest.mark.parametrize(
    ("status", "verdicts", "words"),
    [
        ("proposed", ["opposes"], "leave it proposed: the evidence opposes for the first week, and one week may be chance"),
        ("proposed", ["opposes", "opposes"], "reject it"),
        ("proposed", ["supports", "supports", "inconclusive"], "accept it"),
        ("accepted", ["opposes", "opposes"], "look at it again: write a record that supersedes it"),
        ("accepted", ["supports", "supports"], "leave it accepted"),
        ("superseded by ADR-0002", [], "leave it superseded"),
    ],
)
def test_a_status_is_suggested_and_never_set(status, verdicts, words):
    assert suggest(status, verdicts).words == words


def test_a_line_meets_its_threshold_when_arithmetic_says_so():
    """40, 50, 60, 70 a week: 100 is three weeks after the last."""
    middle, low, high = crossing([(-3, 40), (-2, 50), (-1, 60), (0, 70)], 100)
    assert middle == pytest.approx(3) and low == pytest.approx(3) and high == pytest.approx(3)
    middle, low, high = crossing([(-4, 42), (-3, 39), (-2, 52), (-1, 61), (0, 69)], 100)
    assert low < middle < high


def test_a_line_that_goes_away_never_meets_it_and_three_weeks_tell_nothing():
    assert crossing([(-3, 70), (-2, 60), (-1, 50), (0, 40)], 100) == (math.inf, math.inf, math.inf)
    assert all(map(math.isnan, crossing([(-2, 1), (-1, 2), (0, 3)], 100)))


def test_weeks_are_counted_across_the_end_of_a_year():
    assert weeks_between("2026-W52", "2027-W01") == 2  # 2026 has 53 weeks


def test_earlier_weeks_of_the_same_criterion_make_the_forecast():
    decision = judged(RECORDS["ADR-004"], WORLDS["ADR-004"]("opposes", 1))
    one = next(criterion for criterion in decision.criteria if criterion.rule.id == "affected-median")
    rows = [
        {"week": f"2026-W{week}", "criteria": [{"record": "ADR-004", "id": "affected-median", "value": 1.0, "verdict": "opposes"}]}
        for week in (44, 45, 46, 47)
    ]
    (wire,) = tripwires([one], rows, "2026-W48")
    assert (wire.n, wire.weeks) == (5, math.inf)
    assert "two years" in tripwire_sentence([wire])


def test_scaling_keeps_a_share_a_share_and_moves_both_ends():
    share = Threshold("at most", 0.3, 0.7, "J", "")
    assert [scaled(share, factor, True).supports < 1 for factor in FACTORS] == [True] * len(FACTORS)
    assert scaled(share, 1.0, True).opposes == pytest.approx(0.7)
    assert scaled(THRESHOLD, 2.0, False).supports == 200


def test_a_verdict_far_from_its_thresholds_is_robust_and_one_near_is_not():
    clear = judged(RECORDS["ADR-005"], WORLDS["ADR-005"]("opposes", 1))
    repeats = next(one for one in sensitivities(clear) if one.criterion.rule.id == "repeats-per-item")
    assert repeats.own[0] == repeats.own[4] == "opposes" and repeats.own[-1] == "supports"
    near = judged(RECORDS["ADR-002"], WORLDS["ADR-002"]("supports", 1))
    assert "read time in statements that the write model serves badly" in sensitivity_sentence(sensitivities(near))


def test_the_unknown_that_decides_comes_first_and_says_how_to_measure_it():
    evidence = WORLDS["ADR-004"]("supports", 1)
    without = type(evidence)(**{**vars(evidence), "known": evidence.known.model_copy(update={"migration_days": -1})})
    decision = judged(RECORDS["ADR-004"], without)
    assert decision.verdict == "inconclusive"
    found = unknowns([decision])
    assert found[0].criterion.rule.id == "payback"
    assert (found[0].if_supports, found[0].if_opposes) == ("supports", "opposes")
    assert unknown_sentence(found).startswith("Measure next: weeks until the move is repaid (ADR-004).")
    assert "migration_days" in unknown_table(found)["measure"][0]
    (first, *_) = candidates_of(found, 5)
    assert (first.of, first.high, first.effort) == ("knowledge", 0.2, "measurement")


def test_the_cheapest_option_is_scored_on_the_same_data():
    (one,) = alternatives([judged(RECORDS["ADR-001"], WORLDS["ADR-001"]("supports", 1))])
    assert one.score.startswith("a queue table would run at 0.")
    (none,) = alternatives([judged(RECORDS["ADR-002"], WORLDS["ADR-002"]("starved", 1))])
    assert none.score == "no data; record or export the query history of the load with its texts"
