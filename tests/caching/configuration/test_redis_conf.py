import hashlib
import re
import shutil
import subprocess
import time
from dataclasses import replace

import pytest
import redis

from perfweek.caching.configuration.redis_conf import redis_conf, users_acl

PASSWORD = "correct horse"
ONCE = redis.retry.Retry(redis.backoff.NoBackoff(), 0)


@pytest.fixture
def node(require_program, tmp_path, sizes):
    """A server with the generated files: the passwords set as the file says, listening on a socket of its own instead of the network."""
    acl = users_acl(sizes).replace("service on resetpass", f"service on #{hashlib.sha256(PASSWORD.encode()).hexdigest()}")
    acl = acl.replace("operator on resetpass", f"operator on #{hashlib.sha256(PASSWORD.encode()).hexdigest()}")
    (tmp_path / "users.acl").write_text(acl)
    (tmp_path / "redis.conf").write_text(redis_conf(sizes, 1e6, tls=False))
    socket, log = tmp_path / "s", tmp_path / "log"
    command = [require_program("redis-server"), "redis.conf", "--port", "0", "--unixsocket", str(socket), "--logfile", str(log)]
    with subprocess.Popen(command, cwd=tmp_path) as server:
        until = time.monotonic() + 20
        while not socket.exists() and server.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        assert server.poll() is None, log.read_text()
        yield str(socket)
        server.terminate()


def test_a_server_starts_with_the_generated_files_and_has_what_they_say(node, sizes):
    client = redis.Redis(unix_socket_path=node, username="operator", password=PASSWORD)
    names = ("maxmemory", "maxmemory-policy", "cluster-enabled", "cluster-node-timeout", "appendonly", "save", "repl-backlog-size")
    found = {name: client.config_get(name)[name] for name in names}
    assert found == {
        "maxmemory": str(sizes.maxmemory),
        "maxmemory-policy": "allkeys-lru",
        "cluster-enabled": "yes",
        "cluster-node-timeout": "5000",
        "appendonly": "no",
        "save": "",
        "repl-backlog-size": "20000000",
    }
    assert client.config_get("client-output-buffer-limit")["client-output-buffer-limit"].split()[5:8] == ["268435456", "67108864", "60"]


def test_the_service_reaches_its_own_keys_and_nothing_else(node):
    operator = redis.Redis(unix_socket_path=node, username="operator", password=PASSWORD)
    operator.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
    until = time.monotonic() + 20
    while operator.cluster("INFO")["cluster_state"] != "ok" and time.monotonic() < until:
        time.sleep(0.05)
    service = redis.Redis(unix_socket_path=node, username="service", password=PASSWORD)
    service.set("catalogue:-:-:/a", b"x", px=1000)
    assert service.get("catalogue:-:-:/a") == b"x"
    for command in (("GET", "other:1"), ("FLUSHALL",), ("CONFIG", "GET", "*"), ("KEYS", "*")):
        with pytest.raises(redis.exceptions.NoPermissionError):
            service.execute_command(*command)


def test_nobody_gets_in_before_a_password_is_set(node):
    for user in ("default", "exporter", "replica"):
        with pytest.raises((redis.exceptions.AuthenticationError, redis.exceptions.ResponseError)):
            redis.Redis(unix_socket_path=node, username=user, password="x", retry=ONCE).ping()
    with pytest.raises(redis.exceptions.AuthenticationError):
        redis.Redis(unix_socket_path=node, retry=ONCE).ping()


def test_a_server_with_tls_starts_and_answers_who_trusts_its_certificate(require_program, tmp_path, sizes):
    if not shutil.which("openssl"):
        pytest.skip("needs openssl")
    files = {name: str(tmp_path / name) for name in ("redis.key", "redis.crt")}
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run([*made, "-keyout", files["redis.key"], "-out", files["redis.crt"]], check=True, capture_output=True)
    text = redis_conf(sizes).replace("/etc/redis/tls/ca.crt", files["redis.crt"]).replace("/etc/redis/tls/", f"{tmp_path}/")
    (tmp_path / "users.acl").write_text("user default on nopass ~* &* +@all\n")
    (tmp_path / "redis.conf").write_text(text)
    log = tmp_path / "log"
    command = [
        require_program("redis-server"),
        "redis.conf",
        "--tls-port",
        "0",
        "--port",
        "0",
        "--unixsocket",
        str(tmp_path / "s"),
        "--logfile",
        str(log),
    ]
    with subprocess.Popen(command, cwd=tmp_path) as server:
        try:
            client = redis.Redis(unix_socket_path=str(tmp_path / "s"), retry=redis.retry.Retry(redis.backoff.ConstantBackoff(0.05), 100))
            assert client.config_get("tls-cluster")["tls-cluster"] == "yes", log.read_text()
            assert client.config_get("tls-cert-file")["tls-cert-file"] == files["redis.crt"]
        finally:
            server.terminate()


def test_memory_is_shared_out_and_never_beyond_what_a_node_may_give(sizes):
    assert sizes.maxmemory == 1_000_000_000
    small = replace(sizes, node_gib=1.0)
    assert small.maxmemory == int(0.75 * (1 << 30))
    assert small.short_bytes == pytest.approx(3e9 - 3 * 0.75 * (1 << 30))


def test_a_replicas_buffer_is_larger_than_the_backlog(sizes):
    text = redis_conf(sizes, 20e6)
    backlog = int(re.search(r"repl-backlog-size (\d+)", text)[1])
    assert backlog == 400_000_000  # a minute of a third of 20 MB a second
    assert int(re.search(r"limit replica (\d+)", text)[1]) > backlog
