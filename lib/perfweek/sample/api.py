"""The catalogue's HTTP interface."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException as AnyHTTPException

from perfweek.errors import WarehouseError
from perfweek.sample.cache import Answer, Tiers, Versions
from perfweek.sample.catalogue import Catalogue, Span
from perfweek.sample.cursor import Position, read_cursor
from perfweek.sample.journal import Journal, Trace
from perfweek.sample.models import Asset, DailyStats, NewAsset, Page, Problem, SearchResult, SourceSystem, Time
from perfweek.sample.search import words
from perfweek.sample.settings import Kind, Settings
from perfweek.sample.telemetry import Telemetry

ROUTES = frozenset({"GET /assets/{id}", "GET /assets", "GET /stats/daily", "GET /search", "POST /assets"})
BEGINNING, END = datetime(1, 1, 1), datetime(9999, 12, 31)
JSON = "application/json"
PROBLEMS: dict[int | str, dict[str, Any]] = {422: {"model": Problem, "description": "A parameter is wrong"}}


@dataclass(frozen=True)
class Service:
    """What the routes answer with."""

    settings: Settings
    catalogue: Catalogue
    tiers: Tiers
    versions: Versions

    def answer(self, trace: Trace, kind: Kind, key: str, compute: Callable[[], tuple[object, int]]) -> Response:
        """The response kept under `key`, or a computed one: `compute` returns its content and the number of its rows."""
        trace.key = f"{kind}:{key}"
        kept = kind in self.settings.cached
        found, trace.tier = self.tiers.get(trace.key) if kept else (None, "origin")
        if found is None:
            content, items = compute()
            found = Answer(_json(content), items)
            if kept:
                self.tiers.put(trace.key, found)
        trace.items = found.items
        return Response(found.body, media_type=JSON)

    def version(self, source_system: str | None, until: datetime) -> str:
        """The part of a key that a write changes; assets are made now, so what ends in the past never changes."""
        return f"v{self.versions.of(source_system)}" if until > _now() else "closed"


def trace_of(request: Request) -> Trace:
    trace: Trace = request.scope["trace"]
    trace.route = f"{trace.method} {request.scope['route'].path}"
    return trace


def span_of(
    source_system: Annotated[SourceSystem | None, Query(description="only this source system")] = None,
    created_from: Annotated[Time, Query(description="made at this time or later; UTC where no zone is given")] = BEGINNING,
    created_to: Annotated[Time, Query(description="made before this time")] = END,
) -> Span:
    if created_from >= created_to:
        raise HTTPException(422, "created_from must be before created_to")
    return Span(source_system, created_from, created_to)


Traced = Annotated[Trace, Depends(trace_of)]
Spanned = Annotated[Span, Depends(span_of)]


def create_app(service: Service, telemetry: Telemetry, note: Callable[[Trace], None]) -> FastAPI:
    """The application; `note` is called once for each request, when its response is complete."""
    app = FastAPI(title="Unified data catalogue", version="1.0", docs_url=None, redoc_url=None)
    app.add_middleware(Journal, note=note, routes=ROUTES)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(AnyHTTPException, _refused)
    app.add_exception_handler(WarehouseError, _unavailable)
    _add_reading_routes(app, service)
    _add_writing_route(app, service)

    @app.get("/healthz")
    async def health() -> dict[str, Literal["ok"]]:
        return {"status": "ok"}

    @app.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        return Response(telemetry.exposition(), media_type=CONTENT_TYPE_LATEST)

    return app


def _add_reading_routes(app: FastAPI, service: Service) -> None:
    @app.get("/assets/{id}", response_model=Asset, responses=PROBLEMS | {404: {"model": Problem, "description": "No such asset"}})
    def read_asset(asset_id: Annotated[int, Path(alias="id", ge=1, le=2**63 - 1)], trace: Traced) -> Response:
        """One asset with all its attributes."""

        def compute() -> tuple[object, int]:
            found = service.catalogue.item(asset_id, trace)
            if found is None:
                trace.tier = "none"
                raise HTTPException(404, f"there is no asset {asset_id}")
            return found, 1

        return service.answer(trace, "item", str(asset_id), compute)

    @app.get("/assets", response_model=Page, responses=PROBLEMS)
    def list_assets(
        span: Spanned,
        trace: Traced,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str, Query(max_length=120, description="`next` of the page before")] = "",
    ) -> Response:
        """Assets, newest first, a page at a time."""
        start = _start(cursor, span)

        def compute() -> tuple[object, int]:
            rows = service.catalogue.page(span, start, limit, trace)
            following = Position(rows[-1]["created_at"], rows[-1]["asset_id"]).cursor() if len(rows) == limit else None
            return {"items": rows, "next": following}, len(rows)

        version = service.version(span.source_system, start.created_at)
        return service.answer(trace, "list", f"{span.key}:{limit}:{cursor}:{version}", compute)

    @app.get("/stats/daily", response_model=DailyStats, responses=PROBLEMS)
    def daily_stats(span: Spanned, trace: Traced) -> Response:
        """Number, size and quality of the assets made on each day."""

        def compute() -> tuple[object, int]:
            rows = service.catalogue.daily(span, trace)
            return {"days": rows}, len(rows)

        return service.answer(trace, "daily", f"{span.key}:{service.version(span.source_system, span.created_to)}", compute)

    @app.get("/search", response_model=SearchResult, responses=PROBLEMS)
    def search(
        span: Spanned, trace: Traced, q: Annotated[str, Query(min_length=1, max_length=100)], limit: Annotated[int, Query(ge=1, le=50)] = 10
    ) -> Response:
        """Assets by the words of their name and description, best first."""
        query = words(q)
        if not query:
            raise HTTPException(422, "q has no word in it")

        def compute() -> tuple[object, int]:
            hits = service.catalogue.search(query, span, limit, trace)
            return {"hits": hits}, len(hits)

        version = service.version(span.source_system, span.created_to)
        return service.answer(trace, "search", f"{' '.join(query)}:{span.key}:{limit}:{version}", compute)


def _add_writing_route(app: FastAPI, service: Service) -> None:
    @app.post("/assets", status_code=201, response_model=Asset, responses=PROBLEMS)
    def add_asset(asset: NewAsset, trace: Traced) -> Response:
        """Store an asset. Whoever asks afterwards sees it."""
        row = service.catalogue.add(asset, trace)
        service.versions.written(asset.source_system)
        trace.key = f"item:{row['asset_id']}"
        trace.items = 1
        return Response(_json(row), 201, media_type=JSON, headers={"Location": f"/assets/{row['asset_id']}"})


def _start(cursor: str, span: Span) -> Position:
    try:
        start = read_cursor(cursor) if cursor else Position(span.created_to)
    except ValueError as error:
        raise HTTPException(422, f"cursor: {error}") from None
    if start.created_at > span.created_to:
        raise HTTPException(422, "cursor: it belongs to another listing")
    return start


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _json(content: object) -> bytes:
    return json.dumps(content, default=_text, separators=(",", ":"), ensure_ascii=False).encode()


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not a JSON value")


async def _invalid(_request: Request, error: Exception) -> Response:
    """FastAPI's own answer repeats the input, which need not be text that JSON can hold."""
    assert isinstance(error, RequestValidationError)
    details = [f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}" for problem in error.errors()[:10]]
    return _problem(422, "the request is not valid", details)


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, AnyHTTPException)
    return _problem(error.status_code, error.detail)


async def _unavailable(_request: Request, error: Exception) -> Response:
    return _problem(503, f"the warehouse did not answer: {error}")


def _problem(status: int, error: str, details: list[str] | None = None) -> Response:
    body = json.dumps({"error": error, "details": details or []}).encode()
    return Response(body, status, media_type=JSON)
