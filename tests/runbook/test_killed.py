"""A warehouse change, and its rollback, killed at every boundary between two lines of the audit file or statements that change something."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / "killed_runbook.py"
KEPT = ["catalogue", "catalogue__before"]


DIRECTIONS = ("forward", "back")


@pytest.fixture(scope="module")
def killed(pristine, tmp_path_factory):
    """direction -> what was found; the two run side by side."""
    projects = {direction: shutil.copytree(pristine, tmp_path_factory.mktemp(direction) / "project") for direction in DIRECTIONS}
    commands = {direction: [sys.executable, str(PROGRAM), str(projects[direction]), direction] for direction in DIRECTIONS}
    running = {direction: subprocess.Popen(commands[direction], stdout=subprocess.PIPE, text=True) for direction in DIRECTIONS}
    said = {direction: process.communicate(timeout=200)[0] for direction, process in running.items()}
    return {direction: [json.loads(line) for line in lines.splitlines()] for direction, lines in said.items()}


@pytest.fixture(params=DIRECTIONS)
def boundaries(request, killed):
    return request.param, killed[request.param]


def test_every_boundary_was_reached_and_the_process_was_killed_there(boundaries):
    direction, rows = boundaries
    # Before each of four lines of the audit file and each of two statements, three of a rollback; what comes after one comes before the next.
    last = 6 if direction == "forward" else 7
    assert {row["boundary"] for row in rows if row["killed"]} == set(range(1, last + 1))
    assert {row["boundary"] for row in rows if not row["killed"]} == {last + 1}
    assert len(rows) == (14 if direction == "forward" else 8)


def test_going_on_ends_in_the_change_whole_and_verified(boundaries):
    _, rows = boundaries
    for row in (row for row in rows if row["recovery"] == "forward"):
        found = row["found"]
        assert found["end"] in ("complete", "nothing to do"), row
        assert found["tables"] == KEPT, row
        assert found["ids"] != row["before"]["ids"], row  # in the new order, as the runbook verified
        assert sorted(found["ids"]) == sorted(row["before"]["ids"]), row
        assert found["problem"] == ""


def test_rolling_back_ends_in_exactly_what_was_there_before(boundaries):
    _, rows = boundaries
    for row in (row for row in rows if row["recovery"] == "back"):
        found = row["found"]
        assert found["end"] in ("rolled back", "nothing to do") or "nothing that could be rolled back" in found["end"], row
        assert found["tables"] == ["catalogue"], row
        assert found["ids"] == row["before"]["ids"], row
        assert found["problem"] == ""


def test_the_audit_file_shows_the_interruption(boundaries):
    direction, rows = boundaries
    begun, ended = ("change begun", "change ended") if direction == "forward" else ("undo begun", "undo ended")
    interrupted = [row for row in rows if row["found"]["events"].count(begun) > 1]
    assert interrupted
    assert all(row["found"]["events"].count(ended) >= 1 for row in interrupted)
