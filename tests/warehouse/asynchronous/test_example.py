"""The worked example runs as it stands, against a local server."""

import subprocess
import sys
from pathlib import Path

import pytest
import snowflake.connector

from perfweek.warehouse.asynchronous import example


def test_the_example_runs_as_a_program_and_prints_all_three_ways(local_snowflake):
    found = subprocess.run(
        [sys.executable, example.__file__, "local", str(local_snowflake.connections_file)], capture_output=True, text=True, timeout=120, check=True
    )
    assert [line[:20].strip() for line in found.stdout.splitlines()] == list(example.WAYS)


def test_all_ways_give_the_same_rows(local_snowflake):
    statements = [f"select {number} as a union all select {number + 1} order by a" for number in range(3)]
    connections = [snowflake.connector.connect(**local_snowflake.options) for _ in statements]
    found = [way(connections, statements) for way in example.WAYS.values()]
    assert found[0] == found[1] == found[2] == [[(0,), (1,)], [(1,), (2,)], [(2,), (3,)]]
    for connection in connections:
        connection.close()


def test_rows_that_differ_are_not_passed_over(local_snowflake, monkeypatch):
    monkeypatch.setitem(example.WAYS, "execute_async", lambda connections, statements: [])
    with pytest.raises(RuntimeError, match="other rows"):
        example.compare(lambda: snowflake.connector.connect(**local_snowflake.options), ["select 1"], rounds=1)


def test_the_example_needs_nothing_but_the_connector():
    imported = [line.split()[1].split(".")[0] for line in Path(example.__file__).read_text().splitlines() if line.startswith(("import ", "from "))]
    assert set(imported) - set(sys.stdlib_module_names) == {"snowflake"}
