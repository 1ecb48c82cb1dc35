"""Running the sample: its port, its copy of the rows, its files in the run's folder, and a clean end."""

import asyncio
import errno
import json
import os
import platform
import signal
import socket
import sys
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import duckdb
import psutil
import pyarrow as pa
import uvicorn
from fastapi import FastAPI

from perfweek import gc_log
from perfweek.errors import MeasurementError, PerfweekError
from perfweek.files import make_folder, write_atomic
from perfweek.sample.answers import Service
from perfweek.sample.api import create_app
from perfweek.sample.cache import Versions, open_tiers
from perfweek.sample.catalogue import Catalogue
from perfweek.sample.journal import AccessLog, Trace
from perfweek.sample.profiler import described, pushing
from perfweek.sample.settings import Settings
from perfweek.sample.telemetry import Telemetry
from perfweek.sample.workspace import own_copy
from perfweek.warehouse.embedded import EmbeddedWarehouse

HOST = "127.0.0.1"
EVENT_LOOP: Literal["uvloop", "asyncio"] = "uvloop" if find_spec("uvloop") else "asyncio"
GRACE_S = 2
ENGINE_THREADS = 1  # a request's statement runs on its own thread; more would only take the cores from other requests


@dataclass(frozen=True)
class Options:
    """How to run: the port (0 for any free one), the folder for logs, the settings and the name they were asked by,
    the folder of the rows, and the URLs of a Redis and of a Pyroscope server ('' for none)."""

    port: int
    run: Path
    settings: Settings
    settings_name: str
    data: Path
    redis_url: str
    pyroscope_url: str = ""


def serve(options: Options) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code. Raises PerfweekError where it cannot start."""
    make_folder(options.run)
    with ExitStack() as stack:
        for number in (signal.SIGTERM, signal.SIGINT):
            # While it serves, uvicorn handles them; it raises them again when it has ended.
            stack.callback(signal.signal, number, signal.signal(number, lambda *_: sys.exit(0)))
        listener = stack.enter_context(closing(_listen(options.port)))
        tagged = stack.enter_context(pushing(options.pyroscope_url))
        stack.enter_context(gc_log.recorded(options.run / gc_log.FILE))
        access_log = stack.enter_context(closing(AccessLog(options.run / "access_log.ndjson")))
        database = stack.enter_context(own_copy(options.data, options.settings.layout))
        history = options.run / "query_history.ndjson"
        warehouse = stack.enter_context(EmbeddedWarehouse(database, history, threads=ENGINE_THREADS))
        tiers = open_tiers(options.settings, options.redis_url, database.parent.name)
        catalogue = stack.enter_context(closing(Catalogue(warehouse, options.settings)))
        _write_settings(options, catalogue.assets, warehouse.engine)
        pa.array([0])  # the first array made of Python values looks for pandas, and the first write would wait for that
        return _run(Service(options.settings, catalogue, tiers, Versions(), tagged), access_log, listener)


def _run(service: Service, access_log: AccessLog, listener: socket.socket) -> int:
    telemetry = Telemetry(service.tiers)
    failures: list[PerfweekError] = []

    def note(trace: Trace) -> None:
        telemetry.note(trace)
        try:
            access_log.append(trace.record())
        except PerfweekError as error:
            failures.append(error)
            server.should_exit = True

    server = _Server(create_app(service, telemetry, note), service.catalogue)
    print(f"serving on http://{HOST}:{listener.getsockname()[1]}", flush=True)
    server.run(sockets=[listener])
    if failures:
        raise failures[0]
    return 0


class _Server(uvicorn.Server):
    """Requests under way when it ends have 0.7 s; then their next statement is refused, which they answer with 503."""

    def __init__(self, app: FastAPI, catalogue: Catalogue) -> None:
        super().__init__(
            uvicorn.Config(app, loop=EVENT_LOOP, http="h11", lifespan="off", log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE_S)
        )
        self._catalogue = catalogue

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().call_later(0.7, self._catalogue.stop)
        await super().shutdown(sockets)


def _listen(port: int) -> socket.socket:
    """A listening socket. Its protocol is named because asyncio switches Nagle's algorithm off only for such sockets."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        reason = "is taken" + _holder(port) if isinstance(error, OSError) and error.errno == errno.EADDRINUSE else f"cannot be used: {error}"
        raise MeasurementError(f"port {port} {reason}", f"{HOST}:{port}", "Stop that process, or give another port with --port.") from error
    return listener


def _holder(port: int) -> str:
    with suppress(psutil.Error):
        for connection in psutil.net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port and connection.pid:
                return f" by process {connection.pid} ({' '.join(psutil.Process(connection.pid).cmdline())[:120]})"
    return ""


def _write_settings(options: Options, assets: int, engine: str) -> None:
    content = {
        "name": options.settings_name,
        "settings": options.settings.public(),
        "assets": assets,
        "engine": engine,
        "engine_threads": ENGINE_THREADS,
        "duckdb": duckdb.__version__,
        "python": platform.python_version(),
        "event_loop": EVENT_LOOP,
        "profiler": described(options.pyroscope_url),
        "pid": os.getpid(),
    }
    write_atomic(options.run / "settings.json", json.dumps(content, indent=2) + "\n")
