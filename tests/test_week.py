import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.errors import WeekError
from perfweek.week import FOLDERS, Week, check_week, current_week


def test_the_week_of_a_day_is_its_iso_week():
    assert current_week(date(2026, 11, 23)) == "2026-W48"
    assert current_week(date(2027, 1, 1)) == "2026-W53"


@given(st.dates(min_value=date(1, 1, 1), max_value=date(9998, 12, 31)))
def test_every_day_lies_in_a_week_that_is_accepted(day):
    assert check_week(current_week(day)) == current_week(day)


@pytest.mark.parametrize("name", ["2026-W54", "2026-W00", "2026-48", "26-W48", "2026-W4", "../2026-W48", "2026-W48 ", "2027-W53"])
def test_a_week_that_does_not_exist_is_refused_with_an_example(name):
    with pytest.raises(WeekError, match="not an ISO week") as refusal:
        check_week(name)
    assert current_week() in refusal.value.remedy


def test_opening_a_week_makes_its_folders(tmp_path):
    week = Week.open("2026-W48", tmp_path)
    assert {path.name for path in week.root.iterdir()} == set(FOLDERS)


def test_a_named_week_that_was_not_run_is_refused_where_one_only_looks_and_leaves_no_folder(tmp_path):
    with pytest.raises(WeekError, match="was not run"):
        Week.known("2026-W47", tmp_path)
    Week.open("2026-W48", tmp_path).save_manifest({})
    with pytest.raises(WeekError) as refused:
        Week.known("2026-W47", tmp_path)
    assert refused.value.remedy == "There are: 2026-W48."
    assert [path.name for path in tmp_path.iterdir()] == ["2026-W48"]
    assert Week.known("2026-W48", tmp_path).root.is_dir()
    assert Week.known("", tmp_path).name == current_week()


def test_the_manifest_comes_back_as_it_was_saved(tmp_path):
    week = Week.open("2026-W48", tmp_path)
    assert week.manifest()["days"] == {}
    week.save_manifest({"days": {"monday": {"status": "complete"}}})
    assert week.manifest()["days"]["monday"]["status"] == "complete"


def test_a_damaged_manifest_is_named_and_left_as_it_is(tmp_path):
    week = Week.open("2026-W48", tmp_path)
    (week.root / "week.json").write_text('{"days": ')
    with pytest.raises(WeekError, match="damaged"):
        week.manifest()
    assert (week.root / "week.json").read_text() == '{"days": '


def test_a_second_process_is_told_that_the_week_is_in_use(tmp_path):
    week = Week.open("2026-W48", tmp_path)
    take_it = f"from pathlib import Path; from perfweek.week import Week; Week.open('2026-W48', Path({str(tmp_path)!r})).lock()"
    with week.lock():
        second = subprocess.run([sys.executable, "-c", take_it], capture_output=True, text=True, check=False)
    assert second.returncode != 0
    assert "being run by another process" in second.stderr
    assert subprocess.run([sys.executable, "-c", take_it], check=False).returncode == 0


def test_a_file_in_the_place_of_the_folder_is_explained(tmp_path):
    (tmp_path / "weeks").write_text("")
    with pytest.raises(WeekError, match="a file stands where a folder is needed"):
        Week.open("2026-W48", tmp_path / "weeks")


def test_a_folder_without_write_permission_is_explained():
    """Root may write everywhere, so the attempt is made by a user that may not."""
    attempt = (
        "import os, sys; from pathlib import Path; from perfweek.week import Week; os.getuid() or os.setuid(65534); Week.open('', Path(sys.argv[1]))"
    )
    with tempfile.TemporaryDirectory(dir="/tmp") as locked:
        Path(locked).chmod(0o555)
        refused = subprocess.run([sys.executable, "-c", attempt, locked], capture_output=True, text=True, check=False)
    assert "the folder is not writable" in refused.stderr
