"""How long build and test commands take, measured with real commands."""

import math

from small_service import processes_with, week_of, write_target

from perfweek.metrics import CATALOGUE
from perfweek.profiling import sentences, tables
from perfweek.profiling.commands import RUNS, measure_commands, read_commands, source
from perfweek.profiling.findings import durations, facts_of, failures
from perfweek.profiling.pyspy import Profile
from perfweek.profiling.window import Window

NO_PROFILE = Window(Profile("0.4.2", (), 100, 0, 0, "no reason", ""), {}, 0, 0, "evidence/profile-monday/profile.json")
BUSY = '{python} -c "import time; end = time.process_time() + 0.2; exec(\\"while time.process_time() < end: pass\\")"'


def timed(tmp_path, build="", test=""):
    target = write_target(tmp_path, rest=f"[commands]\nbuild = '''{build}'''\ntest = '''{test}'''\n")
    week = week_of(target)
    measurement = measure_commands(week, target)
    return week, measurement, read_commands(measurement)


def test_each_command_runs_three_times_in_turn_with_wall_and_cpu_time(tmp_path):
    _, _, timings = timed(tmp_path, build=BUSY, test="{python} -c 'import time; time.sleep(0.3)'")
    assert [(one.command, one.run) for one in timings] == [(name, run) for run in range(1, RUNS + 1) for name in ("build", "test")]
    build, test = ([one for one in timings if one.command == name] for name in ("build", "test"))
    assert all(one.exit_code == 0 for one in timings)
    assert all(one.user_s + one.system_s >= 0.2 for one in build)
    assert all(one.wall_s >= 0.3 > one.user_s for one in test)


def test_a_command_runs_in_the_folder_of_the_repository_without_a_shell(tmp_path):
    timed(tmp_path, build="touch built;here")
    assert (tmp_path / "built;here").exists()


def test_a_command_that_fails_is_not_repeated_and_is_no_baseline(tmp_path):
    week, measurement, timings = timed(tmp_path, build="{python} -c 'print(\"no compiler\"); raise SystemExit(2)'", test="true")
    assert [(one.command, one.exit_code) for one in timings] == [("build", 2), ("test", 0), ("test", 0), ("test", 0)]
    assert set(durations(timings)) == {"test"}
    assert set(failures(timings)) == {"build"}
    assert "The build command failed with exit code 2: no baseline" in sentences.commands_sentence(timings)
    assert "no compiler" in measurement.path("build.log").read_text()
    facts = facts_of(NO_PROFILE, timings, source(week, measurement))
    assert [(fact.metric, fact.labels) for fact in facts] == [("command.duration", {"command": "test"})]


def test_a_program_that_does_not_exist_is_said(tmp_path):
    _, _, timings = timed(tmp_path, build="no-such-compiler --all")
    assert [one.exit_code for one in timings] == [127]
    assert "The build command could not be started" in sentences.commands_sentence(timings)


def test_without_commands_there_is_no_data_but_evidence_that_none_was_given(tmp_path):
    week, measurement, timings = timed(tmp_path)
    assert timings == []
    assert sentences.commands_sentence(timings).startswith("No data: the target names no build or test command.")
    assert tables.command_table(timings).empty
    assert source(week, measurement) == "evidence/commands-monday/commands.csv"


def test_three_runs_give_an_interval_and_a_sentence(tmp_path):
    _, _, timings = timed(tmp_path, test="{python} -c pass")
    (duration,) = durations(timings).values()
    assert 0 <= duration.low < duration.value < duration.high
    assert (duration.n, duration.method) == (3, "t interval over 3 runs")
    assert sentences.commands_sentence(timings).startswith("The test command takes ")
    assert "command.duration" in CATALOGUE
    assert set(tables.COMMAND_FORMATS) <= set(tables.command_table(timings))


def test_a_single_run_has_no_interval(tmp_path):
    _, _, timings = timed(tmp_path, test="true")
    (duration,) = durations(timings[:1]).values()
    assert math.isnan(duration.low)


def test_what_a_command_leaves_running_is_ended(tmp_path):
    timed(tmp_path, build=f"sh -c 'sleep 61234 & echo {tmp_path}'")
    assert processes_with("sleep 61234") == []


def test_the_same_commands_are_not_timed_twice(tmp_path):
    _, first, _ = timed(tmp_path, test="true")
    target = write_target(tmp_path, rest="[commands]\ntest = 'true'\nbuild = ''\n")
    assert measure_commands(week_of(target), target) == first
