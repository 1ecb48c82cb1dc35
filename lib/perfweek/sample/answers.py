"""How the service makes a response: from a cache tier or computed, and what a caller's mistake looks like."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from perfweek.errors import WarehouseError
from perfweek.sample.cache import Answer, Tiers, Versions
from perfweek.sample.catalogue import Catalogue
from perfweek.sample.journal import Trace
from perfweek.sample.profiler import Tag, untagged
from perfweek.sample.settings import Kind, Settings

JSON = "application/json"
Computed = tuple[object, int]


@dataclass(frozen=True)
class Service:
    """What the routes answer with; `tagged` labels the CPU time of a block with its route, where a profile is pushed."""

    settings: Settings
    catalogue: Catalogue
    tiers: Tiers
    versions: Versions
    tagged: Tag = untagged

    def answer(self, trace: Trace, kind: Kind, key: str, compute: Callable[[], Computed]) -> Response:
        """The response kept under `key`, or a computed one: `compute` returns its content and the number of its rows."""
        trace.key = f"{kind}:{key}"
        kept = kind in self.settings.cached
        found, trace.tier = self.tiers.get(trace.key) if kept else (None, "origin")
        if found is None:
            with self.tagged(trace.route):
                content, items = compute()
                found = Answer(as_json(content), items)
            if kept:
                self.tiers.put(trace.key, found)
        trace.items = found.items
        return Response(found.body, media_type=JSON)

    def version(self, source_system: str | None, until: datetime) -> str:
        """The part of a key that a write changes; assets are made now, so what ends in the past never changes."""
        return f"v{self.versions.of(source_system)}" if until > datetime.now(UTC).replace(tzinfo=None) else "closed"


def as_json(content: object) -> bytes:
    return json.dumps(content, default=_text, separators=(",", ":"), ensure_ascii=False).encode()


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not a JSON value")


async def invalid(_request: Request, error: Exception) -> Response:
    """FastAPI's own answer repeats the input, which need not be text that JSON can hold."""
    assert isinstance(error, RequestValidationError)
    details = [f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}" for problem in error.errors()[:10]]
    return _problem(422, "the request is not valid", details)


async def refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _problem(error.status_code, error.detail)


async def unavailable(_request: Request, error: Exception) -> Response:
    assert isinstance(error, WarehouseError)
    return _problem(503, f"the warehouse did not answer: {error.what}")


def _problem(status: int, error: str, details: list[str] | None = None) -> Response:
    body = json.dumps({"error": error, "details": details or []}).encode()
    return Response(body, status, media_type=JSON)
