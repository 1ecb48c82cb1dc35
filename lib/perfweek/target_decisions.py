"""What target.toml says of decisions: where records and further evidence lie, and what only people know (graded 'assumed' in reports)."""

from pydantic import Field

from perfweek.target_cache import Section

UNKNOWN = -1.0
"""Of a key that nobody has set."""


class Limit(Section):
    """Your own threshold of a criterion, in its unit (a share as 0.2)."""

    criterion: str = Field(min_length=1, description='such as "ADR-001.deferrable-share"')
    supports: float = Field(description="from here it supports")
    opposes: float = Field(description="beyond this, on the other side, it opposes; between the two it is inconclusive")


class Decisions(Section):
    """Decision records, and what no measurement tells. A key that is -1 is not known, and no data: the report says what to measure or to ask."""

    records: str = Field("", description="folder of your decision records (MADR 4); default: the five that come with perfweek")
    traces: tuple[str, ...] = Field((), strict=False, description="OpenTelemetry traces (OTLP JSON, or one such object a line): files or patterns")
    turbo: tuple[str, ...] = Field((".turbo/runs/*.json",), strict=False, description="run summaries of Turborepo, in the repository")
    siblings: tuple[str, ...] = Field((), strict=False, description="other repositories whose changes go with those of this one")
    field_use: str = Field("", description="NDJSON, a response a line: route, client, fields (used, such as owner.name), body")
    thresholds: tuple[Limit, ...] = Field((), strict=False)
    deferrable: tuple[str, ...] = Field(
        ("*mail*", "*audit*", "*webhook*", "*index*", "*analytics*", "*notif*"), strict=False, description="names of spans that nobody waits for"
    )
    produce_ms: float = Field(5, ge=0, description="time to hand an event on, in place of deferred work")
    availability: float = Field(0.999, gt=0, lt=1, description="share of requests that must succeed")
    wait_budget_ms: float = Field(100, gt=0, description="longest wait for a free worker at the 99th percentile, where callers wait")
    drain_s: float = Field(60, gt=0, description="longest delay of deferred work")
    lag_s: float = Field(1, gt=0, description="how far readers of deferred results are behind: consumer or projection lag, 99th percentile")
    pending_shown: bool = Field(False, description="whether callers are shown that a result is pending")
    consumers: float = Field(UNKNOWN, ge=UNKNOWN, description="independent consumers of the same event; default: as traces show")
    replays_a_quarter: float = Field(UNKNOWN, ge=UNKNOWN, description="how often events are processed again, a quarter")
    primary_utilisation: float = Field(UNKNOWN, ge=UNKNOWN, le=1, description="busy share of the primary database at peak")
    stale_tolerated: float = Field(0.01, ge=0, le=1, description="share of reads that may get an answer older than the last write")
    migration_days: float = Field(UNKNOWN, ge=UNKNOWN, description="person-days of moving to the monorepo and its tool")
    pipeline_workers: int = Field(2, ge=1, description="tasks that the pipeline runs at once")
    pipeline_waiting: float = Field(UNKNOWN, ge=UNKNOWN, le=1, description="share of the pipeline's time that is queueing and repeating flaky tests")
    restore_s: float = Field(10, ge=0, description="time to restore the cache of tasks")
    view_gap_s: float = Field(1, gt=0, description="calls of a session closer together than this belong to one view")
    rtt_ms: float = Field(50, ge=0, description="round trip of the callers, 75th percentile")
    hop_ms: float = Field(4, ge=0, description="what a router's own hop takes")
    teams: float = Field(UNKNOWN, ge=UNKNOWN, description="teams that ship parts of the API; default: owners in CODEOWNERS")
    blocked_a_month: float = Field(UNKNOWN, ge=UNKNOWN, description="changes of one team's schema that waited for another team, a month")
