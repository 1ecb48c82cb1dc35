"""The pauses of a real Python process, recorded without a change in it, or by one call."""

import gc
import json
import os
import subprocess
import sys

import pytest

from perfweek.gc_log import VARIABLE, recorded
from perfweek.profiling.memory.pauses import parse_pauses

COLLECTS = "import gc, sys; print(sys.argv[1:], __name__); [gc.collect() for _ in range(3)]"


def run(*words, **keywords):
    return subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, check=False, timeout=60, **keywords)


def test_a_module_runs_as_it_would_alone_and_its_pauses_are_kept(tmp_path):
    (tmp_path / "service.py").write_text(COLLECTS)
    log = tmp_path / "gc.ndjson"
    ran = run("-m", "perfweek.gc_log", log, "-m", "service", "--port", "1", cwd=tmp_path)
    assert ran.stdout == "['--port', '1'] __main__\n", ran.stderr
    table = parse_pauses(log.read_text()).table
    assert (table["generation"] == 2).sum() >= 3
    assert (table["pause_ms"] > 0).any()


def test_a_script_runs_with_its_own_folder_on_the_path(tmp_path):
    (tmp_path / "beside.py").write_text("found = 1")
    (tmp_path / "script.py").write_text(f"import beside\n{COLLECTS}")
    ran = run("-m", "perfweek.gc_log", tmp_path / "gc.ndjson", tmp_path / "script.py", "word")
    assert ran.stdout == "['word'] __main__\n", ran.stderr


def test_a_call_records_where_the_environment_names_a_file_and_nothing_else(tmp_path):
    code = f"import perfweek.gc_log; perfweek.gc_log.enable(); {COLLECTS}"
    log = tmp_path / "gc.ndjson"
    run("-c", code, env={**os.environ, VARIABLE: str(log)})
    assert len(parse_pauses(log.read_text()).table) >= 3
    log.unlink()
    assert run("-c", code, cwd=tmp_path).returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_forked_workers_write_their_own_pauses(tmp_path):
    code = f"""
import os, gc, perfweek.gc_log
perfweek.gc_log.enable({str(tmp_path / "gc.ndjson")!r})
gc.collect()
child = os.fork()
gc.collect()
if child:
    os.waitpid(child, 0)
"""
    assert run("-c", code).returncode == 0
    table = parse_pauses((tmp_path / "gc.ndjson").read_text()).table
    full = table[table["generation"] == 2].groupby("pid").size()
    assert sorted(full) == [1, 2]  # what the parent had seen before is not written down by the child again


def test_a_file_that_cannot_be_written_does_not_hurt_the_service(tmp_path):
    ran = run("-m", "perfweek.gc_log", tmp_path / "no" / "gc.ndjson", "-m", "timeit", "-n", "1", "-r", "1", "pass")
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""


def test_after_the_block_nothing_is_recorded(tmp_path):
    before = list(gc.callbacks)
    with recorded(tmp_path / "gc.ndjson"):
        gc.collect()
    assert gc.callbacks == before
    lines = [json.loads(line) for line in (tmp_path / "gc.ndjson").read_text().splitlines()]
    assert {line["pid"] for line in lines} == {os.getpid()}


@pytest.mark.parametrize("words", [[], ["log"], ["log", "-m"]])
def test_without_a_command_the_usage_is_told(words):
    ran = run("-m", "perfweek.gc_log", *words)
    assert ran.returncode == 1
    assert ran.stderr.startswith("usage: ")
