import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perfweek import evidence
from perfweek.errors import EvidenceError, MeasurementError, WeekError
from perfweek.week import Week


@pytest.fixture
def week(tmp_path):
    return Week.open("2026-W48", tmp_path)


def writing(text):
    """A measurement that writes one file and counts how often it was taken."""

    def measure(folder):
        measure.times += 1
        (folder / "figures.csv").write_text(text)

    measure.times = 0
    return measure


def test_a_measurement_is_taken_once_and_then_answered_from_its_folder(week):
    measure = writing("1\n")
    first = evidence.collect(week, "load", {"rate": 50}, measure)
    second = evidence.collect(week, "load", {"rate": 50}, measure)
    assert measure.times == 1
    assert first == second
    assert second.path("figures.csv").read_text() == "1\n"


@pytest.mark.parametrize("damage", [lambda file: file.unlink(), lambda file: file.write_text("2\n")])
def test_a_missing_or_changed_file_makes_the_next_run_measure_again_and_keeps_the_rest(week, damage):
    measure = writing("1\n")
    damage(evidence.collect(week, "load", {}, measure).path("figures.csv"))
    with pytest.raises(EvidenceError, match=r"figures.csv (is missing|was changed)"):
        evidence.read(week, "load")
    assert evidence.collect(week, "load", {}, measure).path("figures.csv").read_text() == "1\n"
    assert measure.times == 2
    assert len(list((week.evidence / ".superseded").iterdir())) == 1


def test_other_inputs_are_another_measurement_and_the_old_one_is_kept(week):
    evidence.collect(week, "load", {"rate": 50}, writing("old"))
    new = evidence.collect(week, "load", {"rate": 60}, writing("new"))
    assert new.path("figures.csv").read_text() == "new"
    (kept,) = (week.evidence / ".superseded").iterdir()
    assert (kept / "figures.csv").read_text() == "old"


def test_a_measurement_that_fails_leaves_nothing_and_the_former_one_stays(week):
    def fail(folder):
        (folder / "half.csv").write_text("1")
        raise MeasurementError("the service died")

    evidence.collect(week, "load", {"rate": 50}, writing("old"))
    with pytest.raises(MeasurementError):
        evidence.collect(week, "load", {"rate": 60}, fail)
    assert [path.name for path in week.evidence.iterdir() if path.is_dir()] == ["load"]
    assert evidence.read(week, "load").path("figures.csv").read_text() == "old"


def test_a_killed_measurement_leaves_nothing_that_looks_like_one(week):
    program = f"""
import time
from pathlib import Path
from pathlib import Path
from perfweek import evidence
from perfweek.week import Week
def measure(folder):
    (folder / "half.csv").write_text("1")
    print("measuring", flush=True)
    time.sleep(60)
evidence.collect(Week.open("2026-W48", Path({str(week.root.parent)!r})), "load", {{}}, measure)
"""
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"measuring\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert evidence.find(week, "load") is None
    evidence.collect(week, "load", {}, writing("whole"))
    assert not list(week.evidence.glob(".load-*"))


@pytest.mark.parametrize("content", ["", "{", "[]", '{"files": 3}', '{"files": {"a": 1}, "inputs": {}, "finished": ""}'])
def test_a_damaged_list_of_files_is_an_error_that_says_so(week, content):
    measurement = evidence.collect(week, "load", {}, writing("1"))
    (measurement.folder / evidence.LISTING).write_text(content)
    with pytest.raises(EvidenceError):
        evidence.read(week, "load")


def test_a_touched_but_unchanged_file_is_still_whole(week):
    file = evidence.collect(week, "load", {}, writing("1")).path("figures.csv")
    os.utime(file, (time.time() + 5, time.time() + 5))
    assert evidence.read(week, "load").path("figures.csv") == file


def test_reading_is_noted_where_the_runner_asks_for_it(week, tmp_path, monkeypatch):
    used = tmp_path / "used"
    evidence.collect(week, "load", {}, writing("1"))
    monkeypatch.setenv(evidence.USED_VARIABLE, str(used))
    evidence.find(week, "load")
    assert not used.exists()
    evidence.read(week, "load")
    assert used.read_text() == "load\n"


def test_the_listing_tells_size_and_hash_of_every_file(week):
    measurement = evidence.collect(week, "load", {}, writing("1\n"))
    listing = json.loads((measurement.folder / evidence.LISTING).read_text())
    assert listing["files"]["figures.csv"]["bytes"] == 2
    assert listing["files"]["figures.csv"]["sha256"] == "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865"


def test_a_full_disk_is_explained(week):
    def fill(folder):
        with Path("/dev/full").open("w") as full:
            full.write("x" * 100_000)

    with pytest.raises(WeekError, match="the disk is full"):
        evidence.collect(week, "load", {}, fill)
