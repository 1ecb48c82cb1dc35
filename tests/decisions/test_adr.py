"""perfweek adr: new records, their check, and evidence beside them that is never rewritten."""

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from perfweek.decisions.archive import keep, logged, seal
from perfweek.decisions.checks import check
from perfweek.decisions.commands import app
from perfweek.decisions.draft import new_record, slug
from perfweek.decisions.records import read_record, read_records
from perfweek.decisions.splice import BEGIN, END, prose_hash
from perfweek.errors import ParameterError, RecordError
from perfweek.project import project_folder

WHOLE = """---
status: STATUS
date: 2026-11-20
---

# One thing

## Context and Problem Statement

Why?

## Considered Options

* Do nothing
* Do it

## Decision Outcome

Chosen option: "Do nothing", because it is cheapest.
"""


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "adr"
    made.mkdir()
    return made


def write(folder, number, status="proposed"):
    path = folder / f"{number:04}-one-thing.md"
    path.write_text(WHOLE.replace("STATUS", status))
    return path


def evidence(week, verdict="opposes", quantity="writes | in <b>bold</b>"):
    row = {"week": week, "record": "ADR-001", "record_verdict": verdict, "id": "peak", "quantity": quantity, "unit": "1", "verdict": verdict}
    row |= {"value": 0.5, "low": 0.4, "high": None, "threshold_grade": "P", "role": "veto", "input_grade": "measured", "reason": ""}
    summary = {"record": "ADR-001", "verdict": verdict, "confidence": 0.25, "parts": [{"part": "all of it", "verdict": verdict}]}
    return {"week": week, "records": [summary], "criteria": [row]}


def failing(folder, week="2026-W48"):
    return [problem.what for problem in check(folder, week)[1] if problem.fails]


def test_a_new_record_takes_the_next_number_and_is_a_record_once_it_is_filled_in(folder):
    write(folder, 7)
    path = new_record(folder, "Read  replicas\nfor \x00 us", "2026-11-28")
    assert path.name == "0008-read-replicas-for-us.md"
    text = path.read_text()
    assert "\n# Read replicas for us\n" in text
    path.write_text(text.replace("{title of an option, word for word}", "{the proposed option}"))
    record = read_record(path)
    assert (record.id, record.status, record.date) == ("ADR-008", "proposed", date(2026, 11, 28))


@given(st.text(max_size=200))
@settings(max_examples=100)
def test_any_title_gives_a_file_name_that_is_one_of_a_record(title):
    name = slug(title)
    assert name and not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789-") and "--" not in name


def test_an_empty_or_endless_title_is_refused_and_nothing_is_written(folder):
    for title in (" \n", "x" * 200):
        with pytest.raises(ParameterError):
            new_record(folder, title, "2026-11-28")
    assert not list(folder.iterdir())


def test_records_that_supersede_each_other_in_a_circle_are_named_once(folder):
    for number, successor in ((1, 2), (2, 3), (3, 1)):
        write(folder, number, f"superseded by ADR-{successor:04}")
    assert failing(folder) == ["records supersede each other in a circle: ADR-001 -> ADR-002 -> ADR-003 -> ADR-001"]


def test_a_successor_that_is_missing_or_not_named_is_a_problem(folder):
    write(folder, 1, "superseded by ADR-0009")
    write(folder, 2, "superseded")
    assert failing(folder) == ["ADR-001 is superseded by ADR-009, which does not exist", "ADR-002 is superseded by no record"]


def test_every_damaged_record_is_named_and_the_others_are_read(folder):
    write(folder, 1)
    (folder / "0002-two.md").write_text("no front matter")
    (folder / "0003-three.md").write_bytes(b"\xff\xfe")
    records, problems = check(folder, "2026-W48")
    assert [record.id for record in records] == ["ADR-001"]
    assert sum(problem.fails for problem in problems) == 2


def test_the_text_of_an_accepted_record_is_fixed_and_its_status_is_not(folder):
    path = write(folder, 1, "accepted")
    assert failing(folder) == ["ADR-001 is accepted, but its text is not sealed"]
    assert seal(folder, read_records(folder)) == ["ADR-001"]
    assert failing(folder) == []
    keep(read_records(folder), evidence("2026-W48"))
    assert failing(folder) == []  # a table between the markers is no change of the text
    path.write_text(path.read_text().replace("status: accepted", "status: deprecated").replace("2026-11-20", "2026-12-20"))
    assert failing(folder) == []
    path.write_text(path.read_text().replace("Why?", "Why not?"))
    assert failing(folder) == ["the text of ADR-001 was changed after it was accepted"]
    path.unlink()
    write(folder, 2)
    assert failing(folder) == ["ADR-001 was accepted and is gone"]


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=40))
@settings(max_examples=50)
def test_the_hash_of_the_prose_does_not_see_the_evidence_but_every_other_word(words):
    text = WHOLE.replace("STATUS", "accepted")
    spliced = f"{text.rstrip()}\n\n## Evidence\n\n{BEGIN}\n\n{words.replace(BEGIN, '').replace(END, '')}\n{END}\n"
    assert prose_hash(spliced) == prose_hash(text)
    assert prose_hash(text.replace("Why?", "How?")) != prose_hash(text)


def test_the_log_grows_by_a_week_and_is_never_rewritten(folder):
    path = write(folder, 1)
    keep(read_records(folder), evidence("2026-W47", "supports"))
    keep(read_records(folder), evidence("2026-W48"))
    keep(read_records(folder), evidence("2026-W48"))  # the same again changes nothing
    assert [content["week"] for content in logged(read_record(path))] == ["2026-W47", "2026-W48"]
    with pytest.raises(RecordError, match="other evidence for 2026-W47"):
        keep(read_records(folder), evidence("2026-W47", "opposes"))
    text = path.read_text()
    assert text.count(BEGIN) == text.count(END) == 1
    assert "2026-W48: the evidence opposes it (all of it: opposes). All necessary criteria hold with a probability of 25 %." in text
    assert "<b>" not in text and "2026-W47" not in text
    assert read_record(path).title == "One thing"


def test_damaged_markers_are_an_error_and_the_record_stays_as_it_is(folder):
    path = write(folder, 1)
    path.write_text(path.read_text() + BEGIN)
    before = path.read_text()
    with pytest.raises(RecordError, match="markers"):
        keep(read_records(folder), evidence("2026-W48"))
    assert path.read_text() == before
    assert failing(folder) == ["the markers of ADR-001's evidence table are damaged"]


def test_evidence_older_than_four_weeks_fails_the_check(folder):
    write(folder, 1)
    assert failing(folder) == []  # without any it is a note
    keep(read_records(folder), evidence("2026-W44"))
    assert failing(folder, "2026-W48") == []
    assert failing(folder, "2026-W49") == ["the evidence of ADR-001 is stale: 5 weeks old"]
    (folder / "evidence" / "ADR-001" / "2026-W49.json").write_text("{")
    assert failing(folder, "2026-W49") == ["a file of the evidence log is damaged"]


def test_the_commands_work_on_the_targets_own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("target.toml").write_text('[decisions]\nrecords = "adr"\n')
    run = CliRunner().invoke
    assert run(app, ["new", "One [red]thing"]).exit_code == 0
    write(Path("adr"), 1)
    (Path("adr") / "0001-one-red-thing.md").unlink()
    assert run(app, ["check", "--week", "2026-W48"]).exit_code == 0
    made = Path("weeks/2026-W48/artifacts/tuesday")
    assert "no evidence of that week" in str(run(app, ["record", "--week", "2026-W48"]).exception)
    made.mkdir(parents=True)
    (made / "evidence.json").write_text(json.dumps(evidence("2026-W48")))
    assert run(app, ["record", "--week", "2026-W48"]).exit_code == 0
    listed = run(app, ["list"], env={"COLUMNS": "200"}).output
    assert "opposes" in listed and "(2026-W48)" in listed
    late = f"{(date(2026, 11, 23) + timedelta(weeks=9)).isocalendar().year}-W05"
    assert run(app, ["check", "--week", late]).exit_code == 1


@pytest.mark.parametrize("arguments", [["new", "Read replicas"], ["record"]])
def test_the_records_that_came_with_perfweek_are_not_written_to_for_another_project(tmp_path, monkeypatch, arguments):
    ours = project_folder("runbooks") / "adr"
    before = {path: path.read_bytes() for path in ours.iterdir() if path.is_file()}
    monkeypatch.chdir(tmp_path)
    Path("target.toml").write_text("")
    found = CliRunner().invoke(app, arguments)
    after = {path: path.read_bytes() for path in ours.iterdir() if path.is_file()}
    for path in after.keys() - before.keys():
        path.unlink()
    assert (found.exit_code, after) == (1, before)
    assert "decisions.records" in str(found.exception)


def test_another_tool_opens_the_records_as_they_are(tmp_path, folder):
    """adr-viewer makes a page of a folder of records; one with evidence in it too."""
    records = project_folder("runbooks") / "adr"
    for path in records.glob("0*.md"):
        (folder / path.name).write_text(path.read_text())
    keep(read_records(folder), evidence("2026-W48"))
    page = tmp_path / "page.html"
    command = [str(Path(sys.executable).with_name("adr-viewer")), "--adr-path", str(folder), "--output", str(page)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert "ignoring" not in said
    text = page.read_text()
    assert all(record.title in text and all(option in text for option in record.options) for record in read_records(folder))
