"""Memory line by line in a real process under memory-profiler, and what is left out of it."""

import json

import pytest
from small_service import week_of, write_target

from perfweek.errors import EvidenceError, TargetError
from perfweek.profiling.memory.lines import lines_note, lines_sentence, lines_table, parse_lines
from perfweek.profiling.memory.measure import LINES, measure_lines, read_lines

WORK = """
import functools

def named(function):
    @functools.wraps(function)
    def wrapper(*words):
        return function(*words)
    return wrapper

@named
def fill(count):
    kept = []
    for _ in range(count):
        kept.append(bytearray(2_000_000))
    return kept

def shrink(held):
    sizes = [len(held.pop()) for _ in range(100)]
    return sum(sizes)

def never():
    return 1

class Thing:
    @classmethod
    def make(cls):
        return bytearray(30_000_000)
"""

USE = """
import sys, threading, work
from work import fill
assert sys.argv[1:] == ["--quick"]
held = fill(20)
shrink = threading.Thread(target=work.shrink, args=([bytearray(2_000_000) for _ in range(100)],))
shrink.start()
shrink.join()
work.Thing.make()
"""


def told(folder, functions, command="{python} use.py --quick"):
    target = write_target(folder, rest=f"[profiling]\nmemory_functions = {json.dumps(functions)}\nmemory_command = {json.dumps(command)}\n")
    (folder / "work.py").write_text(WORK)
    (folder / "use.py").write_text(USE)
    return read_lines(measure_lines(week_of(target), target, limit_s=30))


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    return told(tmp_path_factory.mktemp("lines"), ["work:fill", "work:shrink", "work:never", "work:Thing.make", "work:nothing", "absent:f"])


def test_the_line_that_allocates_is_at_the_top_behind_decorators_and_methods(lines):
    added = lines.table.dropna(subset=["increment_mib"]).set_index("code")["increment_mib"]
    assert added["        kept.append(bytearray(2_000_000))"] == pytest.approx(20 * 2_000_000 / 2**20, rel=0.1)
    assert added["        return bytearray(30_000_000)"] == pytest.approx(30_000_000 / 2**20, rel=0.1)
    assert lines_sentence(lines).startswith("Line 14 of `work:fill` adds most memory: 38")


def test_the_increment_that_memory_profiler_is_known_to_get_wrong_is_left_out_and_said(lines):
    comprehension = lines.table.set_index("code").loc["    sizes = [len(held.pop()) for _ in range(100)]"]
    assert comprehension["times"] > 100
    assert comprehension["increment_mib"] != comprehension["increment_mib"]
    assert lines.wrong == 1
    assert "1 increment left out" in lines_note(lines)
    assert lines.table["increment_mib"].min() > -210  # what was given back is 191 MiB; memory-profiler said 10,028


def test_the_first_line_of_a_function_is_not_said_to_add_all_the_memory_there_is(lines):
    first = lines.table[lines.table["times"] > 0].groupby("function").head(1)
    assert first["increment_mib"].isna().all()
    assert (first["memory_mib"] > 5).all()


def test_functions_that_were_not_found_or_not_called_are_named(lines):
    said = lines_sentence(lines)
    assert "`work:never` was not called." in said
    assert "`work:nothing` was not looked at: AttributeError" in said
    assert "`absent:f` was not looked at: ModuleNotFoundError" in said
    assert set(lines_table(lines)["function"]) == {"work:fill", "work:shrink", "work:Thing.make"}


def test_without_functions_nothing_is_run(tmp_path):
    lines = told(tmp_path, [], "false")
    assert lines_sentence(lines).startswith("No memory by line: the target names no function. Name some in [profiling] memory_functions")
    assert lines_note(lines) == "No function was looked at."
    assert len(lines_table(lines)) == 0


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("", "no command calls the functions"),
        ("make test", "the command does not begin with {python}"),
        ("{python} -c pass", "the command fails with exit code 1"),
        ("{python} absent.py", "the command fails with exit code 1"),
    ],
)
def test_a_command_that_cannot_do_it_is_a_result_with_a_remedy(tmp_path, command, why):
    lines = told(tmp_path, ["work:fill"], command)
    assert why in lines.reason
    assert lines.remedy


def test_a_command_that_takes_too_long_is_ended(tmp_path):
    target = write_target(tmp_path, rest='[profiling]\nmemory_functions = ["work:never"]\nmemory_command = "{python} long.py"\n')
    (tmp_path / "work.py").write_text(WORK)
    (tmp_path / "long.py").write_text("import time; time.sleep(60)")
    lines = read_lines(measure_lines(week_of(target), target, limit_s=1))
    assert "the command takes longer than 1 s" in lines.reason


def test_a_function_is_named_by_module_and_path(tmp_path):
    with pytest.raises(TargetError, match="memory_functions"):
        write_target(tmp_path, rest='[profiling]\nmemory_functions = ["work.fill(); import os"]\n')


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"functions": [{"lines": [{"told": 1}]}], "missing": {}}', LINES])
def test_a_damaged_record_is_said_to_be_damaged(text):
    with pytest.raises(EvidenceError, match="damaged"):
        parse_lines(text)
