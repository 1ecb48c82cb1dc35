"""What Monday leaves behind about memory and CPU of the service: facts."""

import math
from collections.abc import Iterator

from perfweek.facts import Fact
from perfweek.gc_log import FILE
from perfweek.load.processes import CPUS, PROCESS, WORKERS
from perfweek.profiling.memory.cpu import Cpu
from perfweek.profiling.memory.leak import Leak
from perfweek.profiling.memory.resources import Resources
from perfweek.stats import Estimate


def facts_of(resources: Resources, leak: Leak, cpu: Cpu) -> list[Fact]:
    """process.rss.slope and slope_per_request, process.uss.max, process.cpu.*, process.switches.forced, gc.pause.*; none for what was not
    measured. process.rss.max and process.cpu.per_request come with the load."""
    return [fact for fact in _facts(resources, leak, cpu) if not math.isnan(fact.estimate.value)]


def _facts(resources: Resources, leak: Leak, cpu: Cpu) -> Iterator[Fact]:
    sources = resources.sources
    yield Fact("process.rss.slope", leak.per_second, sources[PROCESS])
    yield Fact("process.rss.slope_per_request", leak.per_request, sources[PROCESS])
    yield Fact("process.uss.max", uss_max(resources), sources[PROCESS])
    yield Fact("process.cpu.waiting", cpu.waiting, sources[PROCESS])
    yield Fact("process.switches.forced", cpu.forced_switches, sources[PROCESS])
    yield Fact("process.cpu.utilisation", cpu.service, sources[WORKERS], {"of": "service"})
    yield Fact("process.cpu.utilisation", cpu.load, sources[WORKERS], {"of": "load generator"})
    for core, busy in cpu.by_core:
        yield Fact("process.cpu.utilisation", busy, sources[CPUS], {"core": str(core)})
    yield Fact("gc.pause.share", cpu.pause_share, sources[FILE])
    yield Fact("gc.pause.max", cpu.longest_pause, sources[FILE])
    for generation, rate, n in cpu.pauses[["generation", "a_second", "pauses"]].itertuples(index=False):
        yield Fact("gc.pause.rate", Estimate(rate, math.nan, math.nan, n, "counted"), sources[FILE], {"generation": str(generation)})


def uss_max(resources: Resources) -> Estimate:
    """The largest USS of all processes together that was seen, in MiB; a maximum has no interval."""
    known = resources.process["uss_mib"].dropna()
    if known.empty:
        return Estimate(math.nan, math.nan, math.nan, 0, "no data")
    return Estimate(float(known.max()), math.nan, math.nan, len(known), "largest of all samples")
