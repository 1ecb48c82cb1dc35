"""The whole week on the sample, as a newcomer runs it, with fewer rows and a lower rate so that it takes about a minute."""

import html
import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import papermill
import pytest

from perfweek import evidence, facts, predictions
from perfweek.project import notebook_path
from perfweek.week import DAYS, Week

ROOT = Path(__file__).parents[1]
ROWS = 200_000
pytestmark = pytest.mark.timeout(600)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder with the sample's target, moved to a free port."""
    folder = tmp_path_factory.mktemp("sample")
    target = (
        (ROOT / "target.toml").read_text().replace("8765", str(free_port())).replace("perfweek.sample.data", f"perfweek.sample.data --rows {ROWS}")
    )
    (folder / "target.toml").write_text(target.replace("rate = 50", "rate = 25\nrepeats = 2"))
    return folder


@pytest.fixture(scope="module")
def week(root):
    run = subprocess.run([sys.executable, "-m", "perfweek", "run", "--week", "2026-W48"], cwd=root, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return Week.open("2026-W48", root / "weeks")


def test_every_day_is_complete_and_has_its_report(week):
    assert {day: entry["status"] for day, entry in week.manifest()["days"].items()} == dict.fromkeys(DAYS, "complete")
    assert all((week.reports / f"{day}.html").stat().st_size > 10_000 for day in DAYS)


@pytest.mark.parametrize("day", DAYS)
def test_every_fact_names_a_file_of_a_whole_measurement(week, day):
    recorded = facts.read(week, day)
    assert len(recorded) > 0
    for source in set(recorded["source"]):
        assert (week.root / source).is_file()
        assert evidence.find(week, Path(source).parts[1])


@pytest.mark.parametrize("day", DAYS)
def test_every_source_named_in_a_report_exists(week, day):
    text = html.unescape((week.reports / f"{day}.html").read_text())
    sources = set(re.findall(r"evidence/[\w.-]+/[\w.-]+", text))
    assert sources
    assert [source for source in sources if not (week.root / source).is_file()] == []


def test_mondays_requests_were_all_sent_by_a_real_k6(week):
    run = json.loads((week.evidence / "load-monday" / "run.json").read_text())
    log = (week.evidence / "load-monday" / "access_log.ndjson").read_text().splitlines()
    summary = json.loads((week.evidence / "load-monday" / "k6_summary.json").read_text())
    assert re.match(r"v?\d+\.\d+", run["k6"]["version"])
    seen = [
        line
        for line in map(json.loads, log)
        if line["route"] in ("GET /assets/{id}", "GET /assets", "GET /stats/daily", "GET /search", "POST /assets")
    ]
    assert len(seen) == summary["metrics"]["http_reqs"]["count"]


def test_friday_compares_the_sample_as_improved_with_the_sample_as_found(week):
    settings = [json.loads((week.evidence / name / "settings.json").read_text()) for name in ("load-monday", "load-friday")]
    assert settings[0] != settings[1]
    ratios = facts.read(week, "friday").query("metric == 'progress.ratio'")
    assert {labels["endpoint"] for labels in ratios["labels"]} >= {"GET /assets", "GET /stats/daily"}


def test_the_recommendations_of_the_week_are_made_through_the_runbook_before_friday_measures(week, root):
    made = json.loads((week.evidence / "recommendations" / "applied.json").read_text())
    assert "applied" in {one["state"] for one in made if one["what"].startswith("01-")}
    settings = json.loads((week.evidence / "load-friday" / "settings.json").read_text())["settings"]
    assert (settings["layout"], settings["batch_lists"]) == ("recommended", True)
    assert "warehouse-change" in (root / "weeks" / "runbooks" / "audit.ndjson").read_text()


def test_the_caches_of_the_sample_answered_what_was_foretold_within_two_points(week):
    held = json.loads((week.evidence / "cache-proof" / "tiers.json").read_text())
    assert len(held) == 6  # two tiers at three sizes
    assert {one["tier"] for one in held} == {"l1", "l2"}
    assert [one for one in held if abs(one["predicted"] - one["measured"]) > 0.02] == []


def test_fridays_report_sees_the_records_and_the_plan_that_it_wrote_itself(week):
    cells = re.findall(r"<td[^>]*>(.*?)</td>", (week.reports / "friday.html").read_text())
    seen = {title: (state, what) for title, state, what in zip(cells, cells[1:], cells[2:], strict=False)}
    assert seen["Week 2 plan created"] == ("seen", "artifacts/friday/plan.md")
    assert seen["Five Architecture Decision Records"] == ("seen", "5 records in runbooks/adr")


def test_the_predictions_of_the_week_are_scored(week):
    scored = predictions.read(week, ["friday"])
    assert scored
    assert {prediction.verdict for prediction in scored} <= {"inside", "below", "above", "no data"}
    assert {prediction.id for prediction in scored} == {prediction.id for prediction in predictions.read(week, ["wednesday", "thursday"])}


@pytest.mark.parametrize("day", DAYS)
def test_each_notebook_also_runs_under_plain_papermill_and_gives_the_same_facts(week, root, day, tmp_path):
    before = facts.read(week, day).drop(columns="at")
    papermill.execute_notebook(
        str(notebook_path(day)), str(tmp_path / "out.ipynb"), {"week": "2026-W48"}, cwd=str(root), progress_bar=False, kernel_name="python3"
    )
    assert facts.read(week, day).drop(columns="at").equals(before)


def test_a_wrong_parameter_is_refused_by_plain_papermill_too(root, tmp_path):
    with pytest.raises(papermill.PapermillExecutionError, match="is not an ISO week"):
        papermill.execute_notebook(
            str(notebook_path("tuesday")), str(tmp_path / "out.ipynb"), {"week": "2026-W99"}, cwd=str(root), progress_bar=False, kernel_name="python3"
        )
