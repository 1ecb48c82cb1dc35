"""Stand-up, checklists, the manager's page, slides and plan of a small week, looked at in a browser where that matters."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from perfweek import candidates, evidence, facts, predictions
from perfweek.candidates import Candidate
from perfweek.errors import EvidenceError
from perfweek.facts import Fact
from perfweek.predictions import Prediction
from perfweek.progress.compare import compare
from perfweek.progress.papers import checklists
from perfweek.progress.papers.checklists import DELIVERABLES, SUCCESS, answers, as_table
from perfweek.progress.papers.review import Outcome, manager_page, paper, slides, write_papers
from perfweek.progress.papers.so_far import SoFar
from perfweek.progress.papers.standup import TITLES, as_markdown, standup
from perfweek.progress.plan.page import plan_sentence, plan_table, update_roadmap, write_plan
from perfweek.stats import Estimate
from perfweek.target import Target
from perfweek.week import DAYS, Week

HOSTILE = '<script>alert("x")</script>'
BATCH = Candidate(
    "b", "batch the statements", "monday", "bottlenecks", "response time", 0.1, 0.2, 0.3, "code", "p95 falls", "evidence/load-monday/k6.csv"
)
MEASURE = replace(BATCH, id="m", title=f"share of deferrable work {HOSTILE}", of="knowledge", effort="measurement", day="tuesday")


def summary(sentence: str) -> dict:
    tile = {"label": "p95", "shown": "212", "interval": "205 to 219", "unit": "ms", "n": 900, "method": "m", "source": "s", "change": ""}
    return {"verdict": [sentence], "tiles": [tile | {"value": 212.0, "low": 205.0, "high": 219.0}], "artifacts": []}


@pytest.fixture
def so_far(tmp_path: Path) -> SoFar:
    """Monday is complete, Tuesday failed."""
    week = Week.open("2026-W48", tmp_path / "weeks")
    measured = evidence.collect(week, "load-monday", {}, lambda folder: (folder / "k6.csv").write_text("x"))
    source = evidence.relative(week, measured.path("k6.csv"))
    figures = [("http.latency.p95", {"endpoint": "GET /a"}), ("command.duration", {"command": "build"}), ("process.rss.max", {})]
    facts.record(week, "monday", [Fact(name, Estimate(1, 0, 2, 9, "m"), source, labels) for name, labels in figures])
    candidates.record(week, "monday", [BATCH])
    candidates.record(week, "tuesday", [MEASURE])
    days = {"monday": {"status": "complete", "report": "reports/monday.html", "summary": summary("The budget is missed.")}}
    days["tuesday"] = {"status": "failed", "error": "no git history"}
    week.save_manifest({"week": week.name, "days": days})
    return SoFar(week, Target(root=tmp_path))


def test_the_four_lines_of_the_stand_up_are_filled_from_what_was_measured(so_far: SoFar) -> None:
    lines = standup(so_far)
    assert tuple(lines) == TITLES
    wins, focus, blockers, metrics = lines.values()
    assert wins == ["Monday: The budget is missed."]
    assert focus == ["Tuesday: perfweek run tuesday", "worth most next: batch the statements"]
    assert blockers[0] == "Tuesday: no git history"
    assert blockers[1].startswith("no data: share of deferrable work")
    assert metrics == ["p95: 212 ms (205 to 219)"]
    assert "<script" not in as_markdown(so_far)


def test_on_friday_the_wins_are_its_verdict_and_the_predictions_that_came_true(so_far: SoFar) -> None:
    done = {"status": "complete", "report": "reports/friday.html", "summary": summary("Two endpoints improved.")}
    so_far.week.save_manifest({"week": so_far.week.name, "days": {"friday": done}})
    rows = [Prediction(f"clustering: {name}", "cluster it", "cache.hit_ratio", {"tier": name}, 1, 0.4, 0.5, 0.6, "", 0.5, "inside") for name in "ab"]
    predictions.record(so_far.week, "friday", rows)
    wins = standup(SoFar(so_far.week, so_far.target))["Performance wins from yesterday"]
    assert wins == ["Two endpoints improved.", "as predicted: cluster it"]


def test_a_week_without_anything_says_so_on_each_line(tmp_path: Path) -> None:
    empty = SoFar(Week.open("2026-W48", tmp_path / "weeks"), Target(root=tmp_path))
    wins, focus, _, metrics = standup(empty).values()
    assert wins == metrics == ["nothing that was measured"]
    assert focus == ["Monday: perfweek run monday"]


def test_a_box_is_ticked_only_for_what_was_seen_and_left_open_for_what_only_people_know(so_far: SoFar) -> None:
    state = {item.title: answer.state for item, answer in answers((*DELIVERABLES, *SUCCESS), so_far)}
    assert state["API latencies, P95"] == state["Build times baseline"] == state["Performance baseline report"] == "done"
    assert state["API latencies, P99"] == state["Test execution times"] == state["Week 2 plan created"] == "missing"
    assert state["All team members understand performance goals"] == "ask"
    assert state["Architecture decisions finalized"] == "missing"
    page = checklists.write_lists(so_far).read_text()
    assert "- [x] API latencies, P95" in page
    assert "- [ ] All team members understand performance goals: to be ticked by people" in page
    assert len(as_table(answers(DELIVERABLES, so_far))) == len(DELIVERABLES)


def test_every_box_of_the_first_weeks_list_is_among_the_items() -> None:
    titles = {item.title for item in (*DELIVERABLES, *SUCCESS)}
    assert len(titles) == 21
    assert {"Five Architecture Decision Records", "Initial optimization scripts", "Test execution times", "Week 2 plan created"} <= titles


@pytest.fixture
def outcome(side) -> Outcome:
    before = side(1, endpoint=f"GET /{HOSTILE}")
    return Outcome(
        ["One endpoint improved."], compare(before, side(2, factor=0.5, endpoint=f"GET /{HOSTILE}"), 0.05), [("p95", "50", "45 to 55", "ms")]
    )


def test_the_managers_page_and_the_slides_need_no_network_run_no_script_and_escape_names(so_far: SoFar, outcome: Outcome) -> None:
    predictions.record(so_far.week, "friday", [Prediction("clustering: a", "cluster", "cache.hit_ratio", {}, 1, 0.4, 0.5, 0.6, "", 0.5, "inside")])
    for path in write_papers(so_far, outcome):
        text = path.read_text()
        assert "<script" not in text
        assert "http://" not in text.replace("http://127", "") and "https://" not in text
        if path.suffix == ".html":
            assert "default-src 'none'" in text
    page = manager_page(so_far, outcome)
    assert "One endpoint improved." in page
    assert "1 of 1 predictions came true" in page
    assert "batch the statements" in page


def test_the_managers_page_prints_on_one_page_and_each_slide_on_its_own(so_far: SoFar, outcome: Outcome, tmp_path: Path, require_program) -> None:
    written = {path.name: path for path in write_papers(so_far, outcome)}
    for name, pages in (("progress.html", 1), ("review.html", len(slides(so_far, outcome)))):
        pdf = tmp_path / f"{name}.pdf"
        command = [
            require_program("chromium"),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--no-pdf-header-footer",
        ]
        subprocess.run([*command, f"--print-to-pdf={pdf}", written[name].as_uri()], check=True, capture_output=True, timeout=120)
        content = pdf.read_bytes()
        assert content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") + content.count(b"/Type/Page/") == pages


def test_on_a_telephone_neither_page_scrolls_sideways_however_long_a_name_is(so_far: SoFar, outcome: Outcome, browser: Browser) -> None:
    candidates.record(so_far.week, "monday", [replace(BATCH, title="a view mv_" + "unified_data_catalog_" * 5)])
    pages = [path for path in write_papers(SoFar(so_far.week, so_far.target), outcome) if path.suffix == ".html"]
    page = browser.new_page(viewport={"width": 390, "height": 800})
    for path in pages:
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path.name
    page.close()


def test_predictions_of_one_change_are_told_apart_by_what_they_predict(so_far: SoFar, outcome: Outcome) -> None:
    one = Prediction("x", "cluster it", "cache.hit_ratio", {"tier": "l1"}, 1, 0.4, 0.5, 0.6, "", 0.55, "inside")
    predictions.record(so_far.week, "friday", [one, replace(one, id="y", labels={"tier": "l2"}, measured=None, verdict=None)])
    shown = next(slide for slide in slides(so_far, outcome) if slide.title == "Were we right?").points
    assert shown[0].endswith("l1: 0.4 to 0.6 expected, 0.55 measured: inside")
    assert shown[1].endswith("l2: 0.4 to 0.6 expected, not measured: no data")


def test_the_paper_has_room_for_what_is_decided(so_far: SoFar, outcome: Outcome) -> None:
    text = paper(so_far, outcome)
    assert text.index("How did we perform?") < text.index("What will we do?") < text.index("| what | who | until |")
    assert "&lt;script" in text


def test_the_plan_names_three_commitments_with_room_for_an_owner_and_the_roadmap_keeps_what_people_wrote(so_far: SoFar, tmp_path: Path) -> None:
    text = write_plan(so_far.week, so_far.work, so_far.open_measurements).read_text()
    assert "## 1. batch the statements" in text and "## To be found out" in text and "owner: ____" in text and "success: p95 falls" in text
    assert plan_table(so_far.work)["change"].tolist()[-1] == "batch the statements"
    assert "probability of success is assumed" in plan_sentence(so_far.ranked)
    roadmap = update_roadmap(tmp_path / "roadmap.md", so_far.week, so_far.ranked)
    ticked = roadmap.read_text().replace("- [ ] batch", "- [x] batch") + "\nOur own words.\n"
    roadmap.write_text(ticked)
    update_roadmap(roadmap, so_far.week, so_far.ranked)
    again = roadmap.read_text()
    assert again.count("## After week 2026-W48") == 1
    assert "- [x] batch the statements" in again and "Our own words." in again
    update_roadmap(roadmap, Week.open("2026-W49", so_far.week.root.parent), [])
    assert "## After week 2026-W49" in roadmap.read_text() and "- [x] batch" in roadmap.read_text()
    roadmap.write_text(again.replace("<!-- end of 2026-W48 -->", ""))
    with pytest.raises(EvidenceError, match="a beginning and no end"):
        update_roadmap(roadmap, so_far.week, [])


def test_every_day_is_known_to_the_papers(so_far: SoFar) -> None:
    assert set(so_far.days) == set(DAYS)
    assert json.loads((so_far.week.root / "week.json").read_text())["days"]["tuesday"]["status"] == "failed"
