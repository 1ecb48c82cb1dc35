"""What target.toml says of caching: the access log, the tiers to size, how the service uses them, and prices with their date."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

LEVELS = ("l1", "l2", "l3", "l4")


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Tier(Section):
    """One cache tier as it is designed: where sizing starts."""

    name: str = Field(min_length=1)
    level: Literal["", "l1", "l2", "l3", "l4"] = Field(
        "", description="l1 in the process, l2 Redis, l3 the warehouse's result cache, l4 Workers KV; default: by place in the file"
    )
    size_mb: float = Field(gt=0, description="capacity in megabytes (1e6 bytes), of l1 an instance; inf for unlimited")
    ttl_s: float = Field(gt=0, description="time to live in seconds; inf for none")
    hit_ms: float = Field(0, ge=0, description="time of an answer from it; default: as the access log shows it, else what is usual")
    price_per_gb_month: float = Field(0, ge=0, description="US dollars; default: from [prices]")


class Prices(Section):
    """US dollars, list prices of `as_of` where nothing else is said."""

    as_of: str = Field("2026-10-02", description="when these prices were read")
    process_gb_month: float = Field(3.5, ge=0, description="memory of an instance of the service")
    core_hour: float = Field(0.04, ge=0, description="a core of an instance of the service")
    redis_node_hour: float = Field(0.219, ge=0, description="a Redis node (cache.r7g.large, on demand)")
    redis_node_gib: float = Field(13.07, gt=0, description="memory of that node")
    redis_usable: float = Field(0.75, gt=0, le=1, description="share of it that entries may take; the rest is for buffers and snapshots")
    redis_masters: int = Field(3, ge=1, le=500, description="least number of masters; a cluster needs 3")
    redis_replicas: int = Field(1, ge=0, le=5, description="replicas a master")
    credit: float = Field(3.0, ge=0, description="a Snowflake credit")
    credits_hour: float = Field(1.0, ge=0, description="credits an hour of the warehouse: XS 1, S 2, M 4")
    kv_reads_million: float = Field(0.50, ge=0, description="a million reads of Workers KV, 10 million a month included")
    kv_writes_million: float = Field(5.00, ge=0, description="a million writes, deletes too, 1 million a month included")
    kv_gb_month: float = Field(0.50, ge=0, description="storage, 1 GB included")
    workers_month: float = Field(5.00, ge=0, description="the paid plan")
    workers_million: float = Field(0.30, ge=0, description="a million requests to a worker, 10 million a month included")


class Cache(Section):
    """The access log or trace behind cache sizing, and the tiers to size."""

    log: str = Field("", description="access log (NDJSON), or a trace of another kind; {run} stands for the measurement's folder")
    tiers: tuple[Tier, ...] = Field((), strict=False, max_length=4)
    instances: int = Field(1, ge=1, le=256, description="instances of the service, each with an l1 of its own")
    routing: Literal["random", "affinity"] = Field("random", description="affinity: a key always goes to the same instance")
    filling: Literal["inclusive", "exclusive"] = Field("inclusive", description="exclusive: an entry is in l1 or in l2, not in both")
    inherit_ttl: bool = Field(False, description="a copy lives no longer than what it was copied from")
    writes: Literal["nothing", "shared", "every"] = Field(
        "shared", description="what a write deletes: nothing, l2 and the writer's l1, or every l1 and l4 too"
    )
    locations: int = Field(1, ge=1, le=330, description="locations of the edge among which callers are spread")
    edge_cached_s: float = Field(60, ge=30, description="how long a location keeps what it has read (cacheTtl)")
    requests_a_second: float = Field(0, ge=0, description="reads a second in production, for prices and the cold start; default: those of the log")
    target_p95_ms: float = Field(0, ge=0, description="what the cheapest design must reach; default: the service's budget")
    origin_ms: float = Field(0, ge=0, description="time of an answer without any cache; default: as measured")
    origin_limit: float = Field(0, ge=0, description="requests a second that the origin takes; default: from Monday's capacity")

    @model_validator(mode="after")
    def _a_level_a_tier(self) -> Self:
        levels = [level for level, _ in self.by_level()]
        if len(levels) != len(set(levels)):
            raise ValueError(f"two tiers are of one level: {', '.join(levels)}")
        return self

    def by_level(self) -> list[tuple[str, Tier]]:
        """The tiers with their levels, in the order of the file."""
        return [(tier.level or LEVELS[place], tier) for place, tier in enumerate(self.tiers)]
