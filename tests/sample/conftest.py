"""A small catalogue, the application in this process, and the service as a process of its own."""

import contextlib
import json
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from perfweek.process import Child, guarded
from perfweek.sample import data
from perfweek.sample.answers import Service
from perfweek.sample.api import create_app
from perfweek.sample.cache import Versions, open_tiers
from perfweek.sample.catalogue import Catalogue
from perfweek.sample.journal import Trace
from perfweek.sample.settings import Settings, load_settings
from perfweek.sample.telemetry import Telemetry
from perfweek.sample.workspace import own_copy
from perfweek.warehouse.embedded import EmbeddedWarehouse

with warnings.catch_warnings(action="ignore"):  # it asks for a client library that is not out yet
    from starlette.testclient import TestClient

ROWS = 60_000


@pytest.fixture(scope="session")
def rows_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rows")
    data.build(folder, ROWS)
    return folder


def lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of an NDJSON file."""
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


@dataclass
class InProcess:
    """The application with a client; `notes` are the traces of its requests."""

    client: TestClient
    service: Service
    history: Path
    notes: list[Trace] = field(default_factory=list, repr=False)

    def get(self, path: str, **parameters: object) -> Any:
        response = self.client.get(path, params=parameters or None)
        assert response.status_code == 200, response.text
        return response.json()

    def add(self, source_system: str = "gong", **values: object) -> Any:
        body = {"source_system": source_system, "asset_type": "table", "name": "new", "owner_team": "sales", **values}
        response = self.client.post("/assets", json=body)
        assert response.status_code == 201, response.text
        return response.json()

    def statements(self) -> list[dict[str, Any]]:
        """The recorded statements of requests, with the tag parsed."""
        rows = [{**row, "tag": json.loads(row["query_tag"])} for row in lines(self.history)]
        return [row for row in rows if row["tag"]["route"] != "start"]


@pytest.fixture(scope="session")
def open_app(rows_folder: Path) -> Callable[..., contextlib.AbstractContextManager[InProcess]]:
    @contextlib.contextmanager
    def opened(settings: Settings, folder: Path, redis_url: str = "") -> Iterator[InProcess]:
        history = folder / f"{settings.layout}.ndjson"
        with own_copy(rows_folder, settings.layout) as database, EmbeddedWarehouse(database, history, threads=1) as warehouse:
            tiers = open_tiers(settings, redis_url, database.parent.name)
            service = Service(settings, Catalogue(warehouse, settings), tiers, Versions())
            notes: list[Trace] = []
            app = create_app(service, Telemetry(tiers), notes.append)
            with TestClient(app, raise_server_exceptions=False) as client:
                yield InProcess(client, service, history, notes)

    return opened


@pytest.fixture
def as_found(open_app: Callable[..., Any], tmp_path: Path) -> Iterator[InProcess]:
    with open_app(load_settings("as_found"), tmp_path) as app:
        yield app


@pytest.fixture
def improved(open_app: Callable[..., Any], tmp_path: Path) -> Iterator[InProcess]:
    with open_app(load_settings("improved"), tmp_path) as app:
        yield app


@dataclass(frozen=True)
class Running:
    """The service as a process: where it answers, its process, its run folder and what it printed."""

    url: str
    child: Child
    run: Path
    output: Path

    def access_log(self) -> list[dict[str, Any]]:
        return lines(self.run / "access_log.ndjson")


def command(run: Path, rows: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "perfweek.sample", "--port", "0", "--run", str(run), "--data", str(rows), *more]


@pytest.fixture
def start(rows_folder: Path, tmp_path: Path) -> Callable[..., contextlib.AbstractContextManager[Running]]:
    @contextlib.contextmanager
    def started(*more: str, name: str = "run") -> Iterator[Running]:
        output = tmp_path / f"{name}.output"
        with guarded(command(tmp_path / name, rows_folder, *more), output) as child:
            yield Running(_url(child, output), child, tmp_path / name, output)

    return started


def _url(child: Child, output: Path) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until and child.poll() is None:
        found = re.search(r"http://\S+", output.read_text())
        if found:
            httpx.get(f"{found[0]}/healthz", timeout=30).raise_for_status()
            return found[0]
        time.sleep(0.05)
    raise AssertionError(output.read_text())


@pytest.fixture(scope="session")
def redis_url(require_program, tmp_path_factory):
    """A redis-server of our own on a Unix socket: no port to find, nothing on the network."""
    socket = tmp_path_factory.mktemp("redis") / "socket"
    command = [require_program("redis-server"), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(socket.parent)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        until = time.monotonic() + 20
        while not socket.exists() and time.monotonic() < until:
            time.sleep(0.02)
        yield f"unix://{socket}"
        server.terminate()
