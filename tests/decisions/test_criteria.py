"""Verdicts: of a criterion by its interval alone, of a decision without adding anything up."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion, verdict
from perfweek.decisions.judge import CRITERIA, OPEN, combined, decision_of, judge
from perfweek.decisions.material import Missing
from perfweek.errors import RecordError
from perfweek.stats import Estimate

AT_LEAST = Threshold("at least", supports=3000, opposes=1000, grade="P", meaning="")
AT_MOST = Threshold("at most", supports=0.3, opposes=0.7, grade="J", meaning="")


def estimate(low, high, n=100):
    return Estimate((low + high) / 2, low, high, n, "test")


def rule(role="necessary", threshold=AT_LEAST):
    return Rule("ADR-001", "x", "quantity", "1/s", "formula", threshold, role, "instead", fewest=30)


def found(verdict, role="necessary"):
    return Criterion(rule(role), None, None, verdict)


@pytest.mark.parametrize(
    ("threshold", "low", "high", "expected"),
    [
        (AT_LEAST, 5, 9, "opposes"),
        (AT_LEAST, 900, 999, "opposes"),
        (AT_LEAST, 900, 1000, "inconclusive"),
        (AT_LEAST, 1500, 2500, "inconclusive"),
        (AT_LEAST, 2999, 4000, "inconclusive"),
        (AT_LEAST, 3000, 4000, "supports"),
        (AT_LEAST, 0, 9000, "inconclusive"),
        (AT_MOST, 0.1, 0.3, "supports"),
        (AT_MOST, 0.1, 0.31, "inconclusive"),
        (AT_MOST, 0.7, 0.9, "inconclusive"),
        (AT_MOST, 0.71, 0.9, "opposes"),
    ],
)
def test_only_an_interval_wholly_past_the_threshold_decides(threshold, low, high, expected):
    assert verdict(threshold, estimate(low, high)) == expected


@given(value=st.floats(0, 6000), half=st.floats(0, 6000), wider=st.floats(0, 6000))
def test_a_wider_interval_never_turns_one_verdict_into_the_other(value, half, wider):
    narrow, wide = verdict(AT_LEAST, estimate(value - half, value + half)), verdict(AT_LEAST, estimate(value - half - wider, value + half + wider))
    assert wide in (narrow, "inconclusive")


def test_a_threshold_that_contradicts_itself_is_refused():
    with pytest.raises(ValueError, match="contradicts"):
        Threshold("at least", supports=1, opposes=2, grade="P", meaning="")
    with pytest.raises(ValueError, match="contradicts"):
        Threshold("at most", supports=1, opposes=1, grade="X", meaning="")


@pytest.mark.parametrize(
    ("observed", "reason"),
    [
        (Observation(estimate(5000, 6000, n=29), 1, "measured", ""), "29 observations, at least 30 are needed"),
        (Observation(estimate(5000, 6000), 0.49, "measured", ""), "the data cover 49 % of what is asked, at least 50 % are needed"),
        (Observation(estimate(5000, math.nan), 1, "measured", ""), "too few observations for an interval"),
        (Missing("nothing of the kind"), "nothing of the kind"),
    ],
)
def test_too_little_data_never_counts_as_support(traffic, evidence_of, observed, reason):
    found = criterion(rule(), evidence_of(traffic(seconds=2)).requests, lambda requests: observed)
    assert (found.verdict, found.reason) == ("no data", reason)
    assert found.dataset


def test_enough_data_is_judged(traffic, evidence_of):
    found = criterion(rule(), evidence_of(traffic(seconds=2)).requests, lambda requests: Observation(estimate(5000, 6000, n=30), 0.5, "measured", ""))
    assert (found.verdict, found.reason) == ("supports", "")


def test_missing_material_is_no_data_with_its_reason(evidence_of):
    found = criterion(rule(), evidence_of(Missing("no access log")).requests, lambda requests: pytest.fail("nothing to observe"))
    assert (found.verdict, found.reason, found.dataset) == ("no data", "no access log", None)


@pytest.mark.parametrize(
    ("criteria", "still_open", "expected"),
    [
        ([found("supports"), found("supports")], (), "supports"),
        ([found("supports"), found("supports")], ("who pays",), "inconclusive"),
        ([found("supports"), found("no data")], (), "inconclusive"),
        ([found("supports"), found("inconclusive")], (), "inconclusive"),
        ([found("supports"), found("opposes")], (), "opposes"),
        ([found("supports"), found("opposes", "veto")], (), "opposes"),
        ([found("supports"), found("opposes", "supporting")], (), "supports"),
        ([found("supports"), found("no data", "veto")], (), "inconclusive"),
        ([found("supports", "supporting")], (), "inconclusive"),
        ([found("opposes", "supporting")], (), "inconclusive"),
        ([found("no data"), found("no data", "veto")], (), "no data"),
        ([], (), "no data"),
    ],
)
def test_one_criterion_can_refuse_a_decision_and_all_must_support_it(criteria, still_open, expected):
    assert combined(criteria, still_open) == expected


def test_every_record_has_criteria_and_every_criterion_a_source_for_its_threshold(judged):
    assert [decision.record.id for decision in judged] == list(OPEN)
    assert all(decision.criteria for decision in judged)
    computed = [criterion.rule for decision in judged for criterion in decision.criteria]
    assert len(computed) == len(CRITERIA) == len({(rule.record, rule.id) for rule in computed})
    assert all(rule.formula and rule.instead and rule.threshold.meaning for rule in computed)


def test_a_record_that_nothing_measures_has_no_data(judged, evidence_of):
    record = judged[0].record
    other = type(record)(**{**vars(record), "number": 6})
    (decision,) = judge([other], evidence_of())
    assert (decision.criteria, decision.verdict) == ((), "no data")


def test_asking_for_a_record_that_is_not_there_says_so(judged):
    with pytest.raises(RecordError, match="no record ADR-009"):
        decision_of(judged, "ADR-009")
