"""Wednesday from a recorded history to its facts, predictions and sentences; and every way in which there is nothing to say."""

import json
import shutil

import pandas as pd
import pytest

from perfweek import evidence, facts, predictions
from perfweek.errors import EvidenceError, TargetError, WarehouseError
from perfweek.exhibit import Listing, Picture, Ranking, Sentence
from perfweek.target import load_target
from perfweek.warehouse import figures, findings, sentences, tables
from perfweek.warehouse.connection import connect, examine_warehouse
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.measure import collect_history
from perfweek.warehouse.scripts import write_scripts
from perfweek.warehouse.study import NO_HISTORY, take_study
from perfweek.wednesday import cost, decision, history, load, measuring, plan, pool, scorecard, texts
from perfweek.week import Week

TABLE = "sophia_core.catalogue"
ROWS = 400_000


def project(folder, warehouse):
    (folder / "target.toml").write_text(f"[warehouse]\n{warehouse}\n")
    target = load_target(str(folder / "target.toml"))
    return Week.open("2026-W48", target.weeks), target


def monday(week, history):
    """Monday's run, as far as Wednesday reads it."""
    evidence.collect(week, "load-monday", {}, lambda folder: shutil.copyfile(history, folder / "query_history.ndjson") if history else None)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A database in random order and the history of forty requests on it."""
    folder = tmp_path_factory.mktemp("recorded")
    with EmbeddedWarehouse(folder / "w.duckdb", folder / "h.ndjson") as warehouse:
        warehouse.query("create schema sophia_core")
        warehouse.query(
            f"""create table {TABLE} as select i as asset_id, timestamp '2026-01-01' + i * interval 1 minute as created_at,
            's' || i % 5 as source_system from range({ROWS}) as numbers(i) order by hash(i)"""
        )
        warehouse.query("checkpoint")
        for number in range(40):
            values = {"id": 1 + number * 9973, "start": f"2026-0{1 + number % 9}-01"}
            warehouse.query(f"select * from {TABLE} where asset_id = %(id)s", values, {"route": "GET /assets/{id}", "request_id": f"a{number}"})
            sql = f"select count(*) as n from {TABLE} where created_at >= %(start)s and created_at < dateadd(day, 1, created_at)"
            warehouse.query(sql, values, {"route": "GET /stats/daily", "request_id": f"b{number}"})
    return folder


@pytest.fixture
def sample_week(recorded, tmp_path):
    shutil.copyfile(recorded / "w.duckdb", tmp_path / "w.duckdb")
    week, target = project(tmp_path, 'database = "w.duckdb"')
    monday(week, recorded / "h.ndjson")
    return week, target


@pytest.fixture(scope="module")
def studied(recorded, tmp_path_factory):
    """The week of the recorded history, studied once, with its plan."""
    folder = tmp_path_factory.mktemp("studied")
    shutil.copyfile(recorded / "w.duckdb", folder / "w.duckdb")
    week, target = project(folder, 'database = "w.duckdb"')
    monday(week, recorded / "h.ndjson")
    study = take_study(week, target)
    return week, study, plan.planned(study)


def test_the_day_ends_in_facts_predictions_and_scripts_that_name_their_evidence(studied):
    week, study, steps = studied
    decision.record(week, study, steps)
    written = decision.artifacts(week, study, steps)
    recorded_facts = facts.read(week, "wednesday")
    assert set(recorded_facts["source"]) == {"evidence/load-monday/query_history.ndjson", "evidence/warehouse-history/extent.parquet"}
    assert {labels.get("endpoint") for labels in recorded_facts["labels"]} == {None, "GET /assets/{id}", "GET /stats/daily"}
    predicted = predictions.read(week, ["wednesday"])
    found = {one.labels["endpoint"]: one for one in predicted if "endpoint" in one.labels}
    assert found["GET /assets/{id}"].expected < 0.5 < found["GET /assets/{id}"].before
    assert all((week.root / one.artifact).is_file() for one in predicted)
    names = [path.name for path in written]
    (stem,) = {name.partition(".")[0] for name in names if "cluster-catalogue" in name}
    kinds = ("apply", "verify", "rollback", "apply_embedded", "verify_embedded", "rollback_embedded")
    assert [name for name in names if name.startswith(stem)] == [f"{stem}.{kind}.sql" for kind in kinds]
    assert names[0] == "plan.md"
    assert stem in written[0].read_text()


def test_every_script_says_what_it_saves_costs_and_needs(studied):
    week, _, steps = studied
    write_scripts(week, steps)
    for one in steps:
        text = (week.artifacts / "wednesday" / one.script("apply")).read_text()
        assert text.startswith(f"-- Change: {one.finding.title}")
        for word in ("-- Expected: saves ", "-- Costs: "):
            assert word in text
    nets = [one.finding.net for one in steps if one.finding.unit == "s"]
    assert nets == sorted(nets, reverse=True)


def test_scripts_of_an_earlier_plan_are_removed_and_other_files_stay(studied):
    week, _, steps = studied
    folder = week.artifacts / "wednesday"
    write_scripts(week, steps)
    (folder / "mine.sql").write_text("select 1;")
    write_scripts(week, [])
    assert [path.name for path in folder.glob("*.sql")] == ["mine.sql"]
    assert "No change is worth its cost" in (folder / "plan.md").read_text()


def test_what_is_planned_can_be_proposed_for_next_week(studied):
    _, study, steps = studied
    found = findings.candidates_of(study, steps)
    assert [one.id for one in found] == [one.stem for one in steps]
    assert all(0 <= one.low <= one.likely <= one.high <= 1 for one in found)


def test_every_section_has_sentences_and_tables_of_at_most_fifty_rows(studied):
    _, study, steps = studied
    sections = [history.history(study), scorecard.scorecard(study), history.slow(study), cost.cost(study), load.load(study), plan.plan(study, steps)]
    sections += [measuring.told(study, section, measuring.SAMPLES) for section in (texts.views, texts.rewrites)]
    for section in sections:
        assert any(isinstance(one, Sentence) and one.text for one in section)
        assert all(len(one.table) <= 50 for one in section if isinstance(one, Listing))
        assert all(one.alt and one.note and one.source.startswith("evidence/") for one in section if isinstance(one, Picture))


def test_the_plan_opens_to_evidence_and_to_the_scripts_as_they_are_written(studied):
    week, study, steps = studied
    written = {path.name: path.read_text() for path in write_scripts(week, steps)}
    rankings = [one for one in plan.plan(study, steps) if isinstance(one, Ranking)]
    in_plan, others = rankings
    assert [one.title for one in in_plan.entries] == [one.finding.title for one in steps]
    shown = {script.name: script.text for one in in_plan.entries for script in one.scripts}
    assert shown == {name: text for name, text in written.items() if name.endswith(".sql")}
    clustering = next(dict(one.evidence) for one in in_plan.entries if one.about == "clustering")
    assert "Laid out for real" in clustering["Measured here"][0] and "expected" in clustering["Friday looks for"][0]
    for term in ("Why", "Assumed", "Could not be judged", "Costs", "Former state", "Warning", "Grants needed"):
        assert clustering[term][0], term
    assert {one.title for one in (*in_plan.entries, *others.entries)} == {one.title for one in study.findings}
    assert all(dict(one.evidence)["Not in the plan"][0] for one in others.entries)


def test_the_same_day_again_measures_nothing_anew(sample_week):
    week, target = sample_week
    take_study(week, target)
    before = evidence.fingerprints(week)
    (target.root / "w.duckdb").unlink()  # nothing is asked again
    take_study(week, target)
    assert evidence.fingerprints(week) == before


def test_another_threshold_asks_again_and_keeps_the_first_answer(sample_week):
    week, target = sample_week
    first = take_study(week, target, slow_ms=0)
    second = take_study(week, target, slow_ms=100_000)
    assert len(first.history.slow) == first.history.extent["statements"] == 83
    assert len(second.history.slow) == second.history.extent["slow"] == 0


def test_statements_over_the_threshold_are_listed_and_counted(sample_week):
    study = take_study(*sample_week, slow_ms=0, top=7)
    assert len(tables.slow_table(study)) == 7
    assert f"of {study.history.extent['statements']:,} statements" in sentences.slow_sentence(study)
    assert "slowest first" in sentences.slow_caption(study)


def test_where_none_is_slow_that_is_said_and_the_slowest_are_shown(sample_week):
    study = take_study(*sample_week, slow_ms=100_000)
    assert sentences.slow_sentence(study).startswith("None of the ")
    assert len(tables.slow_table(study)) == 10
    assert "none is over the threshold" in sentences.slow_caption(study)


def test_the_sentences_carry_their_intervals(sample_week):
    study = take_study(*sample_week)
    assert "DuckDB" in sentences.history_sentence(study)
    assert " ms (" in sentences.endpoint_sentence(study)
    assert len(decision.verdict(study, plan.planned(study))) <= 3


def test_every_figure_and_table_is_filled(sample_week):
    study = take_study(*sample_week)
    assert figures.timing_figure(study).axes[0].lines
    for table in (tables.kind_table, tables.slow_table, tables.endpoint_table):
        assert len(table(study)) > 0


def test_a_target_without_a_warehouse_has_no_data_and_says_how_to_get_some(tmp_path):
    week, target = project(tmp_path, "")
    monday(week, None)
    study = take_study(week, target)
    assert findings.facts_of(study) == plan.planned(study) == decision.artifacts(week, study, []) == []
    for sentence in (sentences.history_sentence, sentences.slow_sentence, sentences.endpoint_sentence):
        assert sentence(study) == NO_HISTORY
    assert decision.verdict(study, []) == [NO_HISTORY]
    for section in (
        history.history(study),
        scorecard.scorecard(study),
        history.slow(study),
        cost.cost(study),
        load.load(study),
        plan.plan(study, []),
    ):
        assert section == [Sentence(NO_HISTORY)]
    assert measuring.told(study, pool.pool, measuring.SAMPLES) == [Sentence(NO_HISTORY)]


def test_a_database_without_mondays_history_sends_to_monday(tmp_path):
    week, target = project(tmp_path, 'database = "w.duckdb"')
    with pytest.raises(EvidenceError, match="load-monday"):
        take_study(week, target)
    monday(week, None)
    with pytest.raises(EvidenceError, match="no query history") as caught:
        take_study(week, target)
    assert "perfweek run monday" in caught.value.remedy


def test_an_export_becomes_evidence_and_its_table_cannot_be_sampled(history_rows, tmp_path):
    rows = [row | {"query_text": "select * from s.t where a = 5"} for row in history_rows]
    pd.DataFrame(rows).to_csv(tmp_path / "export.csv", index=False)
    week, target = project(tmp_path, 'history = "export.csv"')
    study = take_study(week, target)
    assert study.source == "evidence/warehouse-history/statements.parquet"
    assert (week.root / study.source).is_file()
    assert "an export (export.csv)" in sentences.history_sentence(study)
    assert study.material.tables == {}
    assert not [one for one in study.findings if one.adviser == "clustering" and one.change]
    facts.record(week, "wednesday", findings.facts_of(study))


def test_a_history_that_restricts_no_column_has_no_order_to_judge(history_rows, tmp_path):
    pd.DataFrame([row | {"query_text": "select 1"} for row in history_rows]).to_csv(tmp_path / "export.csv", index=False)
    study = take_study(*project(tmp_path, 'history = "export.csv"'))
    assert measuring.judged(study) == []
    assert study.proof is None


def test_a_changed_export_is_read_again(history_rows, tmp_path):
    week, target = project(tmp_path, 'history = "export.csv"')
    for count in (5, 9):
        pd.DataFrame(history_rows[:count]).to_csv(tmp_path / "export.csv", index=False)
        about = json.loads(collect_history(week, target).path("about.json").read_text())
        assert len(take_study(week, target).history.statements) == count
    assert about["engine"] == "an export"


def test_a_missing_export_is_named(tmp_path):
    with pytest.raises(EvidenceError, match="no query history") as caught:
        take_study(*project(tmp_path, 'history = "none.csv"'))
    assert "none.csv" in caught.value.where


def test_a_database_that_the_service_still_has_open_is_said(sample_week):
    week, target = sample_week
    with EmbeddedWarehouse(target.root / "w.duckdb"), pytest.raises(WarehouseError, match="in use") as caught:
        take_study(week, target)
    assert "Stop the service" in caught.value.remedy


def test_the_whole_day_on_a_local_snowflake(local_snowflake, both_with_history, tmp_path, monkeypatch):
    """History, sample and clustering key come through the connector, by a named connection, whatever today is."""
    monkeypatch.setenv("SNOWFLAKE_CONNECTIONS", local_snowflake.connections_file.read_text())
    monkeypatch.setattr("perfweek.warehouse.measure.DAYS", 20_000)
    with local_snowflake.connect() as warehouse:
        for statement in ("create database catalog", "create schema catalog.sophia_core"):
            warehouse.query(statement)
        warehouse.query("create table catalog.sophia_core.t as select seq4() as id from table(generator(rowcount => 20000))")
    week, target = project(tmp_path, 'connection = "local"')
    study = take_study(week, target, slow_ms=5)
    assert study.history.about["engine"].startswith("Snowflake")
    assert study.history.extent["statements"] == 17
    assert list(study.material.tables) == ["catalog.sophia_core.t"]
    assert "metering" in study.material.look.native
    assert "Views beside QUERY_HISTORY answered on " in sentences.native_sentence(study)
    first = cost.cost(study)[0].text  # of the hand-made hour half is attributed, and the statements take more
    assert first.startswith("No ranking by credits: attributed ")
    steps = plan.planned(study)
    assert all(path.is_file() for path in decision.artifacts(week, study, steps))


def test_the_check_up_tells_what_is_there(sample_week, tmp_path, history_rows):
    _, target = sample_week
    assert [(state, "w.duckdb" in what) for state, what, _ in examine_warehouse(target)] == [("ok", True)]
    (target.root / "w.duckdb").unlink()
    assert [state for state, _, _ in examine_warehouse(target)] == ["fail"]
    for warehouse, states in (("", ["note"]), ('history = "none.csv"', ["fail"])):
        folder = tmp_path / f"other-{len(warehouse)}"
        folder.mkdir()
        assert [state for state, _, _ in examine_warehouse(project(folder, warehouse)[1])] == states


def test_a_target_without_a_database_cannot_be_connected_to(tmp_path):
    with pytest.raises(TargetError, match="no database file"):
        connect(project(tmp_path, "")[1])


def test_an_export_without_a_warehouse_to_sample_has_key_figures_that_rest_on_files(recorded, tmp_path):
    shutil.copyfile(recorded / "h.ndjson", tmp_path / "export.ndjson")
    week, target = project(tmp_path, 'history = "export.ndjson"')
    study = take_study(week, target)
    steps = plan.planned(study)
    tiles = decision.key_figures(study, steps, lambda label, estimate, unit, source, change: (label, estimate, source))
    assert study.samples == "no sample" and not study.embedded
    assert "for the warehouse" in plan.plan_sentence(study, steps) or not steps
    assert len(tiles) == 2 + bool(steps)
    assert all((week.root / source).is_file() for _, _, source in tiles)


def test_all_statements_over_the_threshold_are_a_hundred_per_cent(sample_week):
    study = take_study(*sample_week, slow_ms=0)
    assert "83 of 83 statements (100 %)" in sentences.slow_sentence(study)
