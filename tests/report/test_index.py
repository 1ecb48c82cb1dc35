"""The week's front page says what is true of each day and links only what is there."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from report_pages import demo_cells, notebook_of, week_with_evidence

from perfweek.report.index import duration, write_index
from perfweek.report.summary import read_summary
from perfweek.week import Week


@pytest.fixture
def week(tmp_path: Path) -> Week:
    return week_with_evidence(tmp_path)


def index_of(week: Week, **days: dict[str, Any]) -> list[BeautifulSoup]:
    """The five entries of the page."""
    week.save_manifest({"days": days, "target": "sample", "host": {"memory_gib": 8}, "versions": {"python": "3.11"}})
    soup = BeautifulSoup(write_index(week).read_text(), "html.parser")
    entries = soup.select(".pw-days > li")
    assert [entry.h2.get_text() for entry in entries] == ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    return entries


def complete(week: Week) -> dict[str, Any]:
    (week.reports / "monday.html").write_text("x")
    (week.reports / "monday.ipynb").write_text("{}")
    (week.artifacts / "a b.sql").write_text("x")
    summary = read_summary(notebook_of(*demo_cells())).to_json()
    names = {"report": "reports/monday.html", "notebook": "reports/monday.ipynb", "artifacts": ["artifacts/a b.sql", "artifacts/gone.sql"]}
    return {"status": "complete", "finished": "2026-11-23T09:01:41+00:00", "seconds": 101.4, "summary": summary, **names}


def test_a_complete_day_shows_its_verdict_key_figures_and_files_that_exist(week: Week) -> None:
    monday = index_of(week, monday=complete(week))[0]
    assert [p.get_text() for p in monday.select(".pw-verdict p")] == ["GET /assets is too slow.", "JSON costs most."]
    assert [tile.get_text() for tile in monday.select(".pw-value")] == ["212 ms", "412 MiB"]
    assert [link["href"] for link in monday.find_all("a")] == ["monday.html", "monday.ipynb", "../artifacts/a%20b.sql"]
    assert "23 November 2026, 09:01 UTC, took 1 min 41 s" in monday.get_text()


def test_many_files_to_take_away_are_folded_and_all_of_them_are_linked(week: Week) -> None:
    names = [f"artifacts/{number}.sql" for number in range(9)]
    for name in names:
        (week.root / name).write_text("x")
    monday = index_of(week, monday=complete(week) | {"artifacts": names})[0]
    assert monday.details.summary.get_text() == "6 more to take away"  # of the notebook and nine, four stand open
    assert [link["href"] for link in monday.find_all("a")] == ["monday.html", "monday.ipynb", *(f"../{name}" for name in names)]


def test_every_status_is_said_and_only_a_complete_day_has_results(week: Week) -> None:
    entry = complete(week)
    entries = index_of(
        week,
        monday=entry | {"status": "failed", "error": "the service died"},
        tuesday=entry | {"status": "interrupted"},
        wednesday=entry | {"status": "running"},
        thursday=entry | {"status": "stale", "error": "measured anew"},
    )
    said = [one.select_one(".pw-status-word").get_text() for one in entries]
    assert said == ["failed: no report", "interrupted: no report", "running now", "out of date: its evidence changed since", "not run yet"]
    assert not any(one.find_all("a") or one.select(".pw-verdict") for one in entries)
    assert [one.select_one(".pw-error").get_text() for one in (entries[0], entries[3])] == ["the service died", "measured anew"]


def test_a_report_that_is_gone_is_not_linked(week: Week) -> None:
    entry = complete(week)
    (week.reports / "monday.html").unlink()
    assert not index_of(week, monday=entry)[0].find_all("a")


def test_files_outside_the_week_are_not_linked(week: Week) -> None:
    (week.root.parent / "secret.sql").write_text("x")
    entry = complete(week) | {"artifacts": ["../secret.sql", "/etc/hostname"], "notebook": "../secret.sql"}
    assert [link["href"] for link in index_of(week, monday=entry)[0].find_all("a")] == ["monday.html"]


def test_a_week_without_manifest_has_a_page(week: Week) -> None:
    page = write_index(week).read_text()
    assert page.count("not run yet") == 5
    assert "0 of 5 days complete" in page


def test_the_page_is_the_same_for_the_same_manifest_and_names_machine_and_versions(week: Week) -> None:
    index_of(week, monday=complete(week))
    page = write_index(week).read_text()
    assert write_index(week).read_text() == page
    facts = [tag.get_text() for tag in BeautifulSoup(page, "html.parser").footer.find_all(["h2", "dt", "dd"])]
    assert facts == ["Machine", "memory, GiB", "8", "Versions", "python", "3.11"]
    assert "Content-Security-Policy" in page


def test_a_moved_week_keeps_its_links(week: Week, tmp_path: Path) -> None:
    entries = index_of(week, monday=complete(week))
    moved = tmp_path / "elsewhere"
    shutil.move(week.root, moved)
    hrefs = [link["href"] for link in entries[0].find_all("a")]
    assert all((moved / "reports" / href.replace("%20", " ")).exists() for href in hrefs)


@pytest.mark.parametrize(("seconds", "told"), [(0.4, "0 s"), (41.2, "41 s"), (59.6, "1 min 0 s"), (200, "3 min 20 s")])
def test_durations_are_told_in_minutes_and_seconds(seconds: float, told: str) -> None:
    assert duration(seconds) == told
