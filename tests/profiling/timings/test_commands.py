"""How long build and test commands take, measured with real commands."""

import pytest
from small_service import processes_with, week_of, write_target

from perfweek.profiling.timings import commands, sentences, tables
from perfweek.profiling.timings.commands import measure_commands, rounds, service_module
from perfweek.profiling.timings.durations import durations, failures
from perfweek.profiling.timings.findings import facts_of
from perfweek.profiling.timings.read import read_timings
from perfweek.target import Commands, Service, Target

BUSY = '{python} -c "import time; end = time.process_time() + 0.2; exec(\\"while time.process_time() < end: pass\\")"'


def timed(tmp_path, build="", test="", runs=2, rest=""):
    target = write_target(tmp_path, rest=f"[commands]\nbuild = '''{build}'''\ntest = '''{test}'''\nruns = {runs}\n{rest}")
    week = week_of(target)
    return read_timings(week, measure_commands(week, target))


def laps(timings):
    return [(one.command, one.state, one.run) for one in timings.laps]


def test_cold_and_warm_rounds_take_turns_until_each_has_run_as_often_as_asked():
    pattern = [("after clean", 1), ("warm", 1), ("after clean", 2), ("warm", 2), ("warm", 3)]
    assert rounds(cold=2, warm=3, cleaned=True) == pattern
    assert rounds(cold=2, warm=3, cleaned=False) == [("first run", 1), ("warm", 1), ("warm", 2), ("warm", 3)]
    assert [state for state, _ in rounds(cold=3, warm=1, cleaned=True)] == ["after clean", "warm", "after clean", "after clean"]


def test_each_round_runs_the_commands_in_turn_with_wall_and_cpu_time(tmp_path):
    timings = timed(tmp_path, build=BUSY, test="{python} -c 'import time; time.sleep(0.3)'", runs=1)
    assert laps(timings) == [("build", "first run", 1), ("test", "first run", 1), ("build", "warm", 1), ("test", "warm", 1)]
    build, test = ([one for one in timings.laps if one.command == name] for name in ("build", "test"))
    assert all(one.exit_code == 0 for one in timings.laps)
    assert all(one.user_s + one.system_s >= 0.2 for one in build)
    assert all(one.wall_s >= 0.3 > one.user_s for one in test)


def test_clean_makes_a_run_cold_and_is_no_command_itself(tmp_path):
    build = '{python} -c \'import os, time; os.path.exists("out") or time.sleep(0.4); open("out", "w")\''
    timings = timed(tmp_path, build=build, runs=2, rest="clean = 'rm -f out'\ncold = 2\n")
    assert laps(timings) == [
        *(("clean", "clean", 1), ("build", "after clean", 1), ("build", "warm", 1)),
        *(("clean", "clean", 2), ("build", "after clean", 2), ("build", "warm", 2)),
    ]
    cold, warm = durations(timings)
    assert (cold.temperature, cold.how, cold.wall_s.n) == ("cold", "after clean", 2)
    assert (warm.temperature, warm.how, warm.wall_s.n) == ("warm", "warm", 2)
    assert cold.wall_s.value >= 0.4 + 0.5 * warm.wall_s.value
    assert " cold, after `clean`" in sentences.commands_sentence(timings)
    assert [fact.labels for fact in facts_of(timings)] == [{"command": "build", "temperature": name} for name in ("cold", "warm")]


def test_after_a_clean_that_fails_no_run_is_called_cold_after_clean(tmp_path):
    timings = timed(tmp_path, build="true", rest="clean = 'false'\n")
    assert {one.state for one in timings.laps} == {"clean", "first run", "warm"}
    said = sentences.commands_sentence(timings)
    assert "The clean command failed with exit code 1: no run after it counts as cold" in said
    assert "in the first run" in said


def test_a_command_runs_in_the_folder_of_the_repository_without_a_shell(tmp_path):
    timed(tmp_path, build="touch built;here", runs=1)
    assert (tmp_path / "built;here").exists()


def test_a_command_that_fails_is_not_repeated_and_is_no_baseline(tmp_path):
    timings = timed(tmp_path, build="{python} -c 'print(\"no compiler\"); raise SystemExit(2)'", test="true")
    assert [(one.command, one.exit_code) for one in timings.laps] == [("build", 2), ("test", 0), ("test", 0), ("test", 0)]
    assert {one.command for one in durations(timings)} == {"test"}
    assert [one.command for one in failures(timings)] == ["build"]
    assert "The build command failed with exit code 2: no baseline" in sentences.commands_sentence(timings)
    assert {fact.labels["command"] for fact in facts_of(timings)} == {"test"}
    table = tables.command_table(timings)
    assert table["remark"].tolist()[-1] == "failed, exit code 2"
    assert set(tables.COMMAND_FORMATS) <= set(table)


def test_the_output_of_a_command_is_kept(tmp_path):
    target = write_target(tmp_path, rest="[commands]\nbuild = 'echo compiled'\nruns = 1\n")
    assert measure_commands(week_of(target), target).path("build.log").read_text() == "compiled\ncompiled\n"


def test_a_program_that_does_not_exist_is_said(tmp_path):
    timings = timed(tmp_path, build="no-such-compiler --all")
    assert [one.exit_code for one in timings.laps] == [127]
    assert "The build command could not be started" in sentences.commands_sentence(timings)


def test_a_command_that_itself_ends_with_127_was_started(tmp_path):
    timings = timed(tmp_path, build="sh -c 'exit 127'")
    assert "The build command failed with exit code 127" in sentences.commands_sentence(timings)


def test_without_commands_there_is_no_data_but_evidence_that_none_was_given(tmp_path):
    timings = timed(tmp_path)
    assert timings.laps == []
    assert sentences.commands_sentence(timings).startswith("No data: the target names no build or test command.")
    assert tables.command_table(timings).empty
    assert facts_of(timings) == []
    assert timings.source == "evidence/commands-monday/commands.csv"


def test_what_a_command_leaves_running_is_ended(tmp_path):
    timed(tmp_path, build=f"sh -c 'sleep 61234 & echo {tmp_path}'", runs=1)
    assert processes_with("sleep 61234") == []


def test_the_same_commands_are_not_timed_twice_and_others_are(tmp_path):
    def measured(runs):
        target = write_target(tmp_path, service='start = "true"', rest=f"[commands]\ntest = 'true'\nruns = {runs}\n")
        return measure_commands(week_of(target), target)

    first = measured(1)
    assert measured(1) == first
    assert measured(2) != first


def test_an_import_is_timed_in_the_python_and_the_folder_of_the_service(tmp_path):
    (tmp_path / "shop.py").write_text("import time, colorsys\ntime.sleep(0.05)\n")
    timings = timed(tmp_path, test="true", runs=2, rest="imports = 'shop'\n")
    assert [report.modules[-1].module for _, report in timings.imports] == ["shop", "shop"]
    assert all(report.modules[-1].self_us >= 50_000 for _, report in timings.imports)
    assert "Importing `shop` takes " in sentences.imports_sentence(timings)
    assert "`shop` (" in sentences.imports_sentence(timings)
    assert {fact.labels["command"] for fact in facts_of(timings) if fact.metric == "command.duration"} == {"test"}


def test_an_import_that_fails_or_never_ends_is_said_and_is_no_figure(tmp_path, monkeypatch):
    monkeypatch.setattr(commands, "LONGEST_IMPORT_S", 0.5)
    (tmp_path / "stuck.py").write_text("import time\ntime.sleep(61235)\n")
    timings = timed(tmp_path, rest="imports = 'stuck'\n")
    assert [lap.exit_code for lap in timings.laps] == [124]
    assert "The import of `stuck` did not end within" in sentences.commands_sentence(timings)
    assert timings.imports == []
    assert processes_with("import stuck") == []
    (tmp_path / "broken.py").write_text("1 / 0\n")
    broken = timed(tmp_path, rest="imports = 'broken'\n")
    assert "The import of `broken` failed with exit code 1" in sentences.commands_sentence(broken)


@pytest.mark.parametrize(
    ("start", "module"),
    [
        ("{python} -m uvicorn shop.api:app --port 80", "shop.api"),
        ("python3.12 -m gunicorn 'shop.wsgi:create_app()' -b 127.0.0.1:80", "shop.wsgi"),
        ("{python} -m perfweek.sample --port 8765", ""),  # a module that is run may serve as soon as it is imported
        ("{python} service.py --listen 127.0.0.1:80", ""),
        ("./server shop.api:app", ""),
        ("", ""),
    ],
)
def test_the_service_module_is_the_one_that_a_server_imports_by_design(start, module):
    assert service_module(Target(service=Service(start=start))) == module
    assert service_module(Target(service=Service(start=start), commands=Commands(imports="own.module"))) == "own.module"
