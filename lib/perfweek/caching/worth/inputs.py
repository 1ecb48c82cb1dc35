"""From the access log, the target and the facts of earlier days to a workload; each figure with where it comes from."""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from perfweek.caching.process_memory import in_process_bytes
from perfweek.caching.redis_memory import USUAL, string_bytes
from perfweek.caching.tiers.design import KV_LARGEST, KV_LONGEST_KEY
from perfweek.caching.tiers.replay import Weights
from perfweek.caching.trace import Trace
from perfweek.caching.worth.misses import Misses, misses_of
from perfweek.caching.worth.workload import MONTH_S, Input, Milliseconds, Workload
from perfweek.target import Target
from perfweek.wording import count, number

USUAL_MS = {"l1": 0.05, "l2": 1.0, "l3": 50.0, "l4": 10.0}
"""Answers of each tier where nothing was measured: a look-up in memory, a round trip in a data centre, a statement that the warehouse has the
result of, a read of Workers KV."""
USUAL_ORIGIN_MS = 100.0
USUAL_CPU_MS = 5.0
FEWEST = 20  # answers of a tier that say how long it takes


@dataclass(frozen=True)
class Found:
    """Milliseconds of each request, and how they were found."""

    ms: Milliseconds
    source: Input


def workload_of(trace: Trace, target: Target, monday: pd.DataFrame, wednesday: pd.DataFrame | None = None) -> Workload:
    """`monday`, `wednesday`: the facts of these days (no rows where there are none). The trace must hold at least one read."""
    frame = trace.frame
    numbered = trace.numbered
    routes, names = pd.factorize(frame["route"])
    misses = misses_of(frame, monday.iloc[:0] if wednesday is None else wednesday, target.prices)
    cpu, cpu_input = _cpu(monday)
    origin = _origin(frame, target, monday, misses, cpu)
    tiers = {level: tier for level, tier in target.cache.by_level() if tier.hit_ms > 0}
    found = {level: _tier(level, frame, tiers[level].hit_ms if level in tiers else 0.0) for level in ("l1", "l2", "l4")}
    logged = _column(frame, "database_ms")
    database = np.where(logged > 0, logged, 1000 * misses.warehouse_s)
    results = np.minimum(origin.ms, origin.ms - database + (tiers["l3"].hit_ms if "l3" in tiers else USUAL_MS["l3"])).astype(np.float32)
    limit, limit_input = _limit(trace, target, monday)
    rate, rate_input = _rate(trace, target)
    reads = max(1, len(trace.reads))
    answers = (origin.source, *(one.source for one in found.values()), _results_input(target))
    inputs = (*answers, *misses.inputs, cpu_input, limit_input, rate_input, *_prices(target))
    return Workload(
        replace(numbered, sizes=np.where(trace.key_bytes > KV_LONGEST_KEY, KV_LARGEST + 1, numbered.sizes)),
        weights_of(trace),
        routes.astype(np.int32),
        tuple(str(name) for name in names),
        _locations(frame),
        {**{level: one.ms for level, one in found.items()}, "l3": results, "origin": origin.ms},
        {level: float(np.median(found[level].ms)) for level in ("l2", "l4")},
        misses.warehouse_s,
        cpu,
        rate * MONTH_S / reads,
        limit,
        target.prices.model_copy(update={"credits_hour": 3600 * misses.credits_s}),
        {level: tier.price_per_gb_month for level, tier in target.cache.by_level() if tier.price_per_gb_month},
        inputs,
        misses=misses.table,
    )


def weights_of(trace: Trace) -> Weights:
    """Bytes of each request's entry: in the process with Python's objects, in Redis with its allocator's (values as strings that expire)."""
    sizes = np.maximum(trace.numbered.sizes, 0)
    keys = trace.key_bytes
    shared = np.ceil(string_bytes(keys, sizes, max(1, trace.numbered.keys), True, USUAL)).astype(np.int64)
    return Weights(in_process_bytes(keys, sizes), shared)


def _origin(frame: pd.DataFrame, target: Target, monday: pd.DataFrame, misses: Misses, cpu_ms: float) -> Found:
    """As each read took that the origin answered, of the others one of the same route is drawn. A route of which the log tells no such time: the
    warehouse time of its miss, where Wednesday measured it, and the service's CPU."""
    name = "an answer of the origin"
    if target.cache.origin_ms:
        return _flat(len(frame), target.cache.origin_ms, Input(name, f"{target.cache.origin_ms:g} ms", "target.toml, cache.origin_ms"))
    durations = _column(frame, "duration_ms")
    asked = (frame["tier"].isin(["origin", "none", ""]) & ~frame["write"]).to_numpy(bool) & (durations > 0)
    untimed = misses.measured - set(frame["route"][asked])
    computed = (frame["route"].isin(untimed) & ~frame["write"]).to_numpy(bool)
    if asked.sum() >= FEWEST or computed.any():
        found = _drawn(durations, asked, frame["route"]) if asked.any() else np.full(len(frame), USUAL_ORIGIN_MS, np.float32)
        found[computed] = 1000 * misses.warehouse_s[computed] + cpu_ms
        median = float(np.median(found[asked | computed]))
        return Found(found, Input(name, f"median {number(median)} ms", _of_origin(asked, computed, frame)))
    known = monday[monday["metric"] == "http.latency.p50"]["value"]
    if len(known):
        value = float(known.median())
        return _flat(len(frame), value, Input(name, f"{number(value)} ms", "Monday's facts: median of the endpoints' medians, caches included"))
    return _flat(len(frame), USUAL_ORIGIN_MS, Input(name, f"{USUAL_ORIGIN_MS:g} ms", "assumed; set cache.origin_ms in target.toml"))


def _of_origin(asked: npt.NDArray[np.bool_], computed: npt.NDArray[np.bool_], frame: pd.DataFrame) -> str:
    parts = [f"measured: {asked.sum():,} reads in the access log, others drawn by route"] if asked.any() else []
    routes = frame["route"][computed].nunique()
    parts += [f"{count(routes, 'route')} that it does not time: Wednesday's warehouse time and the service's CPU"] if routes else []
    return "; ".join(parts)


def _drawn(durations: npt.NDArray[np.float64], known: npt.NDArray[np.bool_], routes: pd.Series) -> Milliseconds:
    found = durations.copy()
    spread = np.random.default_rng(1)
    for found_at in routes.groupby(routes).indices.values():
        places = np.asarray(found_at, np.int64)
        of_route = durations[places][known[places]]
        missing = places[~known[places]]
        found[missing] = spread.choice(of_route if of_route.size else durations[known], missing.size)
    return found.astype(np.float32)


def _tier(level: str, frame: pd.DataFrame, given: float) -> Found:
    name = f"an answer of {level.upper()}"
    if given:
        return _flat(len(frame), given, Input(name, f"{given:g} ms", "target.toml, hit_ms of the tier"))
    durations = _column(frame, "duration_ms")
    known = (frame["tier"] == level).to_numpy(bool) & (durations > 0)
    if known.sum() >= FEWEST:
        median = float(np.median(durations[known]))
        source = Input(name, f"median {number(median)} ms", f"measured: {known.sum():,} reads in the access log")
        return Found(_drawn(durations, known, frame["route"]), source)
    return _flat(len(frame), USUAL_MS[level], Input(name, f"{USUAL_MS[level]:g} ms", "assumed; set hit_ms of the tier in target.toml"))


def _flat(count: int, ms: float, source: Input) -> Found:
    return Found(np.full(count, ms, np.float32), source)


def _column(frame: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    return frame[name].to_numpy(float) if name in frame else np.zeros(len(frame))


def _results_input(target: Target) -> Input:
    given = next((tier.hit_ms for level, tier in target.cache.by_level() if level == "l3" and tier.hit_ms), 0.0)
    origin = "target.toml" if given else "assumed"
    return Input(
        "a statement that L3 answers", f"{given or USUAL_MS['l3']:g} ms", f"{origin}; in place of the log's database time, never more than it"
    )


def _cpu(monday: pd.DataFrame) -> tuple[float, Input]:
    known = monday[monday["metric"] == "process.cpu.per_request"]["value"].dropna()
    name = "CPU of the service for a miss"
    if len(known):
        return float(known.iloc[0]), Input(name, f"{number(float(known.iloc[0]))} ms", "Monday's facts: process.cpu.per_request, hits included")
    return USUAL_CPU_MS, Input(name, f"{USUAL_CPU_MS:g} ms", "assumed")


def _limit(trace: Trace, target: Target, monday: pd.DataFrame) -> tuple[float, Input]:
    """What the service took under load, times the share of reads that its caches let through then."""
    name = "what the origin takes"
    if target.cache.origin_limit:
        return target.cache.origin_limit, Input(name, f"{target.cache.origin_limit:g} requests a second", "target.toml, cache.origin_limit")
    known = monday[monday["metric"] == "http.capacity.rate"]["value"].dropna()
    if not len(known):
        return math.nan, Input(name, "unknown", "no capacity in Monday's facts; set cache.origin_limit in target.toml")
    tiers = trace.reads["tier"]
    missed = float((~tiers.isin(["l1", "l2"])).mean()) if len(tiers) else 1.0
    limit = float(known.iloc[0]) * missed
    source = f"Monday's facts: {number(float(known.iloc[0]))} requests a second, of which its caches let {100 * missed:.0f} % through; at least this"
    return limit, Input(name, f"{number(limit)} requests a second", source)


def _rate(trace: Trace, target: Target) -> tuple[float, Input]:
    name = "reads in production"
    if target.cache.requests_a_second:
        rate = target.cache.requests_a_second
        return rate, Input(name, f"{rate:g} a second", "target.toml, cache.requests_a_second")
    rate = len(trace.reads) / trace.seconds if trace.seconds else 0.0
    return rate, Input(name, f"{number(rate)} a second", "as in the log, day and night; set cache.requests_a_second in target.toml")


def _prices(target: Target) -> tuple[Input, ...]:
    prices = target.prices
    nodes = f"${prices.redis_node_hour:g} an hour for {prices.redis_node_gib:g} GiB"
    where = f"prices of {prices.as_of}; set [prices] in target.toml"
    return (
        Input("a Redis node", nodes, where),
        Input("a credit", f"${prices.credit:g}, {prices.credits_hour:g} an hour", where),
        Input("Workers KV", f"${prices.kv_reads_million:g} a million reads, ${prices.kv_writes_million:g} a million writes", where),
    )


def _locations(frame: pd.DataFrame) -> npt.NDArray[np.uint16]:
    """A caller stays at one location of the edge."""
    if "session" not in frame or not len(frame):
        return np.random.default_rng(1).integers(0, 1 << 16, len(frame), np.uint16)
    return (pd.util.hash_array(frame["session"].to_numpy(object)) & np.uint64(0xFFFF)).astype(np.uint16)
