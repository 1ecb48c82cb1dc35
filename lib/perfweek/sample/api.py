"""The catalogue's HTTP interface."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException as AnyHTTPException

from perfweek.errors import WarehouseError
from perfweek.sample.answers import JSON, Computed, Service, as_json, invalid, refused, unavailable
from perfweek.sample.catalogue import Span
from perfweek.sample.cursor import Position, read_cursor
from perfweek.sample.journal import Journal, Trace
from perfweek.sample.models import Asset, DailyStats, NewAsset, Page, Problem, SearchResult, SourceSystem, Time
from perfweek.sample.search import words
from perfweek.sample.telemetry import Telemetry

ROUTES = frozenset({"GET /assets/{id}", "GET /assets", "GET /stats/daily", "GET /search", "POST /assets"})
BEGINNING, END = datetime(1, 1, 1), datetime(9999, 12, 31)
PROBLEMS: dict[int | str, dict[str, Any]] = {422: {"model": Problem, "description": "A parameter is wrong"}}
MISSING: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "No such asset"}}

router = APIRouter()


# Dependencies are coroutines: others would each take a turn in the thread pool.
async def service_of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def trace_of(request: Request) -> Trace:
    trace: Trace = request.scope["trace"]
    trace.route = f"{trace.method} {request.scope['route'].path}"
    return trace


async def span_of(
    source_system: Annotated[SourceSystem | None, Query(description="only this source system")] = None,
    created_from: Annotated[Time, Query(description="made at this time or later; UTC where no zone is given")] = BEGINNING,
    created_to: Annotated[Time, Query(description="made before this time")] = END,
) -> Span:
    if created_from >= created_to:
        raise HTTPException(422, "created_from must be before created_to")
    return Span(source_system, created_from, created_to)


Serving = Annotated[Service, Depends(service_of)]
Traced = Annotated[Trace, Depends(trace_of)]
Spanned = Annotated[Span, Depends(span_of)]


def create_app(service: Service, telemetry: Telemetry, note: Callable[[Trace], None]) -> FastAPI:
    """The application; `note` is called once for each request, when its response is complete."""
    app = FastAPI(title="Unified data catalogue", version="1.0", docs_url=None, redoc_url=None)
    app.state.service = service
    app.add_middleware(Journal, note=note, routes=ROUTES)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(AnyHTTPException, refused)
    app.add_exception_handler(WarehouseError, unavailable)
    app.include_router(router)

    @app.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        return Response(telemetry.exposition(), media_type=CONTENT_TYPE_LATEST)

    return app


@router.get("/healthz")
async def health() -> dict[str, Literal["ok"]]:
    return {"status": "ok"}


@router.get("/assets/{id}", response_model=Asset, responses=PROBLEMS | MISSING)
def read_asset(service: Serving, trace: Traced, asset_id: Annotated[int, Path(alias="id", ge=1, le=2**63 - 1)]) -> Response:
    """One asset with all its attributes."""

    def compute() -> Computed:
        found = service.catalogue.item(asset_id, trace)
        if found is None:
            trace.tier = "none"
            raise HTTPException(404, f"there is no asset {asset_id}")
        return found, 1

    return service.answer(trace, "item", str(asset_id), compute)


@router.get("/assets", response_model=Page, responses=PROBLEMS)
def list_assets(
    service: Serving,
    trace: Traced,
    span: Spanned,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Annotated[str, Query(max_length=120, description="`next` of the page before")] = "",
) -> Response:
    """Assets, newest first, a page at a time."""
    start = _start(cursor, span)

    def compute() -> Computed:
        rows = service.catalogue.page(span, start, limit, trace)
        following = Position(rows[-1]["created_at"], rows[-1]["asset_id"]).cursor() if len(rows) == limit else None
        return {"items": rows, "next": following}, len(rows)

    version = service.version(span.source_system, start.created_at)
    return service.answer(trace, "list", f"{span.key}:{limit}:{cursor}:{version}", compute)


@router.get("/stats/daily", response_model=DailyStats, responses=PROBLEMS)
def daily_stats(service: Serving, trace: Traced, span: Spanned) -> Response:
    """Number, size and quality of the assets made on each day."""

    def compute() -> Computed:
        rows = service.catalogue.daily(span, trace)
        return {"days": rows}, len(rows)

    version = service.version(span.source_system, span.created_to)
    return service.answer(trace, "daily", f"{span.key}:{version}", compute)


@router.get("/search", response_model=SearchResult, responses=PROBLEMS)
def search(
    service: Serving,
    trace: Traced,
    span: Spanned,
    q: Annotated[str, Query(min_length=1, max_length=100, description="words")],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> Response:
    """Assets by the words of their name and description, best first."""
    query = words(q)
    if not query:
        raise HTTPException(422, "q has no word in it")

    def compute() -> Computed:
        hits = service.catalogue.search(query, span, limit, trace)
        return {"hits": hits}, len(hits)

    version = service.version(span.source_system, span.created_to)
    return service.answer(trace, "search", f"{' '.join(query)}:{span.key}:{limit}:{version}", compute)


@router.post("/assets", status_code=201, response_model=Asset, responses=PROBLEMS)
def add_asset(service: Serving, trace: Traced, asset: NewAsset) -> Response:
    """Store an asset. Whoever asks afterwards sees it."""
    with service.tagged(trace.route):
        row = service.catalogue.add(asset, trace)
    service.versions.written(asset.source_system)
    trace.key = f"item:{row['asset_id']}"
    trace.items = 1
    return Response(as_json(row), 201, media_type=JSON, headers={"Location": f"/assets/{row['asset_id']}"})


def _start(cursor: str, span: Span) -> Position:
    try:
        start = read_cursor(cursor) if cursor else Position(span.created_to)
    except ValueError as error:
        raise HTTPException(422, f"cursor: {error}") from None
    if start.created_at > span.created_to:
        raise HTTPException(422, "cursor: it belongs to another listing")
    return start
