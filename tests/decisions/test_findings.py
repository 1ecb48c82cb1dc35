"""What Tuesday says, draws and leaves behind."""

import json
import math
import re

import pytest
from decision_worlds import WORLDS
from decision_worlds import judged as judged_world

from perfweek import evidence, facts
from perfweek.decisions.criteria import Criterion, Observation
from perfweek.decisions.figures import FARTHEST, criteria_figure, distance
from perfweek.decisions.findings import facts_of, key_figures, source_of
from perfweek.decisions.judge import CRITERIA, decided, decision_of, judge
from perfweek.decisions.log import write_evidence
from perfweek.decisions.records import read_records
from perfweek.decisions.sentences import confidence_sentence, decision_sentence, evidence_sentence, figure_alt, next_sentence, verdict_sentences
from perfweek.decisions.tables import criteria_table, records_table
from perfweek.project import project_folder
from perfweek.stats import Estimate
from perfweek.week import Week


@pytest.fixture
def nothing(judged, evidence_of):
    """The five records with neither requests nor history."""
    return judge([decision.record for decision in judged], evidence_of())


@pytest.fixture
def week(tmp_path):
    opened = Week.open("2026-W48", tmp_path / "weeks")
    evidence.collect(
        opened, "load-monday", {}, lambda folder: [(folder / f"{name}.ndjson").write_text("{}") for name in ("access_log", "query_history")]
    )
    return opened


def known(decision, name):
    return next(one for one in decision.criteria if one.rule.id == name)


def test_a_refused_decision_says_which_part_by_which_figure_and_what_is_cheaper(judged):
    kafka = decision_of(judged, "ADR-001")
    said = decision_sentence(kafka)
    assert said.startswith(
        "ADR-001 Event-driven architecture with Kafka: opposes (asynchronous: inconclusive; log broker: opposes). The busiest second saw "
    )
    value, low, high = re.search(r"saw (\d+) writes, a repeat of the load would see (\d+) to (\d+); a log broker", said).groups()
    peak = known(kafka, "peak-write-rate").estimate
    assert (float(value), float(low), float(high)) == (peak.value, peak.low, peak.high)
    assert next_sentence(kafka).startswith("Cheaper: write the event into an outbox table")


def test_an_inconclusive_decision_says_what_is_still_to_be_found_out(judged):
    cqrs = decision_of(judged, "ADR-002")
    assert cqrs.verdict == "inconclusive"
    assert next_sentence(cqrs) == "Before evidence can support it, find out: read time in statements that the write model serves badly."
    assert confidence_sentence(cqrs).endswith("cannot be told: 1 necessary criterion has no data.")


def test_a_decision_without_data_says_why(nothing):
    assert decision_sentence(nothing[1]).startswith("ADR-002 CQRS for read/write separation: no data (")
    assert "No log in this test." in decision_sentence(nothing[1])


def test_the_day_is_summed_up_in_three_sentences_at_most(judged, nothing):
    first, refused, undecided = verdict_sentences(judged)
    assert first == "Of 5 decisions the evidence opposes 2, is inconclusive on 1 and has nothing on 2."
    assert refused.startswith("Refused, with what is cheaper: Event-driven architecture with Kafka (write the event into an outbox table")
    assert undecided.startswith("Undecided, with what to find out: CQRS for read/write separation (read time in statements")
    assert verdict_sentences(nothing)[0] == "Of 5 decisions the evidence has nothing on 5."
    assert len(verdict_sentences(nothing)) == 2


def test_damaged_lines_and_a_generated_load_are_said(evidence_of, traffic, judged):
    given = evidence_of(traffic(seconds=10))
    assert "damaged" not in evidence_sentence(given)
    damaged = type(given)(
        type(given.requests)(given.requests.dataset, given.requests.frame, kept=0.98, generated=False), given.history, given.statements
    )
    assert "2 % of the log's lines are damaged and left out." in evidence_sentence(damaged)
    assert "assumptions" in evidence_sentence(given)
    assert "assumptions" not in evidence_sentence(damaged)


def test_the_tables_hold_every_record_and_every_criterion(judged):
    assert records_table(judged)["evidence"].tolist() == [decision.verdict for decision in judged]
    rows = criteria_table(judged[0]).to_dict("records")
    assert len(rows) == len(judged[0].criteria)
    assert next(row for row in rows if row["criterion"] == "writes in the busiest second") == {
        "criterion": "writes in the busiest second",
        "value (95 % interval)": "4 (3 to 6)",
        "verdict": "opposes",
        "threshold": "≥\N{NO-BREAK SPACE}3,000 supports, <\N{NO-BREAK SPACE}1,000 opposes",
        "threshold from": "practitioners' reports",
        "role": "veto",
        "input": "assumed",
        "n": 119,
        "covers, %": 100,
        "why no data": "",
    }
    assert "no history in this test" in set(criteria_table(judged[3])["why no data"])


def test_facts_carry_every_value_and_name_its_record_and_criterion(judged, week):
    facts.record(week, "tuesday", facts_of(judged))
    recorded = facts.read(week, "tuesday")
    assert set(recorded["metric"]) == {"decision.criterion"}
    by_label = {(labels["record"], labels["criterion"]): value for labels, value in zip(recorded["labels"], recorded["value"], strict=True)}
    assert len(by_label) == sum(one.verdict != "no data" for decision in judged for one in decision.criteria)
    assert by_label["ADR-003", "percentile-rule"] == known(decision_of(judged, "ADR-003"), "percentile-rule").estimate.value


def test_the_evidence_of_the_week_holds_every_criterion_with_its_schema(judged, week):
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    path = write_evidence(week, judged, {})
    assert path == week.artifacts / "tuesday" / "evidence.json"
    rows = json.loads(path.read_text(), parse_constant=refuse)["criteria"]
    wanted = "id quantity unit formula dataset coverage estimator value low high n threshold threshold_grade role input_grade verdict reason"
    assert all(set(wanted.split()) <= set(row) for row in rows)
    assert [(row["record"], row["id"]) for row in rows] == [(one.rule.record, one.rule.id) for decision in judged for one in decision.criteria]
    turborepo = next(row for row in rows if row["record"] == "ADR-004")
    assert (turborepo["value"], turborepo["dataset"], turborepo["verdict"]) == (None, None, "no data")


def test_without_data_nothing_is_recorded_and_the_rest_is_complete(nothing, week):
    assert facts_of(nothing) == []
    assert key_figures(nothing, lambda *figure: figure) == []
    assert source_of(nothing) == "evidence/load-monday/run.json"
    assert len(json.loads(write_evidence(week, nothing, {}).read_text())["criteria"]) == len(CRITERIA)
    assert figure_alt(nothing).endswith(f"{len(CRITERIA)} have no data.")
    assert criteria_figure(nothing).axes


def test_key_figures_show_shares_in_percent():
    decision = decided(next(iter(read_records(project_folder("runbooks") / "adr"))), [])
    world = judged_world(decision.record, WORLDS["ADR-001"]("opposes", 1))
    (figure,) = key_figures([world], lambda *figure: figure)
    assert figure[0] == "ADR-001: response time of slow writes that could be deferred"
    assert figure[1].value == 100 * known(world, "deferrable-share").estimate.value
    assert figure[2] == "%"


@pytest.mark.parametrize(
    ("record", "name", "value", "times"),
    [
        ("ADR-001", "peak-write-rate", 3000, 1),
        ("ADR-001", "peak-write-rate", 30, 0.01),
        ("ADR-001", "peak-write-rate", 0, 1 / FARTHEST),
        ("ADR-002", "reads-by-count", 10 / 11, 1),
        ("ADR-002", "reads-by-count", 100 / 101, 10),
        ("ADR-002", "reads-by-count", 1, FARTHEST),
        ("ADR-005", "repeats-per-item", 1.6, 0.5),
        ("ADR-005", "repeats-per-item", -0.1, FARTHEST),
    ],
)
def test_distances_are_multiples_of_the_threshold_with_support_to_the_right(judged, record, name, value, times):
    assert distance(known(decision_of(judged, record), name), value) == pytest.approx(times)


def test_the_figure_has_a_row_and_a_label_for_every_criterion_with_data(judged):
    axes = criteria_figure(judged).axes[0]
    assert len(axes.get_yticklabels()) == sum(one.verdict != "no data" for decision in judged for one in decision.criteria)
    assert "4 (3 to 6)\nopposes" in [text.get_text() for text in axes.texts]


def test_a_missing_bound_reaches_the_evidence_as_null(judged, week):
    decision = judged[0]
    observation = Observation(Estimate(1, math.nan, math.nan, 3, "few"), 1, "measured", "")
    criterion = Criterion(decision.criteria[0].rule, None, observation, "no data", "few")
    path = write_evidence(week, [decided(decision.record, [criterion])], {})
    assert json.loads(path.read_text())["criteria"][0]["low"] is None
