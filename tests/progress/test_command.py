"""perfweek compare: what it prints, and how it refuses."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from perfweek.cli import app

HEADER = "metric_name,timestamp,metric_value,expected_response,name,status"


def results(path: Path, seed: int, factor: float = 1.0, name: str = "GET /a") -> Path:
    """Thirty seconds of twenty requests, around 100 ms times `factor`."""
    random = np.random.default_rng(seed)
    durations = 100 * factor * np.exp(random.normal(0, 0.2, 600))
    rows = [f"http_req_duration,{1700000000 + place // 20},{value:.3f},true,{name},200" for place, value in enumerate(durations)]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def printed(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["compare", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def as_json(*arguments: object) -> dict:
    return json.loads(printed(*arguments, "--json"))


def test_files_with_commas_between_and_folders_are_runs_of_a_side(tmp_path: Path) -> None:
    before = ",".join(str(results(tmp_path / f"old-{number}.csv", number)) for number in range(4))
    for number in range(4):
        results(tmp_path / "new" / f"{number}.csv", 100 + number, factor=0.5)
    found = as_json(before, tmp_path / "new")
    assert found["runs"] == [4, 4]
    assert found["verdicts"] == {"GET /a": "improved"}
    p95 = next(one for one in found["comparisons"] if one["quantity"] == "p95")
    assert p95["low"] < p95["ratio"] < p95["high"] < 0.6
    assert found["control"] == {"false_alarms": 0, "comparisons": 30}
    assert "4 against 4" in printed(before, tmp_path / "new")


def test_one_file_a_side_says_why_there_is_no_verdict_and_what_would_have_to_be_true(tmp_path: Path) -> None:
    output = " ".join(printed(results(tmp_path / "a.csv", 1), results(tmp_path / "b.csv", 2, factor=0.5)).split())
    assert "Cannot tell: GET /a" in output
    assert "one run a side" in output
    assert "in these two runs the 95th percentile was faster after" in output
    assert "if runs of one version differ by less than" in output


def test_two_servers_are_compared_by_path_and_single_endpoints_as_the_same(tmp_path: Path) -> None:
    by_path = as_json(results(tmp_path / "a.csv", 1, name="http://one:80/x"), results(tmp_path / "b.csv", 2, name="http://two:90/x"))
    assert list(by_path["verdicts"]) == ["/x"]
    alone = as_json(results(tmp_path / "a.csv", 1, name="GET /x"), results(tmp_path / "b.csv", 2, name="POST /y"))
    assert list(alone["verdicts"]) == ["GET /x, then POST /y"]
    assert alone["notes"] == ["Each side has one endpoint: they are taken for the same."]


def test_a_public_pair_of_files_gives_intervals_in_one_command(shared_data: Path) -> None:
    found = as_json(*(shared_data / "k6" / f"elizrg_my_test_result{number}.csv.gz" for number in (2, 3)))
    p99 = next(one for one in found["comparisons"] if one["quantity"] == "p99")
    assert 1 < p99["low"] < p99["ratio"] < p99["high"]
    assert p99["reason"].startswith("one run a side")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.csv", "nothing.csv"], "there is no such file or week"),
        (["2020-W01", "2020-W02"], "there is no such file or week"),
        ([",", ","], "is no week and no file of k6"),
        (["empty", "empty"], "the folder holds no results of k6"),
        (["page.html.csv", "page.html.csv"], "a web page or XML"),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "page.html.csv").write_text("<html></html>")
    command = [sys.executable, "-m", "perfweek", "compare", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode != 0
    assert message in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def refused(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["compare", *map(str, arguments)])
    assert done.exit_code == 1
    return str(done.exception)


def test_one_run_given_twice_is_not_two_runs(tmp_path: Path) -> None:
    one, other = results(tmp_path / "a.csv", 1), results(tmp_path / "b.csv", 2)
    copy = tmp_path / "copy.csv"
    copy.write_bytes(one.read_bytes())
    assert "the same results are given twice" in refused(f"{one},{one}", other)
    assert "the same results are given twice" in refused(other, f"{one},{copy}")


def test_a_run_that_stands_on_both_sides_is_told(tmp_path: Path) -> None:
    one = results(tmp_path / "a.csv", 1)
    assert as_json(one, one)["notes"] == ["a.csv has the same content as a.csv on the other side."]
    assert as_json(one, results(tmp_path / "b.csv", 2))["notes"] == []


def test_a_summary_beside_the_results_of_a_folder_is_no_run(tmp_path: Path) -> None:
    for number in range(2):
        results(tmp_path / "old" / f"{number}.csv", number)
        results(tmp_path / "new" / f"{number}.csv", 10 + number)
    (tmp_path / "old" / "summary.json").write_text('{"metrics":{"http_reqs":{"count":600,"rate":20}}}')
    assert as_json(tmp_path / "old", tmp_path / "new")["runs"] == [2, 2]


def test_what_is_not_known_is_no_data_in_the_table(tmp_path: Path) -> None:
    one = results(tmp_path / "a.csv", 1)
    failed = tmp_path / "b.csv"
    failed.write_text(one.read_text().replace(",true,GET /a,200", ",false,GET /a,500").replace(",1700", ",1800"))
    output = printed(one, failed)
    assert "no data" in output
    assert " nan" not in output
