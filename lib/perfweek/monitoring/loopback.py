"""The stack without containers: what the machine has of Prometheus, Redis and redis_exporter, on loopback ports, started and stopped again.

Everything lives in one folder: configuration, data, logs, and a file of the process numbers, by which a later command finds and stops it.
"""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import redis
import yaml

from perfweek.errors import MeasurementError
from perfweek.files import make_folder, write_atomic
from perfweek.monitoring.exporter import PORT as FACTS
from perfweek.monitoring.rules import write_rules

STATE = "stack.json"
PROMETHEUS, REDIS, EXPORTER = 19090, 17001, 19121
NODES = 6
_FIRST_WAIT_S = 30.0
_PACKAGES = {
    "prometheus": "prometheus",
    "redis-server": "redis-server",
    "redis-cli": "redis-tools",
    "prometheus-redis-exporter": "prometheus-redis-exporter",
}


@dataclass(frozen=True)
class Ports:
    """Where the parts listen on 127.0.0.1; `redis` is the first of NODES."""

    prometheus: int = PROMETHEUS
    redis: int = REDIS
    exporter: int = EXPORTER
    facts: int = FACTS

    @property
    def nodes(self) -> tuple[int, ...]:
        return tuple(range(self.redis, self.redis + NODES))


def start(folder: Path, service: str, budget_s: float, weeks: Path, ports: Ports | None = None) -> dict[str, str]:
    """Start all parts and return their addresses by name. `service`: host:port of the service that is scraped.

    Raises MeasurementError for a program that is missing, a port that is taken, or a part that does not come up; what had started is stopped.
    """
    at = ports or Ports()
    if running(folder):
        raise MeasurementError("the stack is running already", str(folder), "Stop it first: make stackstop")
    programs = {name: _program(name) for name in _PACKAGES}
    for port in (at.prometheus, at.exporter, at.facts, *at.nodes):
        _check_free(port)
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    write_rules(folder, budget_s)
    write_atomic(folder / "prometheus.yml", yaml.safe_dump(configuration(at, service), sort_keys=False))
    started: dict[str, int] = {}
    try:
        for name, command in _commands(folder, programs, at, weeks).items():
            started[name] = _spawn(folder, name, command)
            write_atomic(folder / STATE, json.dumps(started))
        form_cluster(programs["redis-cli"], at.nodes)
        _wait_for(f"http://127.0.0.1:{at.prometheus}/-/ready", folder)
        _wait_for(f"http://127.0.0.1:{at.facts}/metrics", folder)
    except BaseException:
        stop(folder)
        raise
    return {
        "prometheus": f"http://127.0.0.1:{at.prometheus}",
        "redis": f"redis://127.0.0.1:{at.redis}",
        "facts": f"http://127.0.0.1:{at.facts}/metrics",
    }


def missing_programs() -> dict[str, str]:
    """Those that are not on PATH, and Debian's package of each."""
    return {name: package for name, package in _PACKAGES.items() if not shutil.which(name)}


def stop(folder: Path) -> list[str]:
    """Stop what runs, remove the folder, and return the names of what was stopped."""
    found = running(folder)
    for process in found.values():
        process.send_signal(signal.SIGTERM)
    _, alive = psutil.wait_procs(list(found.values()), timeout=10)
    for process in alive:
        process.kill()
    shutil.rmtree(folder, ignore_errors=True)
    return list(found)


def running(folder: Path) -> dict[str, psutil.Process]:
    """The parts that run now, by name; a number that another program has got since is none of ours."""
    try:
        known: Mapping[str, int] = json.loads((folder / STATE).read_text())
    except (OSError, ValueError):
        return {}
    found = {}
    for name, pid in known.items():
        try:
            process = psutil.Process(pid)
            ours = Path(process.cwd()).is_relative_to(folder)  # Redis writes over its own arguments and environment
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found[name] = process
        except psutil.Error:
            continue
    return found


def configuration(at: Ports, service: str) -> dict[str, object]:
    """prometheus.yml: the service, every node of the cluster through one exporter, the week's facts."""
    nodes = [f"redis://127.0.0.1:{port}" for port in at.nodes]
    return {
        "global": {"scrape_interval": "2s", "evaluation_interval": "5s"},
        "rule_files": ["prometheus/rules.yml"],
        "scrape_configs": [
            {"job_name": "service", "static_configs": [{"targets": [service]}]},
            {"job_name": "facts", "static_configs": [{"targets": [f"127.0.0.1:{at.facts}"]}]},
            {
                "job_name": "redis",
                "metrics_path": "/scrape",
                "static_configs": [{"targets": nodes}],
                "relabel_configs": [
                    {"source_labels": ["__address__"], "target_label": "__param_target"},
                    {"source_labels": ["__param_target"], "target_label": "instance"},
                    {"target_label": "__address__", "replacement": f"127.0.0.1:{at.exporter}"},
                ],
            },
        ],
    }


def _commands(folder: Path, programs: Mapping[str, str], at: Ports, weeks: Path) -> dict[str, list[str]]:
    nodes = {f"redis-{port}": node_command(programs["redis-server"], folder, port) for port in at.nodes}
    prometheus = [
        programs["prometheus"],
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'prometheus-data'}",
        f"--web.listen-address=127.0.0.1:{at.prometheus}",
        "--web.enable-remote-write-receiver",
        "--enable-feature=native-histograms",
    ]
    exporter = [programs["prometheus-redis-exporter"], f"-web.listen-address=127.0.0.1:{at.exporter}", "-redis.addr=", "-is-cluster"]
    facts = [sys.executable, "-m", "perfweek.monitoring.exporter", "--weeks", str(weeks), "--port", str(at.facts)]
    return {**nodes, "redis-exporter": exporter, "facts": facts, "prometheus": prometheus}


def node_command(program: str, folder: Path, port: int) -> list[str]:
    """A node of a cluster on loopback, its data below `folder`: a cache, so nothing is kept on disk."""
    data = make_folder(folder / f"redis-{port}")
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(data),
        "cluster-enabled": "yes",
        "cluster-node-timeout": "2000",
        "save": "",
        "appendonly": "no",
        "maxmemory": "64mb",
        "maxmemory-policy": "allkeys-lru",
    }
    return [program, *[word for name, value in options.items() for word in (f"--{name}", value)]]


def form_cluster(redis_cli: str, nodes: Sequence[int]) -> None:
    """Three masters and three replicas of the six nodes on these ports, as redis-cli divides them. Raises MeasurementError."""
    for port in nodes:
        _ping(port)
    command = [redis_cli, "--cluster", "create", *[f"127.0.0.1:{port}" for port in nodes], "--cluster-replicas", "1", "--cluster-yes"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise MeasurementError(
            f"the Redis Cluster was not formed: {done.stdout.strip()[-200:]}", "redis-cli --cluster create", "Read it, then again."
        )


def _ping(port: int) -> None:
    deadline = time.monotonic() + _FIRST_WAIT_S
    while True:
        try:
            redis.Redis(port=port, socket_timeout=2).ping()
            return
        except redis.RedisError as error:
            if time.monotonic() > deadline:
                raise MeasurementError(
                    f"Redis does not answer on port {port}: {error}", f"127.0.0.1:{port}", "Read its log in the stack's folder."
                ) from error
            time.sleep(0.1)


def _wait_for(url: str, folder: Path) -> None:
    deadline = time.monotonic() + _FIRST_WAIT_S
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise MeasurementError("a part of the stack does not answer", url, f"Read the logs in {folder}.")


def _spawn(folder: Path, name: str, command: Sequence[str]) -> int:
    """Started so that it outlives this command; it works in the folder, which marks it as ours."""
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder, start_new_session=True).pid


def _program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise MeasurementError(f"there is no {name}", "PATH", f"On Debian: apt-get install {_PACKAGES[name]}")
    return found


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise MeasurementError(f"port {port} is taken", f"127.0.0.1:{port}", "Stop what listens there.") from error
