"""The agenda of the review meeting: what changed between weeks, and what people wrote on the page."""

import json
import math
from pathlib import Path

import pytest

from perfweek import evidence, facts, predictions
from perfweek.decisions.records import read_records
from perfweek.decisions.review.agenda import Agenda, agenda_of
from perfweek.decisions.review.page import BEGIN, PARTS, commitment_rows, kept_commitments, page, write_agenda
from perfweek.decisions.review.scoreboard import Figure, scoreboard
from perfweek.decisions.review.words import change_words, finding_words
from perfweek.exhibit import Listing
from perfweek.facts import Fact
from perfweek.predictions import Prediction
from perfweek.project import project_folder
from perfweek.stats import Estimate
from perfweek.target import Service, Target
from perfweek.tuesday import review
from perfweek.week import Week

P95, RSS = "http.latency.p95", "process.rss.max"


def figure(value: float, half: float = 5) -> Figure:
    return Figure(value, value - half, value + half)


def board(*weeks: dict[str, Figure], budget_ms: float = 1000) -> list[tuple[str, str, int]]:
    rows = scoreboard([{(metric, ()): one for metric, one in week.items()} for week in weeks], budget_ms)
    return [(row.metric, row.standing, row.weeks_over) for row in rows]


def test_a_metric_is_on_the_board_where_the_intervals_of_both_weeks_lie_apart() -> None:
    assert board({P95: figure(100)}, {P95: figure(109)}) == []
    assert board({P95: figure(100)}, {P95: figure(111)}) == [(P95, "worse", 0)]
    assert board({P95: figure(100)}, {P95: figure(89)}) == [(P95, "better", 0)]
    assert board({"http.rate": figure(100)}, {"http.rate": figure(200)}) == [("http.rate", "changed", 0)]
    assert board({"cache.hit_ratio": figure(0.5, 0.01)}, {"cache.hit_ratio": figure(0.9, 0.01)}) == [("cache.hit_ratio", "better", 0)]


def test_a_bound_that_is_not_known_shows_no_change() -> None:
    assert board({P95: Figure(100, math.nan, math.nan)}, {P95: figure(900)}) == []


def test_a_p95_over_its_budget_is_on_the_board_every_week_and_needs_an_owner_from_the_second() -> None:
    over, under, near = figure(300), figure(100), figure(198)
    assert board({P95: over}, budget_ms=200) == [(P95, "over budget", 1)]
    assert board({P95: under}, {P95: over}, {P95: over}, budget_ms=200) == [(P95, "over budget", 2)]
    assert board({P95: over}, {P95: near}, budget_ms=200) == [(P95, "better", 0)]


def test_the_row_has_the_first_week_and_the_mean_of_up_to_four_before_this_one() -> None:
    weeks = [{(RSS, ()): figure(value)} for value in (10.0, 100, 200, 300, 400, 900)]
    (row,) = scoreboard(weeks, 200)
    assert (row.first, row.mean, row.now.value, row.before and row.before.value) == (10, 250, 900, 400)


def week(root: Path, name: str, p95: float, criteria: list[dict] | None = None, findings: list[dict] | None = None) -> Week:
    made = Week.open(name, root / "weeks")
    (made.root / "week.json").write_text("{}")
    evidence.collect(made, "load-monday", {}, lambda folder: (folder / "run.json").write_text("{}") and None)
    facts.record(made, "monday", [Fact(P95, Estimate(p95, p95 - 2, p95 + 2, 99, "known"), "evidence/load-monday/run.json", {"endpoint": "<b>x|y"})])
    folder = made.artifacts / "tuesday"
    folder.mkdir(parents=True)
    if criteria is not None:
        (folder / "evidence.json").write_text(json.dumps({"week": name, "criteria": criteria}))
    if findings is not None:
        (folder / "api.json").write_text(json.dumps({"week": name, "findings": findings}))
    return made


def criterion(verdict: str, record: str) -> dict[str, str]:
    return {"record": record, "id": "event-rate", "quantity": "writes a second", "verdict": verdict, "record_verdict": verdict}


RECORDS = read_records(project_folder("runbooks") / "adr")


@pytest.fixture
def two_weeks(tmp_path: Path) -> tuple[Week, Week]:
    first = week(tmp_path, "2026-W47", 100, [criterion("inconclusive", "ADR-001")], [{"check": "unpaged-list", "route": "GET /a"}])
    second = week(tmp_path, "2026-W48", 150, [criterion("opposes", "ADR-001")], [{"check": "nested-arrays", "route": "GET /a"}])
    return first, second


def test_the_first_week_says_that_it_is_the_first(two_weeks: tuple[Week, Week]) -> None:
    agenda = agenda_of(two_weeks[0], RECORDS, 200)
    assert agenda.before is None and agenda.rows == () and agenda.changes == ()
    text = page(agenda)
    assert text.count("first week") >= 3 and "No p95 is over the budget." in text


def test_the_second_week_compares_metrics_verdicts_and_findings(two_weeks: tuple[Week, Week]) -> None:
    agenda = agenda_of(two_weeks[1], RECORDS, 120)
    assert [(row.standing, row.weeks_over) for row in agenda.rows] == [("over budget", 1)]
    assert [(one.record, one.what, one.before, one.now) for one in agenda.changes] == [
        ("ADR-001", "the decision", "inconclusive", "opposes"),
        ("ADR-001", "writes a second", "inconclusive", "opposes"),
    ]
    assert "new: `nested-arrays` at `GET /a`; gone: `unpaged-list` at `GET /a`" in finding_words(agenda)
    assert "1 p95 is over the budget" in change_words(agenda)
    assert {one.id: one.verdict for one in agenda.wanted}["ADR-001"] == "opposes"


def test_the_page_takes_45_minutes_begins_with_silent_reading_and_shows_names_as_text(two_weeks: tuple[Week, Week]) -> None:
    text = page(agenda_of(two_weeks[1], RECORDS, 120))
    assert sum(minutes for _, minutes in PARTS) == 45
    titles = [line for line in text.splitlines() if line.startswith("## ")]
    assert titles == [f"## {title} ({minutes} min)" for title, minutes in PARTS]
    assert "<b>" not in text and "&#60;b&#62;x&#124;y" in text


def test_what_people_write_on_the_page_stays_and_is_next_weeks_business(two_weeks: tuple[Week, Week]) -> None:
    first, second = two_weeks
    path = write_agenda(first, agenda_of(first, RECORDS, 200))
    assert kept_commitments(first) == ""
    filled = path.read_text().replace("|  |  |  |  |", "| page GET /a | Ada | Friday | bytes a week |", 1)
    path.write_text(filled)
    assert write_agenda(first, agenda_of(first, RECORDS, 200)).read_text() == filled
    agenda = review.prepared(second, Target(service=Service(latency_budget_p95_ms=120)), RECORDS)
    assert commitment_rows(agenda.commitments) == [("page GET /a", "Ada", "Friday", "bytes a week")]
    below = page(agenda)
    assert below.index("Ada") < below.index(BEGIN)


def test_last_weeks_predictions_are_shown_with_their_verdict(two_weeks: tuple[Week, Week]) -> None:
    first, second = two_weeks
    one = Prediction("a", "cluster the table", P95, {"endpoint": "GET /a"}, 100, 60, 70, 80, "artifacts/x.sql")
    predictions.record(first, "friday", [predictions.score(one, 72)])
    agenda = agenda_of(second, RECORDS, 200)
    assert "| cluster the table | response time, 95th percentile GET /a | 70 (60 to 80) | 72 | inside |" in page(agenda)


def test_damaged_artifacts_are_as_good_as_none(two_weeks: tuple[Week, Week]) -> None:
    for name in ("evidence.json", "api.json"):
        (two_weeks[0].artifacts / "tuesday" / name).write_text("{")
    agenda = agenda_of(two_weeks[1], RECORDS, 120)
    assert agenda.changes == () and agenda.appeared == ()


def test_the_reports_section_has_the_same_rows(two_weeks: tuple[Week, Week]) -> None:
    agenda: Agenda = agenda_of(two_weeks[1], RECORDS, 120)
    tables = {one.caption: one.table for one in review.meeting(agenda, "evidence/x") if isinstance(one, Listing)}
    assert len(tables["Verdicts that changed"]) == 2 and len(tables["Decisions wanted"]) == len(agenda.wanted)
