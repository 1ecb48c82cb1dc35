"""A receiver on loopback for what Pyroscope's agents push: continuous profiles without a server.

It answers GET /pyroscope/render and the query for a merged pprof as a Pyroscope server does, so that whoever reads from a server reads from
it too. What is not a push within the limits is refused with a 4xx and counted; a refusal never ends the receiver.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from perfweek.errors import PerfweekError
from perfweek.profiling.pyroscope import push, querying
from perfweek.profiling.pyroscope.archive import Archive
from perfweek.profiling.pyroscope.bounded import BadContentError, TooLargeError

HOST = "127.0.0.1"
LARGEST_BODY = 4_000_000
LARGEST_ARCHIVE = 256_000_000
_PATIENCE_S = 10.0


class Receiver:
    """What was received so far: `accepted` pushes, and `refused` requests by the phrase of their status."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.accepted = 0
        self.refused: Counter[str] = Counter()
        self._archive = Archive(folder)
        self._lock = threading.Lock()

    def take(self, body: bytes, encoding: str) -> None:
        """Keep a push. Raises BadContentError, TooLargeError, and _RefusedError where the archive is full.

        One at a time: what a push takes when it is unpacked is bounded, and so is the sum of all.
        """
        with self._lock:
            message = push.unpack(body, encoding)
            pushed = push.read_push(message)
            if self._archive.bytes + len(message) > LARGEST_ARCHIVE:
                raise _RefusedError(HTTPStatus.INSUFFICIENT_STORAGE, "the receiver is full")
            self._archive.add(message, "push", pushed)
            self.accepted += 1

    def refuse(self, status: int) -> None:
        with self._lock:
            self.refused[HTTPStatus(status).phrase] += 1


class _RefusedError(Exception):
    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


@contextmanager
def receiving(folder: Path, port: int = 0) -> Iterator[Receiver]:
    """A receiver that writes into `folder` for the length of the block; port 0 takes any free one. Raises OSError where the port is taken."""
    with _Server(folder, port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.receiver
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__((HOST, port), _Handler)
        self.receiver = Receiver(folder, f"http://{HOST}:{self.server_address[1]}")

    def handle_error(self, *_: object) -> None:
        """A caller that went away, or an error of ours: neither ends the receiver, and both are seen."""
        self.receiver.refuse(HTTPStatus.INTERNAL_SERVER_ERROR)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "perfweek", ""
    timeout = _PATIENCE_S
    disable_nagle_algorithm = True  # head and body are two writes: the second would wait 40 ms for the acknowledgement of the first

    def do_GET(self) -> None:
        self._answer({"/": self._state, "/ready": lambda: ("text/plain", b"ready\n"), "/pyroscope/render": self._render})

    def do_POST(self) -> None:
        self._answer({push.PATH: self._push, querying.PATH: self._merge})

    def _answer(self, routes: dict[str, Callable[[], tuple[str, bytes]]]) -> None:
        """Every refusal closes the connection: what is left of its body is not read."""
        status, kind, content = HTTPStatus.OK, "text/plain", b""
        try:
            self._check_caller()
            kind, content = self._route(routes)()
        except TooLargeError as error:
            status, content = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(error).encode()
        except ValueError as error:  # BadContentError, and a URL that is none
            status, content = HTTPStatus.BAD_REQUEST, str(error).encode()
        except _RefusedError as error:
            status, content = error.status, str(error).encode()
        except TimeoutError:
            status = HTTPStatus.REQUEST_TIMEOUT
        except PerfweekError as error:
            status, content = HTTPStatus.INSUFFICIENT_STORAGE, str(error).encode()
        if status != HTTPStatus.OK:
            self.server.receiver.refuse(status)
            self.close_connection = True
        self._send(status, kind, content)

    def _check_caller(self) -> None:
        """A page in a browser that has itself resolved to this machine calls by another name."""
        if urlsplit(f"//{self.headers.get('Host', HOST)}").hostname not in (HOST, "localhost"):
            raise _RefusedError(HTTPStatus.FORBIDDEN, "only programs of this machine are answered")

    def _route(self, routes: dict[str, Callable[[], tuple[str, bytes]]]) -> Callable[[], tuple[str, bytes]]:
        path = urlsplit(self.path).path
        if path not in routes:
            raise _RefusedError(HTTPStatus.NOT_FOUND, f"this receiver takes POST {push.PATH}, as pyroscope-io 1.4 and later push")
        return routes[path]

    def _push(self) -> tuple[str, bytes]:
        kind = self.headers.get_content_type()
        if kind not in push.CONTENT_TYPES:
            raise _RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"content-type {kind} is not {push.CONTENT_TYPES[0]}")
        self.server.receiver.take(self._body(), self.headers.get("Content-Encoding", "").strip().lower())
        return push.CONTENT_TYPES[0], b""

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            raise _RefusedError(HTTPStatus.LENGTH_REQUIRED, "give the length of the body in Content-Length")
        if len(length) > 18 or int(length) > LARGEST_BODY:
            raise TooLargeError(f"more than {LARGEST_BODY:,} bytes")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise BadContentError("the body ends too early")
        return body

    def _state(self) -> tuple[str, bytes]:
        receiver = self.server.receiver
        return "text/plain", f"{receiver.accepted} pushes accepted, {sum(receiver.refused.values())} requests refused\n".encode()

    def _render(self) -> tuple[str, bytes]:
        given = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}
        return "application/json", json.dumps(querying.render(self.server.receiver.folder, given)).encode()

    def _merge(self) -> tuple[str, bytes]:
        return push.CONTENT_TYPES[0], querying.merge(self.server.receiver.folder, self._body())

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            self.close_connection = True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Called for what is no HTTP, or a method that is not known."""
        self.server.receiver.refuse(code)
        super().send_error(code, message, explain)

    def log_message(self, format: str, *words: object) -> None:
        """Nothing is printed: refusals are counted."""
