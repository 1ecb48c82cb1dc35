"""What the API takes and gives, as its OpenAPI document shows it."""

import json
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_LARGEST = 2**53  # larger numbers lose digits in JSON readers that hold them as doubles
_LONGEST_ATTRIBUTES = 20_000


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        return value
    try:
        return value.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        raise ValueError("out of range") from None


def _as_json(value: object) -> str:
    if not isinstance(value, dict):
        raise ValueError("give a JSON object")
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except (ValueError, RecursionError):
        raise ValueError("not a JSON object that can be stored") from None
    if len(text) > _LONGEST_ATTRIBUTES:
        raise ValueError(f"longer than {_LONGEST_ATTRIBUTES} characters")
    return text


Time = Annotated[datetime, AfterValidator(_utc)]
SourceSystem = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["salesforce"])]
AssetType = Literal["table", "view", "dashboard", "report", "stream", "file", "metric"]


class _Asset(BaseModel):
    model_config = ConfigDict(extra="forbid")

    source_system: SourceSystem
    asset_type: AssetType
    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=2000)] = ""
    owner_team: Annotated[str, Field(min_length=1, max_length=80)]
    size_bytes: Annotated[int, Field(ge=0, le=_LARGEST)] = 0
    row_count: Annotated[int, Field(ge=0, le=_LARGEST)] = 0
    quality_score: Annotated[float, Field(ge=0, le=1)] = 0.0


class NewAsset(_Asset):
    """An asset to store; `attributes` is any JSON object."""

    attributes: Annotated[str, BeforeValidator(_as_json, json_schema_input_type=dict[str, Any])] = "{}"


class Asset(_Asset):
    asset_id: int
    created_at: datetime
    attributes: dict[str, Any] | None = Field(None, description="columns, tags, retention; not in every listing")


class Page(BaseModel):
    """Assets, newest first; `next` is the cursor of the page behind it, null on the last one."""

    items: list[Asset]
    next: str | None


class Day(BaseModel):
    day: date
    assets: int
    size_bytes: int
    quality_score: float = Field(description="mean, 0 to 1")


class DailyStats(BaseModel):
    days: list[Day]


class Hit(BaseModel):
    asset_id: int
    source_system: str
    name: str
    description: str
    quality_score: float
    score: float


class SearchResult(BaseModel):
    hits: list[Hit]


class Problem(BaseModel):
    """What is wrong with a request: the place of each mistake and what it is."""

    error: str
    details: list[str] = []
