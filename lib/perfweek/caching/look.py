"""A trace looked at: its miss ratio at chosen sizes, and all that was found and assumed on the way. What `perfweek trace` prints."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from perfweek.caching.curve import Curve, Unit
from perfweek.caching.engine.exact import exact_curve
from perfweek.caching.engine.lru import Numbered, replay_lru
from perfweek.caching.engine.requests import Requests
from perfweek.caching.engine.sampling import sampled_curve
from perfweek.caching.engine.ttl import Ttl
from perfweek.caching.readers.sniff import open_trace
from perfweek.caching.readers.trace import Options, TraceFile
from perfweek.errors import EvidenceError, ParameterError
from perfweek.stats import Estimate

FRACTIONS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
MEMORY_SHARE = 0.4  # of the free memory: the engine needs some too
FEW_REPEATS = 1000
LONG = 100_000_000


@dataclass(frozen=True)
class Question:
    """What is asked of a trace. `sizes` in `unit`, none for some from a thousandth of the objects to all; `ttl_s` inf for none; `sample` 0 for
    exact."""

    sizes: tuple[int, ...] = ()
    unit: Unit = "objects"
    ttl_s: float = math.inf
    sample: float = 0.0
    options: Options = field(default_factory=Options)

    def __post_init__(self) -> None:
        if any(size < 1 for size in self.sizes):
            raise ParameterError("a size must be 1 or more", remedy="Write it like --sizes 1000,10000.")


@dataclass(frozen=True)
class Look:
    """`points`: (size, miss ratio). `floor`: the misses that no size takes away; NaN where a sample does not tell."""

    question: Question
    requests: int
    objects: int
    points: Sequence[tuple[int, Estimate]]
    floor: float
    method: str
    notes: Sequence[str]


def look_at(path: Path, question: Question) -> Look:
    """Read a trace and answer the question. Raises EvidenceError where it cannot be read or is no trace, ParameterError where it lacks what
    is asked."""
    source = open_trace(path, question.options)
    stream = _loaded(source, question)
    answer = _sampled if question.sample else _exact
    return answer(stream, question, source)


def _loaded(source: TraceFile, question: Question) -> Requests | Iterator[Requests]:
    """The whole trace in order of time where it fits in memory, else a stream of its parts."""
    most = psutil.virtual_memory().available * MEMORY_SHARE
    source.reads_times = not question.sample or question.ttl_s < math.inf
    parts = _needed(source, question)
    taken: list[Requests] = []
    used = 0
    if question.sample:
        return source.ascending(parts)
    for part in parts:
        taken.append(part)
        used += sum(values.nbytes for values in vars(part).values() if values is not None)
        if used > most:
            return source.ascending(itertools.chain(taken, parts))
    whole = Requests.joined(taken).in_order()
    if whole.sizes is not None and not (whole.sizes > 0).any():
        raise EvidenceError(
            "no record has a size, so a cache by bytes cannot be told", str(source.path), "Leave out --bytes: sizes are objects then."
        )
    return whole


def _needed(source: TraceFile, question: Question) -> Iterator[Requests]:
    """Only what the question asks for, to save memory. Times are kept for their order."""
    for part in source.noted():
        yield Requests(part.keys, part.times, part.sizes if question.unit == "bytes" else None, part.kinds, part.ttls)


def _exact(stream: Requests | Iterator[Requests], question: Question, source: TraceFile) -> Look:
    ttl = Ttl(question.ttl_s)
    curve = exact_curve(stream, question.unit, ttl, question.sizes)
    sizes = question.sizes or _sizes(curve, question.unit)
    method = "exact, one pass for all sizes"
    ratios: Sequence[float] = curve.miss_ratios(np.array(sizes, float)).tolist()
    if question.unit == "bytes" and isinstance(stream, Requests):
        ratios = [replay.miss_ratio for replay in replay_lru(Numbered.of(stream), sizes, "bytes", ttl)]
        method = "exact, a cache of each size simulated"
    points = [(size, Estimate(ratio, math.nan, math.nan, curve.requests, method)) for size, ratio in zip(sizes, ratios, strict=True)]
    notes = [*source.notes(), *_caution(curve)]
    return Look(question, curve.requests, curve.distinct, points, curve.floor, method, notes)


def _sampled(stream: Any, question: Question, source: TraceFile) -> Look:
    found = sampled_curve(stream, question.sample, question.unit, Ttl(question.ttl_s), question.sizes)
    sizes = question.sizes or tuple(sorted({math.ceil(share * found.largest) for share in FRACTIONS}))
    points = [(size, found.miss_ratio(size)) for size in sizes]
    if not found.objects:
        raise ParameterError(
            f"a sample of {question.sample:g} of the keys holds none", str(source.path), "Give a larger share, such as --sample 0.1."
        )
    method = f"{len(found.curves)} samples of {question.sample:.2%} of the keys"
    notes = [*source.notes(), f"below {found.fewest:,.0f} {question.unit} a sample of this rate says nothing; there it is refused"]
    return Look(question, found.requests, found.objects, points, math.nan, method, notes)


def _sizes(curve: Curve, unit: Unit) -> tuple[int, ...]:
    largest = curve.distinct if unit == "objects" else int(curve.sizes[-1]) if curve.sizes.size else 1
    return tuple(sorted({max(1, math.ceil(share * largest)) for share in FRACTIONS}))


def _caution(curve: Curve) -> list[str]:
    """What keeps the curve from meaning much."""
    repeats = curve.requests - curve.first
    if not curve.requests:
        raise EvidenceError("the trace holds writes only, no read", remedy="A curve needs the reads too.")
    if not repeats:
        return ["no key was requested twice: no cache of any size answers anything"]
    if curve.distinct == 1:
        return ["there is one key only: a cache of one object answers all but its first request"]
    if repeats < FEW_REPEATS:
        return [f"only {repeats:,} requests repeat a key: too short a log to say much; log for longer"]
    if curve.requests > LONG:
        return ["for a trace of this length --sample 0.01 answers much faster"]
    return []


def json_of(look: Look) -> dict[str, Any]:
    """{"requests", "objects", "unit", "method", "curve": [{"size", "miss_ratio", "low", "high"}], "notes"}; null where nothing can be said."""
    return {
        "requests": look.requests,
        "objects": look.objects,
        "unit": look.question.unit,
        "ttl_s": _number(look.question.ttl_s),
        "method": look.method,
        "curve": [{"size": size, "miss_ratio": _number(at.value), "low": _number(at.low), "high": _number(at.high)} for size, at in look.points],
        "notes": list(look.notes),
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
