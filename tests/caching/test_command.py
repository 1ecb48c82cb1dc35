"""perfweek trace: what it prints, and how it refuses."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from perfweek.cli import app


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Requests of a b a c a b at 0 to 5 s, of 10, 20 and 30 bytes."""
    path = tmp_path / "requests.csv"
    sizes = {"a": 10, "b": 20, "c": 30}
    path.write_text("time,key,size\n" + "".join(f"{at},{key},{sizes[key]}\n" for at, key in enumerate("abacab")))
    return path


def printed(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["trace", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def points(*arguments: object) -> dict[int, float]:
    found = json.loads(printed(*arguments, "--json"))
    return {point["size"]: round(point["miss_ratio"] * found["requests"]) for point in found["curve"]}


def test_the_json_has_requests_objects_and_the_curve(log: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "perfweek", "trace", log, "--sizes", "1,2,3", "--json"], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert (found["requests"], found["objects"]) == (6, 3)
    assert [(point["size"], round(6 * point["miss_ratio"])) for point in found["curve"]] == [(1, 6), (2, 4), (3, 3)]


def test_by_bytes_an_object_takes_the_room_that_it_needs(log: Path) -> None:
    # in 30 bytes: a and b fit together, c pushes both out
    assert points(log, "--bytes", "--sizes", "9,30,60") == {9: 6, 30: 5, 60: 3}


def test_a_time_to_live_counts_from_the_fill(log: Path) -> None:
    # a is filled at 0, hit at 2, gone at 3, filled again at 4; b is filled at 1, gone at 4, filled again at 5
    assert points(log, "--sizes", "3", "--ttl", "3") == {3: 5}


def test_without_sizes_a_table_from_a_thousandth_of_the_objects_to_all(log: Path) -> None:
    output = printed(log)
    assert "6 requests of 3 objects: exact, one pass for all sizes" in output
    assert re.search(r"^\s+3\s+50\.000%", output, re.M)
    assert "- times start near 0 and do not state their unit: taken as seconds" in output
    assert "too short a log" in output


def test_a_size_that_a_sample_cannot_answer_is_refused_and_null(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("key\n" + "".join(f"{place * place % 9973}\n" for place in range(50_000)))
    assert "refused" in printed(path, "--sample", "0.2", "--sizes", "499,1000")
    small, large = json.loads(printed(path, "--sample", "0.2", "--sizes", "499,1000", "--json"))["curve"]
    assert small["miss_ratio"] is None
    assert large["low"] < large["miss_ratio"] < large["high"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--sizes", "many"], "'many' is no list of sizes"),
        (["--sizes", "0"], "a size must be 1 or more"),
        (["--ttl", "0"], "over 0 s"),
        (["--columns", "colour=red"], "does not name columns"),
        (["--columns", "key=nothing"], "there is no column key=nothing"),
        (["--time-unit", "fortnights"], "is no unit of time"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(log: Path, arguments: list[str], message: str) -> None:
    done = subprocess.run([sys.executable, "-m", "perfweek", "trace", log, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert message in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "perfweek", "trace", tmp_path / "nothing"], capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "there is no such trace" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("sizes", ["1.5", "nan", "inf", "1e300", "10MB", "10,ten"])
def test_sizes_that_are_no_whole_numbers_are_refused(log: Path, sizes: str) -> None:
    done = CliRunner().invoke(app, ["trace", str(log), "--sizes", sizes])
    assert done.exit_code == 1
    assert "is no list of sizes" in str(done.exception)


def test_a_sample_that_holds_no_key_is_refused(log: Path) -> None:
    done = CliRunner().invoke(app, ["trace", str(log), "--sample", "1e-9"])
    assert done.exit_code == 1
    assert "a sample of 1e-09 of the keys holds none" in str(done.exception)


def test_a_pipe_is_refused_as_one_and_not_called_empty(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    done = CliRunner().invoke(app, ["trace", str(pipe)])
    assert done.exit_code == 1
    assert "the trace is a pipe" in str(done.exception)
