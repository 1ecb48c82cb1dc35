"""The reports that commands write: found, kept, told apart by content, and refused where they are damaged."""

import json

import pytest
from small_service import week_of, write_target

from perfweek.errors import EvidenceError
from perfweek.profiling.timings import kept as kept_module
from perfweek.profiling.timings import sentences
from perfweek.profiling.timings.commands import measure_commands
from perfweek.profiling.timings.hyperfine import Benchmark
from perfweek.profiling.timings.importtime import Imports
from perfweek.profiling.timings.junit import JUnit
from perfweek.profiling.timings.read import read_timings
from perfweek.profiling.timings.reports import read_report
from perfweek.profiling.timings.turborepo import Summary

JUNIT = '<testsuite><testcase classname="shop" name="sells" time="0.5"/></testsuite>'
HYPERFINE = '{"results": [{"command": "make", "times": [1.0, 2.0], "exit_codes": [0, 0], "user": 0.5, "system": 0.1}]}'
TURBO = json.dumps(
    {
        "turboVersion": "2.11.0",
        "execution": {"command": "turbo run build", "startTime": 0, "endTime": 900},
        "tasks": [{"taskId": "web#build", "cache": {"status": "MISS"}, "execution": {"startTime": 100, "endTime": 600, "exitCode": 0}}],
    }
)
IMPORTS = "import time: self [us] | cumulative | imported package\nimport time:       100 |        100 | shop\n"
WRITER = "{python} -c 'import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])'"


def timed(tmp_path, reports, command="", **files):
    for name, text in files.items():
        (tmp_path / f"{name}.report").write_text(text)
    target = write_target(tmp_path, rest=f"[commands]\ntest = '''{command}'''\nruns = 1\nreports = {json.dumps(reports)}\n")
    week = week_of(target)
    return read_timings(week, measure_commands(week, target))


@pytest.mark.parametrize(("text", "kind"), [(JUNIT, JUnit), ("\ufeff\n" + JUNIT, JUnit), (HYPERFINE, list), (TURBO, Summary), (IMPORTS, Imports)])
def test_a_report_is_known_by_its_content_whatever_its_name(tmp_path, text, kind):
    (tmp_path / "results.txt").write_text(text)
    assert isinstance(read_report(tmp_path / "results.txt"), kind)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "the report is empty"),
        ("PASS\nok  shop 0.5s\n", "no report of times that is known"),
        (JUNIT[:-20], "no JUnit XML: "),
        ("<html><body/></html>", "no JUnit XML: "),
        ("<testsuite/>", "the JUnit XML holds no test"),
        (HYPERFINE[:-3], "no whole JSON: "),
        ("[" * 100_000, "no whole JSON: "),
        ('{"metrics": {}}', "JSON, but no report of times that is known"),
        ("import time: garbled\n", "no line of python -X importtime"),
    ],
)
def test_a_damaged_report_gives_one_error_that_says_what_and_where(tmp_path, text, what):
    (tmp_path / "results.txt").write_text(text)
    with pytest.raises(EvidenceError) as raised:
        read_report(tmp_path / "results.txt")
    assert raised.value.what.startswith(what)
    assert (raised.value.where, bool(raised.value.remedy)) == ("results.txt", True)


def test_what_each_run_writes_is_kept_with_its_run_and_temperature(tmp_path):
    timings = timed(tmp_path, ["{run}/*.xml"], command=f"{WRITER} {{run}}/j.xml '{JUNIT}'")
    assert [(one.command, one.temperature, one.run) for one, _ in timings.tests] == [("test", "cold", 1), ("test", "warm", 1)]
    assert timings.source_of(timings.tests).startswith("evidence/commands-monday/reports/")


def test_a_report_in_the_repository_is_copied_and_stays_there(tmp_path):
    timings = timed(tmp_path, ["out/**/*.json"], command=f"{WRITER} out/a/b/r.json '{HYPERFINE}'")
    assert timings.benchmarks == []  # the folder is not there, so the command fails
    (tmp_path / "out/a/b").mkdir(parents=True)
    timings = timed(tmp_path, ["out/**/r.json"], command=f"{WRITER} out/a/b/r.json '{HYPERFINE}'")
    assert [benchmark.times_s for _, benchmark in timings.benchmarks] == [(1.0, 2.0)] * 2
    assert (tmp_path / "out/a/b/r.json").exists()


def test_an_old_report_is_not_taken_for_that_of_a_run_that_wrote_none(tmp_path):
    timings = timed(tmp_path, ["*.report"], command="true", old=JUNIT)
    assert (timings.tests, timings.stale) == ([], 1)
    assert "1 report left out that no command wrote." in sentences.slowest_note(timings)


def test_without_commands_the_reports_that_are_there_are_read_as_of_unknown_temperature(tmp_path):
    timings = timed(tmp_path, ["*.report"], one=JUNIT, two=HYPERFINE, three=TURBO, four="nonsense")
    assert [written.temperature for written in timings.reports] == ["unknown"] * 3
    assert isinstance(timings.benchmarks[0][1], Benchmark)
    assert timings.problems == ["four.report: no report of times that is known"]
    assert "Not read: four.report: no report of times that is known." in sentences.slowest_note(timings)


def test_a_report_that_is_too_large_is_left_out_and_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(kept_module, "MOST_BYTES", len(JUNIT))
    timings = timed(tmp_path, ["*.report"], small=JUNIT, large=JUNIT + " ")
    assert (len(timings.tests), timings.left_out) == (1, 1)
    assert "1 report left out: too large, or too many." in sentences.slowest_note(timings)


def test_links_are_not_followed_out_of_the_project(tmp_path):
    (tmp_path / "elsewhere").write_text(JUNIT)
    (tmp_path / "link.report").symlink_to(tmp_path / "elsewhere")
    assert timed(tmp_path, ["*.report"]).reports == []
