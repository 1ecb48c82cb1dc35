"""A Redis Cluster as the configuration makes it: all slots served, a master that dies is replaced, a fourth one is added under load."""

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest
import redis
from cluster_ports import six_free_ports
from redis.backoff import ConstantBackoff, NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.exceptions import RedisError
from redis.retry import Retry

from perfweek.monitoring.loopback import form_cluster, node_command
from perfweek.process import guarded
from perfweek.sample import data

pytestmark = pytest.mark.alone
PATIENCE_S = 90
"""A failover takes the node timeout of two seconds and an election; a busy machine may take its time."""
SETTINGS = """
layout = "improved"
cached = ["item"]
[l1]
size_mb = 0
ttl_s = 60
[l2]
redis_url = "auto"
ttl_s = 300
"""


@dataclass
class Cluster:
    """Six nodes, the processes by port, and a client that follows the cluster."""

    ports: tuple[int, ...]
    folder: Path
    redis_server: str
    redis_cli: str
    stack: ExitStack
    nodes: dict[int, object] = field(default_factory=dict)

    def start(self, port: int) -> None:
        command = node_command(self.redis_server, self.folder, port)
        self.nodes[port] = self.stack.enter_context(guarded(command, self.folder / f"{port}.log"))

    def client(self) -> RedisCluster:
        retry = Retry(ConstantBackoff(0.1), 80)  # for eight seconds: longer than a failover takes
        return RedisCluster(startup_nodes=[ClusterNode("127.0.0.1", port) for port in self.ports], retry=retry, socket_timeout=5)

    def masters(self) -> set[int]:
        return {port for port in self.nodes if _role(port) == "master"}

    def cli(self, *words: str) -> str:
        done = subprocess.run([self.redis_cli, "--cluster", *words], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, (done.stdout + done.stderr)[-600:]
        return done.stdout


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, require_program: Callable[[str], str]) -> Iterator[Cluster]:
    """One for all tests here; the last of them kills a master."""
    with ExitStack() as stack:
        found = Cluster(six_free_ports(), tmp_path_factory.mktemp("cluster"), require_program("redis-server"), "redis-cli", stack)
        for port in found.ports:
            found.start(port)
        form_cluster("redis-cli", found.ports)
        _until(lambda: all(_state(port) == "ok" for port in found.ports), PATIENCE_S)
        _until(lambda: all(_has_replica(port) for port in found.masters()), PATIENCE_S)
        yield found


def test_all_slots_are_served_and_a_key_is_written_through_every_master(cluster: Cluster) -> None:
    info = redis.Redis(port=cluster.ports[0]).execute_command("CLUSTER INFO")
    assert "16384" in str(info["cluster_slots_ok"])
    masters = cluster.masters()
    assert len(masters) == 3
    client = cluster.client()
    homes = set()
    for number in range(200):
        client.set(f"key-{number}", number)
        homes.add(client.get_node_from_key(f"key-{number}").port)
    assert homes == masters
    assert [int(client.get(f"key-{number}")) for number in range(200)] == list(range(200))


def test_a_fourth_master_takes_its_share_without_an_error_seen_by_the_client(cluster: Cluster) -> None:
    client, errors, done, count = cluster.client(), [], threading.Event(), [0]

    def ask() -> None:
        while not done.is_set():
            try:
                client.set(f"moved-{count[0] % 500}", count[0])
                client.get(f"moved-{count[0] % 500}")
                count[0] += 1
            except RedisError as error:
                errors.append(error)

    load = threading.Thread(target=ask)
    load.start()
    try:
        fourth = max(cluster.ports) + 1
        cluster.start(fourth)
        _until(lambda: _answers(fourth), PATIENCE_S)
        cluster.cli("add-node", f"127.0.0.1:{fourth}", f"127.0.0.1:{cluster.ports[0]}")
        _until(
            lambda: _state(fourth) == "ok" and all(b"fail" not in _nodes(port) and str(fourth).encode() in _nodes(port) for port in cluster.ports), 10
        )
        own = redis.Redis(port=fourth).execute_command("CLUSTER MYID").decode()
        giver = next(port for port in cluster.masters() if port != fourth)
        giver_id = redis.Redis(port=giver).execute_command("CLUSTER MYID").decode()
        cluster.cli(
            *("reshard", f"127.0.0.1:{giver}", "--cluster-from", giver_id, "--cluster-to", own, "--cluster-slots", "400", "--cluster-yes"),
        )
    finally:
        done.set()
        load.join()
    assert errors == []
    assert count[0] > 100
    moved = redis.Redis(port=fourth).execute_command("CLUSTER NODES")
    assert any(len(line["slots"]) for address, line in moved.items() if address.endswith(f":{fourth}"))


def test_a_master_that_dies_is_replaced_and_no_write_that_a_replica_had_acknowledged_is_lost(cluster: Cluster) -> None:
    client = cluster.client()
    promised = []
    for number in range(150):
        client.set(f"kept-{number}", 1)
        node = client.get_redis_connection(client.get_node_from_key(f"kept-{number}"))
        if node.execute_command("WAIT", 1, 100):  # the promise: a replica has it; the fourth master has none, and promises nothing
            promised.append(f"kept-{number}")
    assert len(promised) > 100
    victim = next(port for port in sorted(cluster.masters()) if _has_replica(port))
    before = len(cluster.masters())
    psutil.Process(cluster.nodes[victim].pid).kill()  # type: ignore[attr-defined]
    others = [port for port in cluster.ports if port != victim]
    _until(lambda: len(cluster.masters()) == before and all(_state(port) == "ok" for port in others), PATIENCE_S)
    fresh = RedisCluster(startup_nodes=[ClusterNode("127.0.0.1", port) for port in others], socket_timeout=1)
    assert [key for key in promised if fresh.get(key) is None] == []


@pytest.fixture
def sample(cluster: Cluster, tmp_path: Path) -> Iterator[str]:
    """The improved sample with the cluster as its second tier."""
    data.build(tmp_path / "rows", 20_000)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "run").mkdir()
    (tmp_path / "settings.toml").write_text(SETTINGS)
    command = [sys.executable, "-m", "perfweek.sample", "--port", str(port), "--run", str(tmp_path / "run"), "--data", str(tmp_path / "rows")]
    alive = next(iter(sorted(cluster.masters())))
    more = ["--settings", str(tmp_path / "settings.toml"), "--redis", f"redis://127.0.0.1:{alive}"]
    with guarded([*command, *more], tmp_path / "sample.log"):
        url = f"http://127.0.0.1:{port}"
        _until(lambda: _serves(url), PATIENCE_S)
        yield url


def test_the_sample_answers_every_request_while_a_master_of_its_cache_dies_and_uses_the_cache_again(cluster: Cluster, sample: str) -> None:
    statuses, meanwhile = [], 0
    victim = next(port for port in sorted(cluster.masters()) if _has_replica(port))
    before = len(cluster.masters())
    with httpx.Client(base_url=sample, timeout=10) as client:
        for number in range(40):
            statuses.append(client.get(f"/assets/{1 + number % 20}").status_code)
        psutil.Process(cluster.nodes[victim].pid).kill()  # type: ignore[attr-defined]
        deadline = time.monotonic() + PATIENCE_S
        while len(cluster.masters()) < before and time.monotonic() < deadline:
            statuses.append(client.get(f"/assets/{1 + len(statuses) % 20}").status_code)
            meanwhile += 1
        answered = _by_redis(client)
        statuses += [client.get(f"/assets/{1 + number % 20}").status_code for number in range(60)]
        again = _by_redis(client) - answered
    assert len(cluster.masters()) == before
    assert set(statuses) == {200}
    assert meanwhile > 5
    assert again > 20


def _by_redis(client: httpx.Client) -> float:
    """How many answers came from the second tier, by the sample's own metrics."""
    return sum(float(value) for value in re.findall(r'^catalogue_answers_total.*tier="l2".* ([\d.e+]+)$', client.get("/metrics").text, re.M))


def _serves(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=1).status_code == 200
    except httpx.HTTPError:
        return False


def _node(port: int) -> redis.Redis:
    """Asked once: the client's own patience with a dead node would be longer than the failover that is watched."""
    return redis.Redis(port=port, socket_timeout=1, retry=Retry(NoBackoff(), 0))


def _state(port: int) -> str:
    try:
        return str(_node(port).execute_command("CLUSTER INFO")["cluster_state"])
    except RedisError:
        return "none"


def _has_replica(port: int) -> bool:
    """Whether its replica has all of its data, and is sent the rest."""
    known = _node(port).info("replication")
    return any(known.get(f"slave{place}", {}).get("state") == "online" for place in range(3))


def _role(port: int) -> str:
    try:
        role = _node(port).role()[0]
        return role.decode() if isinstance(role, bytes) else str(role)
    except RedisError:
        return "none"


def _nodes(port: int) -> bytes:
    return str(_node(port).execute_command("CLUSTER NODES")).encode()


def _answers(port: int) -> bool:
    try:
        return bool(_node(port).ping())
    except RedisError:
        return False


def _until(true: Callable[[], bool], most_s: float) -> None:
    deadline = time.monotonic() + most_s
    while not true():
        assert time.monotonic() < deadline, "it did not come to be in time"
        time.sleep(0.1)
