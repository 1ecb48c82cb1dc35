"""How fast curves are made and tiers simulated, beside libCacheSim's wheel and a plain simulator: `python -m perfweek.caching.bench [TRACE...]`.

Ten million requests of Zipf 0.8 and 1.0 over a million keys, and the traces that are named. Each figure comes from a process of its own on one
core, with the requests in memory, in CPU time; peak memory is what that process used over the trace.
libCacheSim (GPL-3) is no part of perfweek: see bench_peer.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from perfweek.caching.bench_peer import measure_peer
from perfweek.caching.engine.compiling import told
from perfweek.caching.engine.exact import exact_curve
from perfweek.caching.engine.lru import Numbered, replay_lru
from perfweek.caching.engine.requests import MICROSECONDS, Requests
from perfweek.caching.engine.sampling import sampled_curve
from perfweek.caching.engine.ttl import Ttl
from perfweek.caching.readers.sniff import open_trace
from perfweek.caching.tiers.design import Design, ResultCache, Store
from perfweek.caching.tiers.replay import replay_tiers

REQUESTS, KEYS, SIZE, TTL_S = 10_000_000, 1_000_000, 100_000, 60
PLAIN = 1_000_000  # requests that the plain simulator gets: it takes a second for them
_REPEATS = 3


@dataclass(frozen=True)
class Run:
    """CPU `seconds` for `requests`, the best of some; `extra_mb` over the trace in memory; `miss_ratio` at SIZE, NaN where a sample is too small."""

    requests: int
    seconds: float
    extra_mb: float
    miss_ratio: float


def _exact(requests: Requests) -> float:
    return exact_curve(requests).miss_ratio(SIZE)


def _with_ttl(requests: Requests) -> float:
    return exact_curve(requests, ttl=Ttl(TTL_S)).miss_ratio(SIZE)


def _sample(requests: Requests) -> float:
    return sampled_curve(requests, 0.01, salts=[1]).miss_ratio(SIZE).value


def _by_bytes(requests: Requests) -> float:
    return exact_curve(requests, "bytes").miss_ratio(SIZE * 1000)


def _plain(requests: Requests) -> float:
    cache: OrderedDict[int, None] = OrderedDict()
    missed = 0
    for key in requests.keys[:PLAIN].tolist():
        if key in cache:
            cache.move_to_end(key)
            continue
        missed += 1
        cache[key] = None
        if len(cache) > SIZE:
            cache.popitem(last=False)
    return missed / min(PLAIN, len(requests))


def _replay(ttl: Ttl | None) -> Callable[[Requests], Callable[[], float]]:
    def prepared(requests: Requests) -> Callable[[], float]:
        trace = Numbered.of(requests)
        return lambda: replay_lru(trace, [SIZE], ttl=ttl)[0].miss_ratio

    return prepared


def _tiers(requests: Requests) -> Callable[[], float]:
    """Eight instances reached at random, L1 of 2 % of the keys for 60 s, L2 of 20 % for 300 s, the result cache; the share of the origin."""
    trace = Numbered.of(requests)
    design = Design(Store(0.02 * trace.keys, TTL_S), Store(0.2 * trace.keys, 5 * TTL_S), ResultCache(), instances=8)
    return lambda: replay_tiers(trace, design).shares()["origin"]


def _each_time(function: Callable[[Requests], float]) -> Callable[[Requests], Callable[[], float]]:
    return lambda requests: lambda: function(requests)


TOOLS: dict[str, Callable[[Requests], Callable[[], float]]] = {
    "exact curve, all sizes": _each_time(_exact),
    "exact curve, all sizes, 60 s to live": _each_time(_with_ttl),
    "exact curve by bytes, all sizes": _each_time(_by_bytes),
    "sample of 0.01, all sizes": _each_time(_sample),
    "replay of one size": _replay(None),
    "replay of one size, 60 s to live": _replay(Ttl(TTL_S)),
    "four tiers, eight instances": _tiers,
    "plain simulator, one size": _each_time(_plain),
}


PEER = "libCacheSim wheel, one size"


def measure(tool: str, trace: Path) -> Run | None:
    """One tool on one trace, in a process of its own; None where it is not to be had."""
    if tool == PEER:
        columns: dict[str, Any] = dict(np.load(trace))
        found = measure_peer(Requests(**columns), SIZE, _REPEATS, trace.parent)
        return Run(columns["keys"].size, *found) if found else None
    command = [sys.executable, "-m", "perfweek.caching.bench", "--one", tool, str(trace)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{tool} failed: {done.stderr[-300:]}")
    return Run(**json.loads(done.stdout))


def _one(tool: str, trace: Path) -> Run:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    columns: dict[str, Any] = dict(np.load(trace))
    requests = Requests(**columns)
    TOOLS[tool](requests[: 1 << 17])()  # compiles, and loads what is compiled
    before = _memory_mb(anew=True)
    run, seconds, missed = TOOLS[tool](requests), [], float("nan")
    for _ in range(_REPEATS):
        started = time.process_time()
        missed = run()
        seconds.append(time.process_time() - started)
    extra_mb = _memory_mb() - before
    count = min(PLAIN, len(requests)) if tool.startswith("plain") else len(requests)
    return Run(count, min(seconds), extra_mb, missed)


def _memory_mb(anew: bool = False) -> float:
    """The peak of resident memory of this process; `anew`: from now on (Linux; elsewhere since the start, so that a difference is too small)."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))  # ru_maxrss begins with that of the parent
    return int(peak.split()[1]) / 1024


def _traces(names: list[str], folder: Path) -> Iterator[tuple[str, Path]]:
    """(what it is, a file of its arrays)."""
    for exponent in (0.8, 1.0):
        weights = np.cumsum(np.arange(1, KEYS + 1) ** -exponent)
        keys = np.searchsorted(weights / weights[-1], np.random.default_rng(1).random(REQUESTS)).astype(np.uint64)
        keys = np.random.default_rng(2).permutation(KEYS).astype(np.uint64)[keys]
        times = np.arange(REQUESTS) * (MICROSECONDS // 20_000)
        yield f"Zipf {exponent}", _saved(folder, Requests(keys, times, np.full(REQUESTS, 1000)))
    for name in names:
        yield name, _saved(folder, open_trace(Path(name)).whole())


def _saved(folder: Path, requests: Requests) -> Path:
    path = folder / "trace.npz"
    np.savez(path, **{name: values for name, values in vars(requests).items() if values is not None})
    return path


def _line(tool: str, run: Run | None, own: float) -> str:
    if run is None:
        return f"  {tool:38} not to be had (needs uv and the package index)"
    rate = run.requests / run.seconds / 1e6
    beside = f"{own / rate:6.1f} x slower" if rate < own else f"{rate / own:6.1f} x faster"
    return f"  {tool:38} {run.seconds:7.3f} s {rate:8.2f} M/s {beside} {run.extra_mb:7.0f} MB  misses {run.miss_ratio:.4f}"


def main() -> None:
    """Measure and print; `--one TOOL FILE` is one measurement."""
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(vars(_one(sys.argv[2], Path(sys.argv[3])))))
        return
    with tempfile.TemporaryDirectory() as name, told(print):
        for label, trace in _traces(sys.argv[1:], Path(name)):
            print(f"{label}: M/s: million requests a second, beside the exact curve; misses at {SIZE:,} objects, of the tiers at the origin")
            own = 1.0
            for tool in (*TOOLS, PEER):
                run = measure(tool, trace)
                if tool == next(iter(TOOLS)) and run:
                    own = run.requests / run.seconds / 1e6
                print(_line(tool, run, own), flush=True)


if __name__ == "__main__":
    main()
