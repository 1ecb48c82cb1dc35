"""Verdicts: of a criterion by its interval alone, of a decision without adding anything up."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion, verdict
from perfweek.decisions.judge import CRITERIA, SUBJECTS, combined, decision_of, judge, sum_of, with_limits
from perfweek.decisions.material import Missing
from perfweek.errors import RecordError, TargetError
from perfweek.stats import Estimate
from perfweek.target_decisions import Limit

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
        (AT_LEAST, 900, 960, "opposes"),  # 930 and 1.31 times 30 is 969
        (AT_LEAST, 900, 990, "inconclusive"),  # 945 and 1.31 times 45 is 1004
        (AT_LEAST, 900, 1000, "inconclusive"),
        (AT_LEAST, 1500, 2500, "inconclusive"),
        (AT_LEAST, 2999, 4000, "inconclusive"),
        (AT_LEAST, 3000, 4000, "inconclusive"),
        (AT_LEAST, 3200, 4000, "supports"),  # 3600 less 1.31 times 400 is 3074
        (AT_LEAST, 3000, 3000, "supports"),  # counted or stated
        (AT_LEAST, 0, 9000, "inconclusive"),
        (AT_MOST, 0.1, 0.26, "supports"),  # 0.18 and 1.31 times 0.08 is 0.285
        (AT_MOST, 0.1, 0.3, "inconclusive"),
        (AT_MOST, 0.7, 0.9, "inconclusive"),
        (AT_MOST, 0.74, 0.9, "opposes"),  # 0.82 less 1.31 times 0.08 is 0.715
    ],
)
def test_only_an_interval_of_99_percent_wholly_past_the_threshold_decides(threshold, low, high, expected):
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
    ("criteria", "expected"),
    [
        ([found("supports"), found("supports")], "supports"),
        ([found("supports"), found("no data")], "inconclusive"),
        ([found("supports"), found("inconclusive")], "inconclusive"),
        ([found("supports"), found("opposes")], "opposes"),
        ([found("supports"), found("opposes", "veto")], "opposes"),
        ([found("supports"), found("opposes", "supporting")], "supports"),
        ([found("supports"), found("no data", "veto")], "inconclusive"),
        ([found("supports", "supporting")], "inconclusive"),
        ([found("opposes", "supporting")], "inconclusive"),
        ([found("no data"), found("no data", "veto"), found("supports", "supporting")], "no data"),
        ([found("no data"), found("no data", "veto")], "no data"),
        ([], "no data"),
    ],
)
def test_one_criterion_can_refuse_a_decision_and_all_must_support_it(criteria, expected):
    assert combined(criteria) == expected


def test_what_stands_in_for_a_criterion_keeps_it_from_refusing():
    peak = Criterion(replace(rule("veto"), id="peak", waived_by=("consumers",)), None, None, "opposes")
    for verdict_, expected in (("supports", "supports"), ("opposes", "opposes"), ("no data", "opposes")):
        consumers = Criterion(replace(rule("supporting"), id="consumers"), None, None, verdict_)
        assert combined([peak, consumers]) == expected


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["supports", "supports"], "supports"),
        (["supports", "no data"], "inconclusive"),
        (["supports", "opposes"], "opposes"),
        (["no data", "no data"], "no data"),
        ([], "no data"),
    ],
)
def test_a_record_is_supported_where_every_part_of_it_is(verdicts, expected):
    assert sum_of(verdicts) == expected


def test_a_targets_own_limit_takes_the_place_of_ours_and_is_named(judged):
    ours = next(one for one in judged[1].criteria if one.rule.id == "reads-by-count")
    (theirs,) = with_limits([ours], [Limit(criterion="ADR-002.reads-by-count", supports=0.999, opposes=0.999)])
    assert (ours.verdict, theirs.verdict, theirs.rule.threshold.grade) == ("supports", "opposes", "J")
    with pytest.raises(TargetError, match="which is no criterion"):
        with_limits([ours], [Limit(criterion="ADR-002.reads", supports=1, opposes=1)])
    with pytest.raises(TargetError, match="contradict themselves"):
        with_limits([ours], [Limit(criterion="ADR-002.reads-by-count", supports=0.5, opposes=0.9)])


def test_every_record_has_criteria_and_every_criterion_a_source_for_its_threshold(judged):
    assert [decision.record.id for decision in judged] == list(SUBJECTS)
    assert all(decision.criteria for decision in judged)
    computed = [criterion.rule for decision in judged for criterion in decision.criteria]
    assert len(computed) == len(CRITERIA) == len({(rule.record, rule.id) for rule in computed})
    assert all(rule.formula and rule.instead and rule.measure and rule.threshold.meaning for rule in computed)
    for name, subject in SUBJECTS.items():
        named = {id_ for part in subject.PARTS for id_ in part.criteria}
        assert named == {rule.id for rule in computed if rule.record == name}


def test_a_record_that_nothing_measures_has_no_data(judged, evidence_of):
    record = judged[0].record
    other = type(record)(**{**vars(record), "number": 6, "title": "One database for all"})
    (decision,) = judge([other], evidence_of())
    assert (decision.criteria, decision.verdict) == ((), "no data")


def test_a_record_of_another_number_is_known_by_its_title(judged, evidence_of, traffic):
    record = judged[0].record
    other = type(record)(**{**vars(record), "number": 17, "title": "No Kafka for us"})
    (decision,) = judge([other], evidence_of(traffic()))
    assert (decision.subject, decision.verdict) == ("ADR-001", "opposes")
    assert {criterion.rule.record for criterion in decision.criteria} == {"ADR-017"}
    assert decision_of([decision], "ADR-001").record.number == 17


def test_asking_for_a_record_that_is_not_there_says_so(judged):
    with pytest.raises(RecordError, match="no record ADR-009"):
        decision_of(judged, "ADR-009")
