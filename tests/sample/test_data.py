import hashlib
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from itertools import pairwise
from math import sqrt
from pathlib import Path

import duckdb
import pytest

from perfweek.sample import data

TEN_THOUSAND_ROWS = "000000000000137c834d44c134a939b1"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    data.build(folder, 10_000)
    return folder


def rows(file: Path, query: str) -> list[tuple]:
    with duckdb.connect(file, read_only=True) as connection:
        return connection.execute(query.replace("TABLE", data.TABLE)).fetchall()


@pytest.mark.parametrize("layout", data.LAYOUTS)
def test_the_rows_are_the_same_on_every_machine_and_in_both_layouts(small, layout):
    assert data.content_checksum(data.database(small, layout)) == TEN_THOUSAND_ROWS


def test_one_changed_value_changes_the_checksum(small, tmp_path):
    changed = tmp_path / "changed.duckdb"
    changed.write_bytes(data.database(small, "as_found").read_bytes())
    with duckdb.connect(changed) as connection:
        connection.execute(f"update {data.TABLE} set row_count = row_count + 1 where asset_id = 77")
    assert data.content_checksum(changed) != TEN_THOUSAND_ROWS


def test_the_values_of_a_row_follow_from_the_md5_of_its_number(small):
    digest = hashlib.md5(b"4321").digest()
    high, low = int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little")
    made = datetime(2023, 11, 1) + timedelta(seconds=round(94_694_400 * sqrt(4320 / 10_000)))
    size, score = high >> 48, low & 65535
    [(size_bytes, row_count, quality, created)] = rows(
        data.database(small, "as_found"), "select size_bytes, row_count, quality_score, created_at from TABLE where asset_id = 4321"
    )
    assert (size_bytes, row_count, quality, created) == (size * (1 + score), size * 7, score % 1001 / 1000, made)


def test_sources_are_skewed_attributes_are_wide_and_three_years_are_covered(rows_folder):
    file = data.database(rows_folder, "as_found")
    shares = rows(file, "select count(*) / sum(count(*)) over () from TABLE group by source_system order by 1 desc")
    assert len(shares) == 12
    assert shares[0][0] > 0.2
    assert shares[-1][0] < 0.01
    [(first, last, width)] = rows(file, "select min(created_at), max(created_at), avg(length(attributes)) from TABLE")
    assert (first.date().isoformat(), last.date().isoformat()) == ("2023-11-01", "2026-10-31")
    assert width > 1000


def ranges(file: Path, column: str, of_type: str) -> list[tuple]:
    """Smallest and largest value of `column` in each row group's rows, as a zone map would hold them."""
    return rows(file, f"select min({column})::{of_type}, max({column})::{of_type} from TABLE group by rowid // 2048 having count(*) = 2048")


def test_as_found_every_row_group_holds_all_years_all_numbers_and_the_whole_alphabet_of_sources(rows_folder):
    file = data.database(rows_folder, "as_found")
    assert all(low.year == 2023 and high.year == 2026 for low, high in ranges(file, "created_at", "timestamp")[1:-1])
    assert all(low < 2_000 and high > 58_000 for low, high in ranges(file, "asset_id", "bigint"))
    assert {low for low, _ in ranges(file, "source_system", "varchar")} == {"amplitude"}
    assert {high for _, high in ranges(file, "source_system", "varchar")} == {"zendesk"}


def test_improved_row_groups_do_not_overlap_in_time(rows_folder):
    times = sorted(ranges(data.database(rows_folder, "improved"), "created_at::date", "date"))
    assert all(before[1] <= after[0] for before, after in pairwise(times))


def test_a_second_build_does_nothing_and_another_number_of_rows_builds_anew(tmp_path):
    first = data.build(tmp_path, 10_000)
    written = data.database(tmp_path, "improved").stat().st_mtime_ns
    assert data.build(tmp_path, 10_000) == first
    assert data.database(tmp_path, "improved").stat().st_mtime_ns == written
    assert data.build(tmp_path, 12_000).rows == 12_000


def test_a_truncated_file_is_no_finished_build(tmp_path):
    data.build(tmp_path, 10_000)
    file = data.database(tmp_path, "improved")
    file.write_bytes(file.read_bytes()[:-4096])
    assert data.find(tmp_path) is None
    data.build(tmp_path, 10_000)
    assert data.content_checksum(file) == TEN_THOUSAND_ROWS


def test_two_builders_at_once_build_once(tmp_path, capsys):
    built = []
    builders = [threading.Thread(target=lambda: built.append(data.build(tmp_path, 20_000))) for _ in range(2)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert built[0] == built[1]
    assert "waiting" in capsys.readouterr().err
    assert not list(tmp_path.glob(".building-*"))


def test_what_a_killed_build_left_is_removed(tmp_path):
    (tmp_path / ".building-1").mkdir()
    (tmp_path / ".building-1" / "as_found.duckdb").write_bytes(b"half")
    data.build(tmp_path, 10_000)
    assert not list(tmp_path.glob(".building-*"))


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "perfweek.sample.data", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_the_command_builds_below_the_folder_that_it_is_called_in(tmp_path):
    answer = run("--rows", "10000", folder=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("sample data ready: 10,000 rows")
    assert data.find(tmp_path / ".perfweek" / "sample")
    assert answer.stderr == ""  # bars are for terminals


def test_a_folder_that_cannot_be_written_is_named_with_the_remedy(tmp_path):
    (tmp_path / "file").write_text("")
    answer = run("--rows", "10000", "--folder", "file/rows", folder=tmp_path)
    assert answer.returncode == 1
    assert "a file stands where a folder is needed (file" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_disk_without_room_is_named_and_leaves_nothing_half_built(tmp_path):
    limited = f"ulimit -f 2000 && exec {sys.executable} -m perfweek.sample.data --rows 20000 --folder {tmp_path}"  # files of at most 2 MB
    answer = subprocess.run(["bash", "-c", limited], capture_output=True, text=True, check=False)
    assert answer.returncode == 1, answer.stderr
    assert "the sample's rows cannot be written" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_ctrl_c_ends_a_build_with_a_word_and_nothing_half_built(tmp_path):
    arguments = [sys.executable, "-m", "perfweek.sample.data", "--rows", "2000000", "--folder", str(tmp_path)]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as building:
        while not list(tmp_path.glob(".building-*/as_found.duckdb")):
            time.sleep(0.02)
        building.send_signal(signal.SIGINT)
        told = building.stderr.read()
    assert building.returncode == 130, told
    assert "interrupted: nothing was built" in told
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_the_workload_and_the_build_agree_on_the_number_of_rows():
    script = Path(__file__).parents[2] / "k6" / "sample.js"
    assert f"__ENV.ASSETS || {data.ROWS}" in script.read_text()
    assert data.ROWS >= 2_000_000
