"""What the service notes about each request: the access log, and the headers that tell a caller where the time went."""

import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from perfweek.files import disk_errors_explained
from perfweek.sample.cache import Tier

OTHER = "other"
_LONGEST_SESSION = 80
_LONGEST_URL = 2000
_UNLOGGED = {"/healthz", "/metrics", "/openapi.json"}


@dataclass
class Trace:
    """One request as it is answered; the route fills in what it did."""

    request_id: str
    session: str
    method: str
    arrived: float = field(default_factory=time.time)
    clock: float = field(default_factory=time.perf_counter)
    route: str = OTHER
    key: str = ""
    tier: Tier = "none"
    status: int = 0
    bytes: int = 0
    url: str = ""
    body: Any = field(default_factory=partial(hashlib.blake2b, digest_size=8), repr=False)
    items: int = 0
    queries: int = 0
    database_ms: float = 0.0

    @property
    def duration_ms(self) -> float:
        return (time.perf_counter() - self.clock) * 1000

    def server_timing(self) -> str:
        """https://www.w3.org/TR/server-timing/"""
        return f'db;dur={self.database_ms:.3f}, total;dur={self.duration_ms:.3f}, cache;desc="{self.tier}"'

    def record(self) -> dict[str, Any]:
        """The line of the access log; times in epoch seconds and milliseconds."""
        return {
            "time": round(self.arrived, 6),
            "request_id": self.request_id,
            "session": self.session,
            "method": self.method,
            "route": self.route,
            "key": self.key,
            "status": self.status,
            "bytes": self.bytes,
            "tier": self.tier,
            "duration_ms": round(self.duration_ms, 3),
            "database_ms": round(self.database_ms, 3),
            "queries": self.queries,
            "items": self.items,
            "url": self.url,
            "digest": self.body.hexdigest(),
        }


class AccessLog:
    """An NDJSON file; each line is one write, so that a killed service loses none that it wrote."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with disk_errors_explained(path):
            self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def append(self, record: dict[str, Any]) -> None:
        """Raises WeekError where the disk is full."""
        with disk_errors_explained(self._path):
            os.write(self._descriptor, json.dumps(record, separators=(",", ":")).encode() + b"\n")

    def close(self) -> None:
        os.close(self._descriptor)


class Journal:
    """ASGI middleware: gives each request a Trace (`scope['trace']`), sets X-Request-Id and Server-Timing, notes it at the end.

    The note is written before the last part of the response leaves: whatever a caller has received is in the log.
    """

    def __init__(self, app: ASGIApp, note: Callable[[Trace], None], routes: frozenset[str]) -> None:
        self._app = app
        self._note = note
        self._routes = routes
        self._run = secrets.token_hex(4)
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _UNLOGGED:
            await self._app(scope, receive, send)
            return
        session = Headers(scope=scope).get("x-session", "")[:_LONGEST_SESSION]
        trace = Trace(f"{self._run}-{next(self._numbers)}", session, scope["method"], url=_asked(scope))
        scope["trace"] = trace

        async def noting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._started(trace, scope, message)
            elif message["type"] == "http.response.body":
                trace.bytes += len(message.get("body", b""))
                trace.body.update(message.get("body", b""))
                if not message.get("more_body"):
                    self._note(trace)
            await send(message)

        await self._app(scope, receive, noting_send)

    def _started(self, trace: Trace, scope: Scope, message: Message) -> None:
        route = f"{trace.method} {getattr(scope.get('route'), 'path', '')}"
        trace.route = route if route in self._routes else OTHER
        trace.status = message["status"]
        headers = MutableHeaders(scope=message)
        headers["X-Request-Id"] = trace.request_id
        headers["Server-Timing"] = trace.server_timing()


def _asked(scope: Scope) -> str:
    """Path and query as the caller wrote them."""
    query = scope.get("query_string", b"")
    return (scope.get("raw_path", b"") + (b"?" + query if query else b"")).decode("latin-1")[:_LONGEST_URL]
