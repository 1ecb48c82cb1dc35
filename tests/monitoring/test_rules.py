"""Every alert fires on series that deserve it and is silent on series that do not, as promtool evaluates them; dashboards keep the panel rules."""

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from panel_queries import panel_queries

from perfweek.metrics import CATALOGUE
from perfweek.monitoring.dashboards import PROMETHEUS, json_of
from perfweek.monitoring.panels import BOARDS, REQUESTS, RESPONSES
from perfweek.monitoring.rules import alerts, rules
from perfweek.project import project_folder

STACK = project_folder("runbooks") / "stack"
BUDGET_S = 0.2
REDIS = 'instance="redis://a:1"'


def answered(errors: int, slow: int, minutes: int = 400) -> dict[str, str]:
    """A hundred requests a minute, so many of them with an error, so many slower than the budget."""
    return {
        f'{RESPONSES}{{route="GET /a",status="200"}}': f"0+{100 - errors}x{minutes}",
        f'{RESPONSES}{{route="GET /a",status="500"}}': f"0+{errors}x{minutes}",
        f'{REQUESTS}_count{{route="GET /a"}}': f"0+100x{minutes}",
        f'{REQUESTS}_bucket{{route="GET /a",le="0.2"}}': f"0+{100 - slow}x{minutes}",
    }


def constant(series: str, value: float, minutes: int = 400) -> dict[str, str]:
    return {series: f"{value}+0x{minutes}"}


def answers(hits_before: int, hits_after: int) -> dict[str, str]:
    """A day of a hundred answers a minute with so many from a cache, then an hour with another share."""
    first = 100 - hits_before
    return {
        'catalogue_answers_total{tier="l1"}': f"0+{hits_before}x1440 {1440 * hits_before}+{hits_after}x120",
        'catalogue_answers_total{tier="origin"}': f"0+{first}x1440 {1440 * first}+{100 - hits_after}x120",
    }


# alert -> (series that fire it, series that do not, minutes after which it is looked at)
CASES: dict[str, tuple[dict[str, str], dict[str, str], int]] = {
    "ErrorBudgetBurnsFast": (answered(20, 0), answered(5, 0), 90),  # 14.4 times 1 % is 14.4 %
    "ErrorBudgetBurnsSlowly": (answered(8, 0), answered(3, 0), 390),  # 6 times 1 %
    "LatencyBudgetBurnsFast": (answered(0, 20), answered(0, 5), 90),
    "LatencyBudgetBurnsSlowly": (answered(0, 8), answered(0, 3), 390),
    "MemoryGrows": (
        {'process_resident_memory_bytes{instance="a"}': "100000000+2000000x100"},  # 120 MB an hour
        {'process_resident_memory_bytes{instance="a"}': "100000000+200000x100"},
        90,
    ),
    "CacheHitsDrop": (answers(80, 10), answers(80, 70), 1500),
    "RedisEvicts": ({f"redis_evicted_keys_total{{{REDIS}}}": "0+600x60"}, {f"redis_evicted_keys_total{{{REDIS}}}": "0+30x60"}, 50),
    "RedisDown": (constant(f"redis_up{{{REDIS}}}", 0), constant(f"redis_up{{{REDIS}}}", 1), 10),
    "ClusterSlotsUnserved": (
        constant(f"redis_cluster_enabled{{{REDIS}}}", 1) | constant(f"redis_cluster_slots_ok{{{REDIS}}}", 10923),
        constant(f"redis_cluster_enabled{{{REDIS}}}", 1) | constant(f"redis_cluster_slots_ok{{{REDIS}}}", 16384),
        10,
    ),
    "ReplicaLags": (
        constant(f"redis_connected_slave_lag_seconds{{{REDIS}}}", 30),
        constant(f"redis_connected_slave_lag_seconds{{{REDIS}}}", 1),
        10,
    ),
    "RedisConnectionsNearLimit": (
        constant(f"redis_connected_clients{{{REDIS}}}", 90) | constant(f"redis_config_maxclients{{{REDIS}}}", 100),
        constant(f"redis_connected_clients{{{REDIS}}}", 50) | constant(f"redis_config_maxclients{{{REDIS}}}", 100),
        10,
    ),
    "FilesNearLimit": (
        constant('process_open_fds{instance="a"}', 900) | constant('process_max_fds{instance="a"}', 1000),
        constant('process_open_fds{instance="a"}', 100) | constant('process_max_fds{instance="a"}', 1000),
        10,
    ),
    "ServiceDown": (constant('up{job="service",instance="a"}', 0), constant('up{job="service",instance="a"}', 1), 10),
    "WeekIsStale": (
        constant('perfweek_week_age_seconds{week="2026-W40"}', 900_000),
        constant('perfweek_week_age_seconds{week="2026-W40"}', 90_000),
        100,
    ),
}


def test_every_alert_has_a_case_that_fires_and_one_that_does_not() -> None:
    assert {alert.name for alert in alerts(BUDGET_S)} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_the_alert_fires_where_it_should_and_only_there(name: str, tmp_path: Path, require_program: Callable[[str], str]) -> None:
    firing, calm, minutes = CASES[name]
    assert promtool(tmp_path, require_program("promtool"), name, firing, minutes, fires=True) == ""
    assert promtool(tmp_path, require_program("promtool"), name, calm, minutes, fires=False) == ""
    assert promtool(tmp_path, require_program("promtool"), name, calm, minutes, fires=True) != ""  # the test itself can fail


def promtool(folder: Path, program: str, name: str, series: dict[str, str], minutes: int, fires: bool) -> str:
    """'' where the rules do as is said, else what promtool complains of. Which labels an alert has is not asked, only whether it fires."""
    (folder / "rules.yml").write_text(yaml.safe_dump(rules(BUDGET_S)))
    firing = f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) > bool 0 or vector(0)'
    expected = {"expr": firing, "eval_time": f"{minutes}m", "exp_samples": [{"labels": "{}", "value": 1 if fires else 0}]}
    inputs = [{"series": key, "values": values} for key, values in series.items()]
    test = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": inputs, "promql_expr_test": [expected]}],
    }
    (folder / "test.yml").write_text(yaml.safe_dump(test))
    done = subprocess.run([program, "test", "rules", str(folder / "test.yml")], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_each_alert_says_whom_it_concerns_and_links_a_runbook_that_exists() -> None:
    for alert in alerts(BUDGET_S):
        assert (project_folder("runbooks") / alert.runbook).is_file(), alert
        assert alert.severity in ("page", "ticket")
        assert len(alert.says) > 20


def test_what_is_committed_is_what_is_generated() -> None:
    assert yaml.safe_load((STACK / "prometheus" / "rules.yml").read_text()) == rules(BUDGET_S)
    committed = {path.name: path.read_text() for path in (STACK / "grafana" / "dashboards").glob("*.json")}
    assert committed == {f"{board.uid}.json": json_of(board) for board in BOARDS}


@pytest.mark.parametrize("board", BOARDS, ids=[board.uid for board in BOARDS])
def test_panels_keep_the_rules_of_the_dashboard_linter(board) -> None:
    content = json.loads(json_of(board))
    assert content["uid"] == board.uid and content["editable"] is False
    assert [variable["name"] for variable in content["templating"]["list"]] == ["job"]
    ids = [panel["id"] for panel in content["panels"]]
    assert ids == sorted(set(ids))
    for panel, given in zip(content["panels"], board.panels, strict=False):
        assert panel["title"].endswith("?") and panel["description"]
        assert panel["datasource"]["uid"] == PROMETHEUS
        assert panel["fieldConfig"]["defaults"]["unit"] == given.unit
        assert panel["targets"]
        assert given.metric in CATALOGUE


@pytest.mark.parametrize("expression", sorted({expression for _, _, expression in panel_queries()}))
def test_every_expression_is_promql_with_rates_of_counters_over_the_dashboards_interval(
    expression: str, tmp_path: Path, require_program: Callable[[str], str]
) -> None:
    content = {"groups": [{"name": "panel", "rules": [{"record": "panel:x", "expr": expression}]}]}
    (tmp_path / "panel.yml").write_text(yaml.safe_dump(content))
    subprocess.run([require_program("promtool"), "check", "rules", str(tmp_path / "panel.yml")], check=True, capture_output=True)
    for counter in re.findall(r"\b(\w+_total)\b", expression):
        assert re.search(rf"rate\({counter}", expression), counter
