"""Wednesday, the command line and the check-up against a local Snowflake, as a user runs them."""

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from warehouse.snowflake_week import HOURS, RUNS, SHAPES, serving

from perfweek import facts
from perfweek.week import Week

SECRET = "hunter2-very-secret"
STATEMENTS = HOURS * RUNS * len(SHAPES)
SLOW = HOURS * RUNS
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder with a target of a service whose warehouse is the connection `service`."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "target.toml").write_text('[service]\nname = "catalogue"\n\n[warehouse]\nconnection = "service"\n')
    return folder


@pytest.fixture(scope="module")
def connections():
    with serving() as text:
        assert SECRET in text
        yield text


def perfweek(folder: Path, connections: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"SNOWFLAKE_CONNECTIONS": connections}
    command = [sys.executable, "-m", "perfweek", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def week(root, connections):
    run = perfweek(root, connections, "run", "wednesday", "--week", "2026-W48")
    assert run.returncode == 0, run.stdout + run.stderr
    return Week.open("2026-W48", root / "weeks")


@pytest.fixture(scope="module")
def report(week):
    """Its words, as a reader sees them."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", (week.reports / "wednesday.html").read_text())).split())


def test_the_whole_notebook_is_complete_and_its_report_shows_the_historys_figures(week, report):
    assert week.manifest()["days"]["wednesday"]["status"] == "complete"
    for sentence in (
        f"{SLOW} of {STATEMENTS} statements (33",
        "executed for longer than 1,000 ms; the slowest took 1,500 ms.",
        f"The history of Snowflake 10.0.0 (connection service, the last 7 days) holds {STATEMENTS} statements in 5 h, 0 of them failed",
        "6 credits metered = ",
        "attributed by Snowflake.",
        "Simulated: 40,000 sampled rows (100 % of the table)",
    ):
        assert sentence in report


def test_the_facts_are_those_of_the_history(week):
    recorded = facts.read(week, "wednesday")
    endpoints = {labels["endpoint"]: value for labels, value in _of(recorded, "warehouse.query.count") if "endpoint" in labels}
    assert endpoints == {endpoint: SLOW for endpoint, *_ in SHAPES}
    slowest = {labels["endpoint"]: value for labels, value in _of(recorded, "warehouse.query.duration.p95")}
    assert slowest == {endpoint: ms for endpoint, _, ms, _ in SHAPES}


def _of(recorded, metric):
    rows = recorded[recorded["metric"] == metric]
    assert len(rows)
    return [(dict(labels), value) for labels, value in zip(rows["labels"], rows["value"], strict=True)]


def test_views_that_are_not_there_are_listed_with_their_grants(report):
    assert "Views that the connection's role may not read" in report
    assert "TABLE_QUERY_PRUNING_HISTORY" in report
    assert "grant database role snowflake.usage_viewer to role" in report


def test_nothing_of_the_week_holds_the_credential(week):
    files = [path for path in week.root.rglob("*") if path.is_file()]
    assert any(path.name == "statements.parquet" for path in files)
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]


def test_the_history_is_printed_for_scripts(root, connections):
    run = perfweek(root, connections, "history", "service", "--json")
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert (found["queries"], found["fingerprints"], found["unparsed"]) == (STATEMENTS, len(SHAPES), 0)
    assert found["cost"]["metered"] == pytest.approx(HOURS)
    assert set(found["unread"]) >= {"table_pruning", "acceleration"}
    assert SECRET not in run.stdout + run.stderr


def test_the_check_up_says_what_may_be_read(root, connections):
    run = perfweek(root, connections, "doctor")
    told = " ".join(run.stdout.split())
    assert "Snowflake 10.0.0, connection service" in told
    assert "query history: readable" in told
    assert "warehouse_metering_history, query_attribution_history" in told
    assert "note warehouse views that are not granted: query_metering_history" in told


@pytest.mark.parametrize("arguments", [["history", "service", "--json"], ["run", "wednesday", "--week", "2026-W47"], ["doctor"]])
def test_a_server_that_is_not_there_ends_in_one_message_and_a_failure(root, arguments):
    """Nobody listens on port 1."""
    text = f'[service]\naccount = "a"\nuser = "u"\npassword = "{SECRET}"\nhost = "127.0.0.1"\nport = 1\nprotocol = "http"\n'
    run = perfweek(root, text, *arguments)
    told = " ".join((run.stdout + run.stderr).split())
    assert run.returncode == 1
    assert "Snowflake does not answer (OperationalError 250001)" in told
    assert "snow connection test" in told
    assert "Traceback" not in told
    assert SECRET not in told


def test_a_connection_that_nobody_made_ends_in_one_message_and_a_failure(root, connections):
    run = perfweek(root, connections, "history", "nobody")
    assert run.returncode == 1
    assert "the connector knows no connection 'nobody'" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_damaged_connections_file_ends_in_one_message_and_a_failure(root, tmp_path):
    """In a process of its own: the connector keeps what it failed to read."""
    (tmp_path / "connections.toml").write_text(f'[service]\npassword = "{SECRET}\n')
    (tmp_path / "connections.toml").chmod(0o600)
    command = [sys.executable, "-m", "perfweek", "history", "service"]
    environment = {name: value for name, value in os.environ.items() if name != "SNOWFLAKE_CONNECTIONS"} | {"SNOWFLAKE_HOME": str(tmp_path)}
    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "connections.toml cannot be read" in run.stderr
    assert "Traceback" not in run.stderr
    assert SECRET not in run.stderr
