"""A server between the connector and a local Snowflake: it passes everything on, but for what a test tells it to break."""

import base64
import gzip
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa

from perfweek.warehouse.snowflake import SnowflakeWarehouse

FOREVER = 10**9


@dataclass
class Trouble:
    """What happens to the next `times` requests whose statement or path holds `where`.

    'silent': closed without an answer, and not passed on; 'cut': passed on, and half of the answer comes back; 'chunks': rows come in parts
    of `rows` each, to be fetched one by one; 'answer': Snowflake's answer is `content`, and nothing is passed on.
    """

    where: str
    kind: str
    times: int = FOREVER
    content: dict[str, Any] = field(default_factory=dict)
    rows: int = 0
    status: int = 200


def refusal(where: str, code: str, message: str, sqlstate: str = "22000") -> Trouble:
    """Snowflake's answer to what it refuses."""
    content = {"data": {"errorCode": code, "sqlState": sqlstate}, "code": code, "message": message, "success": False}
    return Trouble(where, "answer", content=content)


@dataclass
class Between:
    """`seen`: the statements that came, repetitions too; `passed`: those that the local Snowflake ran; `logins`: how many came.
    `timezone`: what sessions are set to, where a statement does not set it; `zones`: in which statements were passed on.
    `in_turn`: the local Snowflake runs one statement of a session at a time."""

    port: int
    folder: Path
    troubles: list[Trouble] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    chunks: dict[str, bytes] = field(default_factory=dict)
    logins: int = 0
    token: str = ""
    timezone: str = "Etc/UTC"
    zones: list[str] = field(default_factory=list)
    own_port: int = 0
    in_turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def connections_file(self) -> Path:
        path = self.folder / "connections.toml"
        lines = ["[between]", 'account = "a"', 'user = "someone"', 'password = "hunter2"', 'host = "127.0.0.1"', f"port = {self.own_port}"]
        path.write_text("\n".join([*lines, 'protocol = "http"', 'role = "ANALYST"', 'warehouse = "BIG"', ""]) + _QUIET)
        path.chmod(0o600)
        return path

    def connect(self, patience_s: float = 0, **values: Any) -> SnowflakeWarehouse:
        return SnowflakeWarehouse("between", self.connections_file, patience_s, **values)

    def trouble(self, what: str) -> Trouble | None:
        found = next((one for one in self.troubles if one.times > 0 and one.where in what), None)
        if found:
            found.times -= 1
        return found

    def end_session(self) -> None:
        """Log the session out behind the client's back."""
        self.ask("POST", "/session?delete=true", b"", {"Authorization": self.token})

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        upstream = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with self.in_turn:
            try:
                upstream.request(method, path, body, headers)
                answer = upstream.getresponse()
                return answer.status, answer.read()
            finally:
                upstream.close()


_QUIET = "[between.session_parameters]\nCLIENT_OUT_OF_BAND_TELEMETRY_ENABLED = false\nCLIENT_TELEMETRY_ENABLED = false\n"


@contextmanager
def standing_between(port: int, folder: Path) -> Iterator[Between]:
    """`port`: the local Snowflake's; `folder`: where the connections.toml may lie."""
    between = Between(port, folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"between": between}))
    between.own_port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield between
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    between: Between

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        if self.path.startswith("/chunk/"):
            self._send(200, self.between.chunks[self.path], self.between.trouble(self.path))
        else:
            self._pass_on(b"", {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        plain = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
        self._pass_on(body, json.loads(plain or b"{}"))

    def _pass_on(self, body: bytes, content: dict[str, Any]) -> None:
        between, statement = self.between, content.get("sqlText", "")
        between.logins += "login-request" in self.path
        between.seen += [statement] if statement else []
        between.token = self.headers.get("Authorization") or between.token
        trouble = between.trouble(statement or self.path)
        if trouble and trouble.kind == "silent":
            self.close_connection = True
            return
        if trouble and trouble.kind == "answer":
            self._send(trouble.status, json.dumps(trouble.content).encode(), None)
            return
        between.passed += [statement] if statement else []
        status, answer = between.ask(self.command, self.path, body, dict(self.headers.items()))
        if "login-request" in self.path:
            answer = _as_whom(answer)
        if statement:
            between.zones.append((content.get("parameters") or {}).get("TIMEZONE", between.timezone))
            answer = self._as_in_a_zone(answer, between.zones[-1])
        if trouble and trouble.kind == "chunks":
            answer = self._in_chunks(answer, trouble.rows)
        self._send(status, answer, trouble)

    def _send(self, status: int, answer: bytes, trouble: Trouble | None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        cut = trouble is not None and trouble.kind == "cut"
        self.wfile.write(answer[: len(answer) // 2] if cut else answer)
        self.close_connection = cut

    def _as_in_a_zone(self, answer: bytes, zone: str) -> bytes:
        content = json.loads(answer)
        if content["success"] and "parameters" in content["data"]:
            content["data"]["parameters"] = [{"name": "TIMEZONE", "value": zone}]
        return json.dumps(content).encode()

    def _in_chunks(self, answer: bytes, rows: int) -> bytes:
        content = json.loads(answer)
        data = content["data"]
        table = pa.ipc.open_stream(base64.b64decode(data["rowsetBase64"])).read_all()
        parts = [table.slice(start, rows) for start in range(0, table.num_rows, rows)]
        data["rowsetBase64"] = base64.b64encode(_stream(parts[0])).decode()
        data["chunks"] = []
        for part in parts[1:]:
            path = f"/chunk/{len(self.between.chunks)}"
            self.between.chunks[path] = _stream(part)
            size = len(self.between.chunks[path])
            url = f"http://127.0.0.1:{self.between.own_port}{path}"
            data["chunks"].append({"url": url, "rowCount": part.num_rows, "uncompressedSize": size, "compressedSize": size})
        data["chunkHeaders"] = {}
        return json.dumps(content).encode()


def _as_whom(answer: bytes) -> bytes:
    """Snowflake says whose session it is."""
    content = json.loads(answer)
    content["data"]["sessionInfo"] |= {"roleName": "ANALYST", "warehouseName": "BIG"}
    return json.dumps(content).encode()


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()
