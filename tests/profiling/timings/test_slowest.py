"""What is slowest, in words, tables, a figure and facts, from timings made by hand."""

import math

import pytest

from perfweek.metrics import CATALOGUE
from perfweek.profiling.timings import figures, sentences, tables
from perfweek.profiling.timings.commands import Timing
from perfweek.profiling.timings.durations import durations
from perfweek.profiling.timings.findings import facts_of
from perfweek.profiling.timings.hyperfine import Benchmark
from perfweek.profiling.timings.importtime import Import, Imports
from perfweek.profiling.timings.junit import Case, JUnit
from perfweek.profiling.timings.read import Timings, Written
from perfweek.profiling.timings.slowest import slowest_imports, slowest_packages, slowest_tests
from perfweek.profiling.timings.turborepo import Summary, Task


def junit(suite_s=math.nan, **times_s):
    return JUnit(tuple(Case("shop", name, time_s, "passed") for name, time_s in times_s.items()), suite_s)


def made(*reports, laps=(), module=""):
    written = [Written(content, command, temperature, run, "evidence/r.xml") for content, command, temperature, run in reports]
    return Timings(laps, written, (), 0, 0, module, "evidence/commands.csv")


def lap(command, state, run, wall_s, cpu_s=1.0, code=0):
    return Timing(wall_s, cpu_s, 0.0, code, command, state, run)


def test_a_test_is_the_median_of_its_warm_runs_and_cold_ones_are_not_mixed_in():
    timings = made(
        (junit(slow=99.0, fast=1.0), "test", "cold", 1),
        *((junit(slow=slow, fast=1.0), "test", "warm", run) for run, slow in enumerate([3.0, 9.0, 4.0], 1)),
    )
    tests = slowest_tests(timings)
    assert [(one.name, one.time_s.value, one.time_s.n) for one in tests.times] == [("slow", 4.0, 3), ("fast", 1.0, 3)]
    assert (tests.temperature, tests.runs, tests.total_s, tests.share(1)) == ("warm", 3, 5.0, 0.8)
    assert "The slowest test is `slow`: 4 s" in sentences.slowest_sentence(timings)


def test_failed_skipped_and_untimed_tests_have_no_time_and_are_counted():
    kinds = (("fails", 9.0, "failed"), ("waits", 0.0, "skipped"), ("odd", math.nan, "passed"), ("good", 1.0, "passed"))
    cases = tuple(Case("s", *kind) for kind in kinds)
    flaky = (Case("s", "flaky", 9.0, "failed"),)
    timings = made((JUnit(cases + flaky, 1.0), "test", "warm", 1), (junit(flaky=1.0), "test", "warm", 2))
    tests = slowest_tests(timings)
    assert {one.name for one in tests.times} == {"good", "flaky"}  # the classes differ: s.flaky failed, shop.flaky did not
    assert (tests.failed, tests.skipped, tests.untimed) == (2, 1, 1)
    assert "Not counted: 2 failed tests, 1 skipped test and 1 untimed test." in sentences.tests_sentence(tests)
    nothing = slowest_tests(made((JUnit(flaky, 1.0), "test", "warm", 1)))
    assert sentences.tests_sentence(nothing) == "No test has a time: 1 failed, 0 skipped, 0 without one."


def test_tests_that_add_up_to_more_than_the_clock_ran_side_by_side():
    beside = slowest_tests(made((junit(4.0, a=5.0, b=3.0), "test", "warm", 1)))
    assert beside.side_by_side == 2
    assert "They ran side by side, 2 at a time." in sentences.tests_sentence(beside)
    assert slowest_tests(made((junit(9.0, a=5.0, b=3.0), "test", "warm", 1))).side_by_side == 1


def test_the_time_outside_of_tests_is_told():
    timings = made((junit(4.0, a=3.5), "test", "warm", 1), laps=[lap("test", "warm", 1, 6.0)])
    assert "Of the test command's 6 s, 2 s pass outside of tests" in sentences.slowest_sentence(timings)


def test_modules_are_ranked_by_their_own_time_and_packages_by_that_of_their_modules():
    run = Imports((Import("shop.models", 30_000, 30_000, 1), Import("json", 40_000, 40_000, 1), Import("shop", 20_000, 90_000, 0)), 0)
    timings = made((run, "import", "warm", 1), module="shop")
    assert [(one.module, one.self_ms.value, one.cumulative_ms.value) for one in slowest_imports(timings)] == [
        *(("json", 40, 40), ("shop.models", 30, 30)),
        ("shop", 20, 90),
    ]
    assert [(name, own.value) for name, own in slowest_packages(timings)] == [("shop", 50), ("json", 40)]
    said = sentences.imports_sentence(timings)
    assert said == "Importing `shop` takes 90 ms (no interval); most of it is the code of `shop` (50 ms) and `json` (40 ms)."


def test_the_slowest_task_and_the_critical_path_are_told():
    tasks = (Task("lib#build", 0.1, 3.9, True, 0, ()), Task("web#build", 2.0, 0, False, 0, ("lib#build",)))
    timings = made((Summary("turbo run build", tasks, 2.1), "build", "warm", 1))
    said = sentences.tasks_sentence(timings)
    assert said.startswith("The slowest task is `lib#build`: 4 s")
    assert "the chain lib#build → web#build takes 6 s" in said
    rows = tables.slowest_table(timings)
    assert rows[["kind", "name", "ms"]].values.tolist() == [["task", "lib#build", 4000], ["task", "web#build", 2000]]
    assert rows["remark"].tolist() == ["100 ms from the cache", ""]
    assert {(fact.labels["command"], fact.labels["temperature"]) for fact in facts_of(timings)} == {
        *(("lib#build", "cold"), ("lib#build", "warm"), ("web#build", "cold")),
    }


def test_runs_that_differ_by_more_than_a_tenth_are_said_with_the_steadier_cpu_time():
    unsteady = made(laps=[lap("test", "warm", run, wall_s) for run, wall_s in enumerate([1.0, 2.0, 3.0], 1)])
    steady = made(laps=[lap("test", "warm", run, wall_s) for run, wall_s in enumerate([1.0, 1.01, 1.02], 1)])
    assert "(test, warm: by 50 %, its CPU time by 0 %)" in sentences.commands_sentence(unsteady)
    assert "Unsteady" not in sentences.commands_sentence(steady)
    assert tables.command_table(unsteady)["remark"].tolist() == ["unsteady: spread beyond 10 %"]
    assert tables.command_table(steady)["remark"].tolist() == [""]


def test_hyperfine_commands_stand_beside_ours_but_failed_ones_do_not():
    good, bad = Benchmark("make", (1.0, 2.0, 3.0), (0, 0, 0), 0.5, 0.1), Benchmark("make check", (1.0,), (1,), 0.5, 0.1)
    timings = made(([good, bad], "", "unknown", 0))
    (one,) = durations(timings)
    assert (one.command, one.temperature, one.wall_s.value, one.wall_s.n) == ("make", "unknown", 2.0, 3)
    assert "`make` takes 2 s" in sentences.commands_sentence(timings)
    assert "does not say what was warm" in sentences.commands_note(timings)
    assert facts_of(timings)[0].source == "evidence/r.xml"


def test_every_figure_left_behind_is_in_the_catalogue_and_names_its_temperature():
    run = Imports((Import("shop", 20_000, 20_000, 0),), 0)
    laps = [lap("build", "after clean", 1, 5.0), lap("build", "warm", 1, 1.0)]
    facts = facts_of(made((junit(a=1.0), "test", "warm", 1), (run, "import", "warm", 1), laps=laps, module="shop"))
    assert {fact.metric for fact in facts} == {"command.duration", "test.duration", "import.duration"} <= set(CATALOGUE)
    assert [fact.labels.get("temperature") for fact in facts] == ["cold", "warm", "warm", None, None]
    assert [(fact.labels["scope"], fact.estimate.value) for fact in facts[-2:]] == [("all", 20), ("own", 20)]


def test_the_table_leaves_out_what_takes_nothing():
    table = tables.slowest_table(made((junit(slow=3.0, fast=1.0, nothing=0.001), "test", "warm", 1)))
    assert table[["name", "ms", "remark"]].values.tolist() == [["slow", 3000, "shop"], ["fast", 1000, "shop"]]
    assert table["share %"].round().tolist() == [75, 25]


def test_the_figure_draws_the_slowest_tests_with_their_share_and_leaves_out_what_takes_nothing():
    axes = figures.slowest_figure(made((junit(slow=3.0, fast=1.0, nothing=0.001), "test", "warm", 1))).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["slow", "fast"]
    assert [text.get_text() for text in axes.texts] == ["75.0 %", "25.0 %"]
    assert [bar.get_width() for bar in axes.patches] == [3.0, 1.0]


def test_without_tests_the_figure_draws_imports_and_without_both_it_says_so():
    run = Imports((Import("shop", 20_000, 20_000, 0),), 0)
    assert "own code, ms" in figures.slowest_figure(made((run, "import", "warm", 1))).axes[0].get_xlabel()
    assert [text.get_text() for text in figures.slowest_figure(made()).texts] == ["no data"]
    assert "No data about tests" in sentences.slowest_sentence(made())
    assert tables.slowest_table(made()).empty


def test_names_from_outside_are_drawn_short_and_without_control_characters(tmp_path):
    name = "test[$\\frac{$\x1b\n" + "x" * 500
    figure = figures.slowest_figure(made((junit(**{name: 1.0}), "test", "warm", 1)))
    (label,) = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert label.isprintable()
    assert len(label) < 60


@pytest.mark.parametrize("name", ["COMMAND_FORMATS", "SLOWEST_FORMATS"])
def test_the_formats_name_columns_of_their_tables(name):
    timings = made((junit(a=1.0), "test", "warm", 1), laps=[lap("build", "warm", 1, 1.0)])
    table = tables.command_table(timings) if name == "COMMAND_FORMATS" else tables.slowest_table(timings)
    assert set(getattr(tables, name)) <= set(table)
