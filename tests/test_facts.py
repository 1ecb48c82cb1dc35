from datetime import datetime

import pytest

from perfweek import evidence, facts, predictions
from perfweek.errors import EvidenceError, ParameterError
from perfweek.facts import Fact
from perfweek.metrics import METRICS
from perfweek.predictions import Prediction, score
from perfweek.stats import Estimate
from perfweek.week import Week

P95 = Estimate(212.0, 205.0, 219.0, 1000, "moving-block bootstrap")


@pytest.fixture
def week(tmp_path):
    week = Week.open("2026-W48", tmp_path)
    evidence.collect(week, "load-monday", {}, lambda folder: (folder / "k6.csv").write_text("x"))
    return week


def test_a_fact_comes_back_with_its_unit_its_source_and_the_time_of_its_measurement(week):
    facts.record(week, "monday", [Fact("http.latency.p95", P95, "evidence/load-monday/k6.csv", {"endpoint": "GET /assets"})])
    (row,) = facts.read(week, "monday").to_dict("records")
    assert (row["value"], row["low"], row["high"], row["n"], row["unit"]) == (212.0, 205.0, 219.0, 1000, "ms")
    assert row["labels"] == {"endpoint": "GET /assets"}
    assert row["at"] == datetime.fromisoformat(evidence.read(week, "load-monday").finished)


@pytest.mark.parametrize(
    "source", ["", "evidence/load-monday/other.csv", "facts/monday.parquet", "/etc/passwd", "evidence/load-monday/measurement.json"]
)
def test_a_fact_without_its_evidence_file_is_refused(week, source):
    with pytest.raises(EvidenceError):
        facts.record(week, "monday", [Fact("http.latency.p95", P95, source)])
    assert not (week.facts / "monday.parquet").exists()


def test_a_metric_outside_the_catalogue_is_refused(week):
    with pytest.raises(ParameterError, match="catalogue"):
        facts.record(week, "monday", [Fact("http.latency.p96", P95, "evidence/load-monday/k6.csv")])


def test_names_in_the_catalogue_are_unique():
    assert len({metric.name for metric in METRICS}) == len(METRICS)


def test_a_day_without_facts_reads_as_an_empty_table_with_all_columns(week):
    assert list(facts.read(week, "monday").columns) == facts.SCHEMA.names


def test_damaged_facts_are_an_error_that_names_the_day_to_run(week):
    (week.facts / "monday.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(EvidenceError, match="perfweek run monday"):
        facts.read(week, "monday")


HALVED = Prediction(
    "w1", "cluster by day", "warehouse.query.partitions_scanned_share", {"endpoint": "GET /assets"}, 1.0, 0.1, 0.2, 0.3, "artifacts/a.sql"
)


def test_predictions_come_back_day_by_day(week):
    predictions.record(week, "wednesday", [HALVED])
    assert predictions.read(week, ["monday", "wednesday"]) == [HALVED]


@pytest.mark.parametrize(("measured", "verdict"), [(0.05, "below"), (0.1, "inside"), (0.3, "inside"), (0.31, "above"), (float("nan"), "no data")])
def test_a_prediction_is_scored_by_its_range_ends_included(measured, verdict):
    assert score(HALVED, measured).verdict == verdict
