"""What a trap says when it is sprung, and the plain values that the detectors look at."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from perfweek.stats import Estimate


@dataclass(frozen=True)
class Trap:
    """A known mistake that the evidence shows: its `name`, a `sentence` with the figures that give it away, what to do (`remedy`).

    `misleads`: it makes the measured figures wrong; else the service itself is slower than it need be.
    """

    name: str
    sentence: str
    remedy: str
    misleads: bool


@dataclass(frozen=True)
class Endpoint:
    """Response times in ms as the caller saw them: median, and the tenth and ninetieth percentile of the answered requests. `requests`
    counts all of them, `refused` those without a connection; `inside_ms` is the median by the service's own log, NaN where unknown."""

    name: str
    requests: int
    refused: int
    p10_ms: float
    p50: Estimate
    p90_ms: float
    inside_ms: float = math.nan


@dataclass(frozen=True)
class Generator:
    """The load generator on the plateau: cores in use, virtual users in use at most and allowed (0: unknown), arrivals planned and not started."""

    cores: Estimate
    users: int
    most_users: int
    arrivals: int
    dropped: int


@dataclass(frozen=True)
class Machine:
    """Its logical cores, the share of them that was busy, and the cores that each process of the service used, the busiest first."""

    cores: int
    busy: Estimate
    workers: Sequence[Estimate]


@dataclass(frozen=True)
class Warming:
    """Answers from the cache and requests that asked it, at the start of the load and afterwards."""

    first_hits: int
    first: int
    later_hits: int
    later: int


@dataclass(frozen=True)
class Recorded:
    """What a profile was recorded with; only equal ones may be compared."""

    tool: str
    version: str
    python: str
    flags: tuple[str, ...]
    rate_hz: float


@dataclass(frozen=True)
class Observed:
    """All that is known of a measurement; what is not known keeps its default, and then no detector speaks about it.

    `model` of the load: open, closed or unknown; `slow_rate`: requests a second in the slowest tenth of its seconds over that of the others;
    `resolution_s`: how finely k6's files tell the time; `tagged`: asynchronous endpoints whose profile samples are told apart by thread tags;
    `gauges`: names of the Prometheus metrics that a dashboard or an alert takes quantiles from; `redis_max_bytes`: the limit that Redis reports,
    where a dashboard divides by it; `compared`: two profiles that are to be compared.
    """

    endpoints: Sequence[Endpoint] = ()
    generator: Generator | None = None
    machine: Machine | None = None
    model: str = "unknown"
    slow_rate: Estimate | None = None
    resolution_s: float = math.nan
    warming: Warming | None = None
    tagged: Sequence[str] = ()
    gauges: Sequence[str] = ()
    redis_max_bytes: float = math.nan
    compared: tuple[Recorded, Recorded] | None = None
