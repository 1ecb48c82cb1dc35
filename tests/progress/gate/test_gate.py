"""The gate: what blocks, what warns, what is waived; and the real sample with and without a seeded regression."""

import json
import math
import shutil
import socket
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import perfweek
from perfweek.cli import app
from perfweek.errors import EvidenceError
from perfweek.load.latency import endpoint_latencies
from perfweek.progress.gate.baseline import read_baseline, write_baseline
from perfweek.progress.gate.checks import Check, budget_checks, counter_checks, unused, waived
from perfweek.progress.gate.counters import ANSWERED, FAILED, SCANNED, STATEMENTS, Counter, counters_of
from perfweek.progress.gate.summary import markdown, pull_request
from perfweek.project import project_folder
from perfweek.sample import data
from perfweek.target import Waiver

TODAY = date(2026, 11, 28)
ROUTE = "GET /a"


def counter(value: float, name: str = STATEMENTS) -> Counter:
    return Counter(ROUTE, name, value, 10)


def outcome(before: float, after: float, name: str = STATEMENTS) -> str:
    (check,) = counter_checks([counter(after, name)], {f"{ROUTE}: {name}": counter(before, name)}, 0.05)
    return check.outcome


def test_one_statement_more_in_a_hundred_requests_blocks_and_one_less_passes() -> None:
    assert outcome(3.0, 3.01) == "block"
    assert outcome(3.0, 3.0) == outcome(3.0, 2.5) == "pass"


def test_bytes_may_grow_by_their_tolerance_as_data_do() -> None:
    assert outcome(100.0, 105.0, ANSWERED) == outcome(100.0, 105.0, SCANNED) == "pass"
    assert outcome(100.0, 105.1, ANSWERED) == "block"


def test_a_first_failure_blocks() -> None:
    assert outcome(0.0, 1.0, FAILED) == "block"


def test_a_count_without_a_baseline_and_a_baseline_without_a_count_are_named() -> None:
    checks = list(counter_checks([counter(1.0)], {"GET /gone: statements a request": Counter("GET /gone", STATEMENTS, 1.0, 5)}, 0.05))
    assert {check.name: check.outcome for check in checks} == {
        "GET /a: statements a request": "no baseline",
        "GET /gone: statements a request": "warn",
    }


@pytest.mark.parametrize(("level", "expected"), [(100, "pass"), (400, "block"), (195, "warn")])
def test_a_wall_time_blocks_only_with_its_whole_interval_beyond_the_budget_on_a_machine_that_does_nothing_else(level: float, expected: str) -> None:
    times = pd.Series(range(2000)) / 20
    wander = (pd.Series(range(2000)) * 7919 % 101 - 50) / 50  # -1 to 1
    requests = pd.DataFrame(
        {
            "time": times,
            "duration_ms": level * (1 + 0.1 * wander),
            "endpoint": ROUTE,
            "scenario": "s",
            "status": 200,
            "failed": False,
        }
    )
    nothing = pd.DataFrame({"time": pd.Series(dtype=float), "endpoint": pd.Series(dtype=str)})
    latencies = endpoint_latencies(requests, nothing)
    p95 = latencies[0].p95
    budget = p95.value if expected == "warn" else 200
    (check,) = budget_checks(latencies, budget, others=0.25)
    assert check.outcome == expected
    (busy,) = budget_checks(latencies, budget, others=0.26)
    assert busy.outcome == {"block": "warn"}.get(expected, expected)
    assert ("26 % of the cores" in busy.note) == (expected == "block")


def test_a_waiver_takes_a_block_away_until_its_last_day() -> None:
    blocked = Check("GET /a: statements a request", 3, 4, "block", "+1")
    waiver = Waiver(check=blocked.name, approver="A. Reviewer", until=date(2026, 11, 28), reason="removed next week")
    (kept,) = waived([blocked], [waiver], TODAY)
    assert (kept.outcome, "A. Reviewer until 2026-11-28: removed next week" in kept.note) == ("waived", True)
    (late,) = waived([blocked], [waiver], date(2026, 11, 29))
    assert (late.outcome, "ran out" in late.note) == ("block", True)


def test_a_waiver_of_what_does_not_fail_is_to_be_taken_out() -> None:
    waiver = Waiver(check="GET /a: statements a request", approver="A", until=TODAY, reason="r")
    checks = waived([Check(waiver.check, 3, 3, "pass")], [waiver], TODAY)
    assert unused(checks, [waiver]) == [waiver]
    assert "is not needed" in markdown(checks, [waiver])


def test_statements_are_counted_by_the_warehouse_where_it_recorded_them_else_by_the_services_log() -> None:
    requests = pd.DataFrame({"endpoint": [ROUTE] * 4, "failed": [False, True, False, False]})
    logged = pd.DataFrame({"route": [ROUTE] * 4, "bytes": [10, 20, 30, 40], "queries": [1, 1, 1, 5]})
    statements = pd.DataFrame({"endpoint": [ROUTE] * 6 + [None], "bytes_scanned": [100] * 7})
    own = {one.name: one.value for one in counters_of(requests, logged, None)}
    assert own == {FAILED: 1, ANSWERED: 25, STATEMENTS: 2}
    recorded = {one.name: one.value for one in counters_of(requests, logged, statements)}
    assert recorded == {FAILED: 1, ANSWERED: 25, STATEMENTS: 1.5, SCANNED: 150}


def test_the_baseline_is_read_as_it_was_written_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gate.json"
    assert read_baseline(path) == ({}, "")
    write_baseline(path, [counter(1.25)], "abc")
    assert read_baseline(path) == ({"GET /a: statements a request": counter(1.25)}, "abc")
    path.write_text('{"counters": 3}')
    with pytest.raises(EvidenceError, match="damaged"):
        read_baseline(path)


def test_the_summary_escapes_what_a_route_may_hold_and_names_what_blocks_first() -> None:
    text = markdown(waived([Check("GET /<b>|x`: n", 1, 1, "warn"), Check("z", 1, 2, "block"), Check("p", 1, 1, "pass")], [], TODAY), [])
    assert "blocked by 1 check" in text
    assert text.index("| z |") < text.index("GET /&lt;b>\\|x\\`")
    assert "1 check passes." in text
    assert "<b>" not in text
    assert "nothing blocks" in markdown([Check("p", 1, 1, "pass")], [])


def test_the_pull_requests_template_gets_the_outcome_where_it_asks_for_it() -> None:
    template = (project_folder("runbooks") / "onboarding" / "pull_request_template.md").read_text()
    outcome = markdown([Check("p", 1, 1, "pass")], [])
    filled = pull_request(template, outcome)
    assert filled.index("## Performance") < filled.index("nothing blocks") < filled.index("Expected effect")
    assert "perfweek gate --pull-request" not in filled
    assert pull_request("# Ours\n", outcome).startswith("# Ours\n\n### Performance: nothing blocks")


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample in a folder of its own, with a target that starts the copy."""
    shutil.copytree(Path(perfweek.__file__).parent, tmp_path / "copy" / "perfweek", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "copy" / "serve.py").write_text("from perfweek.sample.__main__ import main\nmain()\n")
    data.build(tmp_path / "rows", 20_000)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "target.toml").write_text(f"""
[service]
url = "http://127.0.0.1:{port}"
start = "{{python}} copy/serve.py --port {port} --run {{run}} --data rows"
[load]
session = "sample"
[cache]
log = "{{run}}/access_log.ndjson"
[gate]
requests = 60
""")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSETS", "20000")
    return tmp_path


@pytest.mark.alone
def test_an_extra_statement_for_each_item_blocks_and_without_it_every_repeat_passes(sample: Path) -> None:
    assert CliRunner().invoke(app, ["gate", "--update"]).exit_code == 0
    for _ in range(2):
        done = CliRunner().invoke(app, ["gate", "--no-load"])
        assert (done.exit_code, "nothing blocks" in done.output) == (0, True)
    path = sample / "copy" / "perfweek" / "sample" / "catalogue.py"
    seeded = path.read_text().replace("found = [self.item(", 'found = [self.item(row["asset_id"], trace) and self.item(')
    assert seeded != path.read_text()
    path.write_text(seeded)
    summary = sample / "summary.md"
    done = CliRunner().invoke(app, ["gate", "--no-load", "--summary", str(summary)])
    assert done.exit_code == 1
    assert "| GET /assets: statements a request |" in summary.read_text()
    assert json.loads((sample / "gate.json").read_text())["counters"]
    assert not math.isnan(read_baseline(sample / "gate.json")[0]["GET /assets: statements a request"].value)
