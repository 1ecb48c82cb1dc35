"""A redis-server of our own: on a socket in a folder of its own, nothing on the network, gone at the end."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from perfweek.errors import MeasurementError
from perfweek.process import guarded, last_lines

PROGRAM = "redis-server"
ABSENT = "Not checked: no redis-server on PATH."
_START_S = 20.0


def there_is_a_server() -> bool:
    return shutil.which(PROGRAM) is not None


@contextmanager
def own_server(policy: str = "allkeys-lru") -> Iterator[tuple[Any, str]]:
    """A client and the URL of an empty server without persistence. Raises MeasurementError where it does not start."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise MeasurementError("there is no redis-server on PATH", PROGRAM, "Install Redis, or leave this check out.")
    with tempfile.TemporaryDirectory(prefix="perfweek-redis-") as name:
        folder = Path(name)
        socket = folder / "socket"
        command = [
            program,
            "--port",
            "0",
            "--unixsocket",
            str(socket),
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            name,
            "--maxmemory-policy",
            policy,
        ]
        with guarded(command, folder / "log") as child:
            until = time.monotonic() + _START_S
            while not socket.exists():
                if child.poll() is not None or time.monotonic() > until:
                    raise MeasurementError(f"redis-server did not start: {last_lines(folder / 'log')}", program, "Start it by hand to see why.")
                time.sleep(0.02)
            client = redis.Redis(unix_socket_path=str(socket))
            yield client, f"unix://{socket}"
            client.close()


def second_of(client: Any) -> float:
    """How much of the server's second has passed: its clock of eviction ticks with the whole ones."""
    return float(client.time()[1]) / 1e6
