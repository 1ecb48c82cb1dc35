"""The loopback stack with a loaded service in it: every panel has data, rules are evaluated, and it stops without leaving anything behind."""

import socket
from pathlib import Path

import pytest
from panel_queries import panel_queries

from perfweek.errors import MeasurementError
from perfweek.monitoring import loopback
from perfweek.monitoring.loopback import Ports
from perfweek.monitoring.panels import BOARDS

pytestmark = pytest.mark.alone


@pytest.mark.parametrize(("board", "question", "expression"), panel_queries(), ids=[f"{board}: {expr[:40]}" for board, _, expr in panel_queries()])
def test_every_query_of_every_panel_has_data(live, board: str, question: str, expression: str) -> None:
    assert live.query(expression), f"{board}, {question}: {expression}"


def test_the_rules_are_evaluated_without_an_error(live) -> None:
    assert live.query("perfweek:slow:share5m")
    assert live.query("sum(prometheus_rule_evaluation_failures_total) or vector(0)")
    assert not live.query('ALERTS{alertname=~"RedisDown|ClusterSlotsUnserved|ServiceDown|WeekIsStale",alertstate="firing"}')


def test_the_cluster_serves_all_slots_from_three_masters(live) -> None:
    (slots,) = live.query("min(redis_cluster_slots_ok)")
    assert slots["value"][1] == "16384"
    (size,) = live.query("max(redis_cluster_size)")
    assert size["value"][1] == "3"


def test_a_second_start_is_refused_and_a_taken_port_is_named(live, tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match="running already"):
        loopback.start(live.folder, "127.0.0.1:1", 0.2, tmp_path, live.ports)
    with pytest.raises(MeasurementError, match=f"port {live.ports.prometheus} is taken"):
        loopback.start(tmp_path / "other", "127.0.0.1:1", 0.2, tmp_path, live.ports)
    assert len(loopback.running(live.folder)) == 9


def test_zz_stopping_leaves_nothing_behind(live) -> None:
    names = loopback.stop(live.folder)
    assert len(names) == 9
    assert not live.folder.exists()
    assert loopback.running(live.folder) == {}
    for port in (live.ports.prometheus, live.ports.exporter, *live.ports.nodes):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert loopback.stop(live.folder) == []


def test_every_board_is_looked_at() -> None:
    assert {board for board, _, _ in panel_queries()} == {board.uid for board in BOARDS}
    assert len(Ports().nodes) == loopback.NODES
