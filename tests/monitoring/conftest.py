"""A stack that runs for real: Prometheus, a Redis Cluster with its exporter, the facts of a small week, the sample, and k6 that loads it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cluster_ports import free_row

from perfweek import evidence, facts
from perfweek.facts import Fact
from perfweek.load import k6
from perfweek.monitoring import loopback
from perfweek.monitoring.loopback import Ports
from perfweek.process import guarded
from perfweek.project import project_folder
from perfweek.sample import data
from perfweek.stats import Estimate
from perfweek.week import Week, current_week

FACTS = [
    ("monday", "http.latency.p95", {"endpoint": "GET /assets"}, 210.0),
    ("wednesday", "warehouse.query.duration.p95", {"endpoint": "GET /assets"}, 40.0),
    ("wednesday", "warehouse.query.partitions_scanned_share", {"endpoint": "GET /assets"}, 0.9),
    ("friday", "progress.ratio", {"endpoint": "GET /assets", "quantile": "p95"}, 0.5),
]


def free_ports() -> Ports:
    """Ports that nobody has now; Redis needs six in a row, and each of them ten thousand higher for its bus."""
    probes = [socket.socket() for _ in range(3)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    prometheus, exporter, exported = (probe.getsockname()[1] for probe in probes)
    for probe in probes:
        probe.close()
    return Ports(prometheus, free_row(), exporter, exported)


def small_weeks(folder: Path) -> Path:
    week = Week.open(current_week(), folder)
    measured = evidence.collect(week, "load-monday", {}, lambda place: (place / "k6.csv").write_text("x"))
    source = evidence.relative(week, measured.path("k6.csv"))
    for day in {day for day, *_ in FACTS}:
        rows = [Fact(metric, Estimate(value, value, value, 9, "m"), source, labels) for of, metric, labels, value in FACTS if of == day]
        facts.record(week, day, rows)
    return folder


@dataclass(frozen=True)
class Live:
    """The stack with a loaded service in it."""

    folder: Path
    ports: Ports
    addresses: dict[str, str]

    def query(self, expression: str) -> list[dict]:
        answer = httpx.get(f"{self.addresses['prometheus']}/api/v1/query", params={"query": expression}, timeout=10).json()
        assert answer["status"] == "success", answer
        return answer["data"]["result"]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, require_program: Callable[[str], str]) -> Iterator[Live]:
    for name in ("prometheus", "redis-server", "prometheus-redis-exporter"):
        require_program(name)
    root, at = tmp_path_factory.mktemp("stack"), free_ports()
    data.build(root / "rows", 20_000)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    run = root / "run"
    run.mkdir()
    folder = root / "loopback"
    addresses = loopback.start(folder, f"127.0.0.1:{port}", 0.2, small_weeks(root / "weeks"), at)
    command = [sys.executable, "-m", "perfweek.sample", "--port", str(port), "--run", str(run), "--data", str(root / "rows")]
    try:
        with guarded(command, root / "sample.log"):
            _load(f"http://127.0.0.1:{port}", addresses["prometheus"], at)
            yield Live(folder, at, addresses)
    finally:
        loopback.stop(folder)


def _load(service: str, prometheus: str, at: Ports) -> None:
    """Twelve seconds of requests, and keys that are set and asked for in the cluster meanwhile."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{service}/healthz", timeout=1).status_code == 200:
                break
        except httpx.HTTPError:
            time.sleep(0.2)
    told = {"BASE_URL": service, "SESSION": "sample", "ASSETS": "20000", "RATE": "10", "PROFILE": "smoke-short", **k6.remote_write(prometheus)}
    script = project_folder("k6") / "baseline.js"
    command = [str(k6.find_k6().path), "run", "--quiet", "--out", "experimental-prometheus-rw", str(script)]
    environment = {**os.environ, **told, "K6_PROMETHEUS_RW_PUSH_INTERVAL": "1s", "K6_PROMETHEUS_RW_STALE_MARKERS": "false"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as load:
        cluster = __import__("redis").cluster.RedisCluster(host="127.0.0.1", port=at.redis)
        while load.poll() is None:
            cluster.set("hit", 1, ex=1)
            cluster.get("hit")
            cluster.get("miss")
            time.sleep(0.2)
        cluster.close()
    time.sleep(5)  # two scrapes and one evaluation of the rules
