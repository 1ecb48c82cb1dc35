"""The runner on a week of small notebooks: what it says of a day is true, whatever happens to it."""

import os
import signal

import pytest
from small_week import SmallWeek

from perfweek.week import DAYS


@pytest.fixture
def small(tmp_path):
    week = SmallWeek.build(tmp_path)
    yield week
    for process in week.processes():
        process.kill()


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    week = SmallWeek.build(tmp_path_factory.mktemp("finished"))
    code, output = week.run()
    assert code == 0, output
    return week


def test_a_whole_week_leaves_a_report_a_day_and_a_front_page(finished):
    assert finished.states() == dict.fromkeys(DAYS, "complete")
    assert {path.name for path in finished.week.reports.glob("*.html")} == {f"{day}.html" for day in DAYS} | {"index.html"}


def test_the_manifest_records_parameters_versions_host_and_durations(finished):
    manifest = finished.week.manifest()
    assert manifest["versions"]["duckdb"].startswith("2.")
    assert manifest["host"]["cores"] >= 1
    for day in DAYS:
        entry = manifest["days"][day]
        assert entry["parameters"]["week"] == "2026-W48"
        assert entry["seconds"] > 0
        assert entry["started"] < entry["finished"]
        assert entry["summary"]["verdict"] == ["All is well."]


def test_monday_comes_first_and_friday_last(finished):
    days = finished.week.manifest()["days"]
    assert days["monday"]["finished"] <= min(days[day]["started"] for day in ("tuesday", "wednesday", "thursday"))
    assert days["friday"]["started"] >= max(days[day]["finished"] for day in ("tuesday", "wednesday", "thursday"))


def test_no_secret_and_no_path_of_this_machine_is_in_the_published_files(finished):
    for path in finished.week.reports.iterdir():
        assert str(finished.root) not in path.read_text(), path.name


def test_the_second_run_does_nothing_again(finished):
    before = finished.week.manifest()["days"]
    code, output = finished.run()
    assert code == 0, output
    assert finished.week.manifest()["days"] == before
    assert finished.times_measured() == 1


def test_a_deleted_evidence_file_is_measured_again_with_every_day_that_used_it(small):
    assert small.run("monday", "tuesday")[0] == 0
    (small.week.evidence / "load-monday" / "figures.csv").unlink()
    code, output = small.run("monday", "tuesday")
    assert code == 0, output
    assert small.times_measured() == 2
    assert "done before" not in output


def test_without_its_evidence_a_day_fails_and_shows_no_old_numbers(small):
    assert small.run("monday", "tuesday")[0] == 0
    (small.week.evidence / "load-monday" / "figures.csv").unlink()
    code, output = small.run("tuesday")
    assert code == 1
    assert "figures.csv is missing" in output
    assert not (small.week.reports / "tuesday.html").exists()


def test_a_failed_cell_fails_the_day_publishes_nothing_and_is_resumed_by_the_same_command(small):
    small.tell("monday", "1 / 0")
    code, output = small.run("monday", "tuesday")
    assert code == 1
    assert "ZeroDivisionError" in output
    assert small.states()["monday"] == "failed"
    assert small.states()["tuesday"] == "pending"
    assert not (small.week.reports / "monday.html").exists()
    small.tell("monday", "")
    assert small.run("monday", "tuesday")[0] == 0
    assert small.times_measured() == 1


def test_an_error_of_perfweek_is_shown_in_its_own_words(small):
    small.tell("monday", "from perfweek.errors import MeasurementError\nraise MeasurementError('the service died', 'port 1', 'Look at its log.')")
    code, output = small.run("monday")
    assert code == 1
    assert "the service died (port 1)" in output
    assert "Look at its log." in output
    assert "Traceback" not in output


def test_a_cell_that_takes_too_long_fails_the_day(small):
    small.tell("monday", "import time; time.sleep(60)")
    code, output = small.run("monday", "--cell-timeout", "3")
    assert code == 1
    assert "took longer than 3 s" in output
    assert small.states()["monday"] == "failed"
    small.assert_no_process_is_left()


def test_the_death_of_a_kernel_fails_the_day(small):
    small.tell("monday", "import os; os.kill(os.getpid(), 9)")
    code, output = small.run("monday")
    assert code == 1
    assert "the kernel of monday died" in output
    assert small.states()["monday"] == "failed"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_says_interrupted_leaves_no_process_and_goes_on_later(small, number):
    small.tell("monday", "import time; time.sleep(60)")
    run = small.start("monday")
    small.wait_for("measured.mark")
    run.send_signal(number)
    output, _ = run.communicate(timeout=60)
    assert run.returncode == 130, output
    assert "the same command goes on from here" in output
    assert small.states()["monday"] == "interrupted"
    small.assert_no_process_is_left()
    small.tell("monday", "")
    assert small.run("monday")[0] == 0
    assert small.times_measured() == 1


MOMENTS = {
    "the week is taken": "weeks/2026-W48/.lock",
    "the day is marked as running": "weeks/2026-W48/.run/monday.task",
    "the measurement is under way": "measuring.mark",
    "the measurement is finished": "measured.mark",
    "the facts are written": "weeks/2026-W48/facts/monday.parquet",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_killed_at_any_moment_is_completed_by_the_same_command(small, moment):
    (small.root / "seconds").write_text("0.5")
    run = small.start("monday")
    small.wait_for(MOMENTS[moment])
    os.kill(run.pid, signal.SIGKILL)
    run.communicate(timeout=60)
    small.assert_no_process_is_left()
    measured = small.times_measured()
    code, output = small.run("monday")
    assert code == 0, output
    assert small.states()["monday"] == "complete"
    assert small.times_measured() == max(measured, 1)
    assert not list(small.week.evidence.glob(".*.measuring"))


def test_a_second_run_of_the_same_week_says_so_and_stops(small):
    small.tell("monday", "import time; time.sleep(60)")
    first = small.start("monday")
    small.wait_for("measured.mark")
    code, output = small.run("tuesday")
    assert code == 1
    assert "is being run by another process" in output
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)


def test_a_worker_killed_from_outside_is_a_failed_day_not_a_complete_one(small):
    small.tell("monday", "import time; time.sleep(60)")
    run = small.start("monday")
    small.wait_for("measured.mark")
    (worker,) = [
        process for process in small.processes() if "perfweek.report.worker" in " ".join(process.cmdline()) and "-I" not in process.cmdline()
    ]
    worker.kill()
    output, _ = run.communicate(timeout=60)
    assert run.returncode == 1
    assert "died with exit code 137" in output
    assert small.states()["monday"] == "failed"
    small.assert_no_process_is_left()


def test_a_report_that_holds_a_secret_is_not_published(small):
    small.tell("monday", "import os; print('connected with ' + os.environ['WAREHOUSE_PASSWORD'])")
    code, output = small.run("monday", WAREHOUSE_PASSWORD="correct-horse-battery")
    assert code == 1
    assert "WAREHOUSE_PASSWORD" in output
    assert "correct-horse" not in output
    assert not (small.week.reports / "monday.html").exists()
    small.tell("monday", "")
    assert small.run("monday", WAREHOUSE_PASSWORD="correct-horse-battery")[0] == 0


def test_two_of_the_middle_days_run_at_a_time_and_each_keeps_its_own_kernel(small):
    assert small.run("monday")[0] == 0
    both = "all(Path(f'{name}.here').exists() for name in ('tuesday', 'wednesday'))"
    meet = f"import time\nPath(f'{{day.name}}.here').write_text('')\nwhile not {both}: time.sleep(0.05)"
    small.tell("tuesday", meet)
    small.tell("wednesday", meet)
    code, output = small.run("tuesday", "wednesday", "--cell-timeout", "60")
    assert code == 0, output
