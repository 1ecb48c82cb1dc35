"""Monday's sentences about memory and CPU of the service."""

import math
from dataclasses import replace

from perfweek.load.processes import INTERVAL_S
from perfweek.profiling.memory.cpu import Cpu
from perfweek.profiling.memory.flags import flags
from perfweek.profiling.memory.leak import Leak
from perfweek.profiling.memory.resources import Resources
from perfweek.profiling.memory.series import NAMES, judged_column
from perfweek.stats import Estimate
from perfweek.wording import bracketed, count, number, percent

NOT_WATCHED = "No data: only the service's address is known. Give [service] start or process in the target to watch its memory and CPU."
NO_PAUSES = (
    "No data on the garbage collector: the service writes down no pauses. A Python service does when it is started by "
    "`python -m perfweek.gc_log {run}/gc.ndjson -m your.service`."
)
_UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1.0))
_DAY_S = 86_400


def memory_sentence(resources: Resources) -> str:
    """How large the service got."""
    process = resources.process
    if not len(process):
        return NOT_WATCHED
    many = int(process["processes"].max()) if process["processes"].notna().any() else 1
    said = f"Resident memory reaches {number(process['rss_mib'].max())} MiB"
    if many > 1:
        said += f" in {many} processes, pages that they share counted in each"
        if process["pss_mib"].notna().any():
            said += f"; counted once, {number(process['pss_mib'].max())} MiB"
    if process["uss_mib"].notna().any():
        said += f"; {number(process['uss_mib'].max())} MiB of it belong to {'them' if many > 1 else 'the process'} alone (USS)"
    return said + "."


def leak_sentence(resources: Resources, leak: Leak) -> str:
    """The verdict on a leak, with the slope and the smallest slope that this run could have seen."""
    if leak.verdict == "no data":
        return NOT_WATCHED
    name, floor = NAMES[judged_column(resources)], f"The smallest leak that this run could have seen is {_rate_text(leak.floor_per_second)}"
    if leak.reason == "too few samples":
        return f"Whether memory leaks, this run cannot tell: too few samples of {name} were taken while the load was constant."
    if not math.isnan(leak.floor_per_request):
        floor += f", or {size_text(leak.floor_per_request)} a request"
    over = f"over {number(round(leak.kept_s))} s of constant load, after a warm-up of {number(round(leak.cut_s))} s that is cut"
    if leak.verdict == "leak":
        daily = f"{size_text(leak.per_second.value * _DAY_S)} a day"
        return f"Memory leaks: {name} grows by {_slopes(leak)}, {daily}, {over}. {floor}."
    if leak.verdict == "no leak seen":
        return f"No leak seen: {name} changes by {_slopes(leak)}, {over}. {floor}."
    if leak.reason == "too short":
        need = f"{number(round(leak.kept_s))} s of constant load are left after the warm-up, {leak.least_s:g} are needed"
        grown = f"Meanwhile {name} grew by {_slopes(leak)}. " if leak.grows else ""
        return f"Whether memory leaks, this run cannot tell: {need}. {grown}{floor}; `k6/soak.js` runs for longer."
    why = "growth flattens out, as with a warm-up that goes on or a cache that fills" if "flattens" in leak.reason else "it grew in one step"
    return f"Whether memory leaks, this run cannot tell: {name} grows by {_slopes(leak)}, {over}, but {why}. {floor}; `k6/soak.js` runs for longer."


def cpu_sentence(cpu: Cpu) -> str:
    """Who keeps the cores busy on the plateau."""
    if not cpu.machine.n:
        return "No data: CPU use was not recorded with this load."
    said = f"While the load is constant, {bracketed(cpu.machine, '%')} of {count(cpu.core_count, 'core')} is busy"
    users = []
    if cpu.service.n:
        users.append(f"the service keeps {bracketed(cpu.service)} cores busy")
    if cpu.load.n:
        users.append(f"the load generator {bracketed(cpu.load)}")
    if cpu.others.n:
        users.append(f"other processes of the machine {bracketed(cpu.others)}")
    return f"{said}{': ' if users else ''}{', '.join(users)}."


def flags_sentence(cpu: Cpu) -> str:
    """What in the use of CPU limits the service or spoils the measurement."""
    if not cpu.machine.n:
        return "No data: CPU use was not recorded with this load."
    raised = " ".join(flag.sentence for flag in flags(cpu))
    return raised or "Nothing limits the service or spoils the measurement: a core is free, and none is stolen or fought over."


def pauses_sentence(cpu: Cpu) -> str:
    """How long the garbage collector stops the service."""
    if not cpu.resources.pauses.recorded:
        return NO_PAUSES
    if not len(cpu.pauses):
        return "The garbage collector did not run while the load was constant."
    return (
        f"The garbage collector stops a process of the service for {bracketed(cpu.pause_share, '%')} of the time, "
        f"{number(float(cpu.pauses['a_second'].sum()))} times a second; the longest pause takes {number(cpu.longest_pause.value)} ms."
    )


def memory_note(resources: Resources) -> str:
    """How memory was watched."""
    detailed = int(resources.process["uss_mib"].notna().sum())
    return (
        f"n = {count(len(resources.process), 'sample')} of resident memory, {round(1 / INTERVAL_S)} a second, and {detailed:,} of USS and PSS; "
        "memory that the allocator keeps for later counts as used, and what is allocated fills it first."
    )


def leak_note(resources: Resources, leak: Leak) -> str:
    """How the slope was found."""
    return f"{leak.per_second.method or 'no data'}, of {NAMES[judged_column(resources)]}; ramps and the first third of the plateau are cut."


def cpu_note(cpu: Cpu) -> str:
    """How CPU use was watched, and what the watching took."""
    used = cpu.resources.process[["epoch_s", "sampler_s"]].dropna()
    span = float(used["epoch_s"].iloc[-1] - used["epoch_s"].iloc[0]) if len(used) > 1 else math.nan
    took = percent(float(used["sampler_s"].iloc[-1] - used["sampler_s"].iloc[0]) / span) if span > 0 else "no data"
    return f"n = {count(cpu.machine.n, 'window')} on the plateau, t intervals; watching took {took} of a core."


def pauses_note(cpu: Cpu) -> str:
    """What the figures about pauses rest on."""
    damaged = f"; {count(cpu.resources.pauses.damaged, 'damaged line')} left out" if cpu.resources.pauses.damaged else ""
    return f"n = {count(int(cpu.pauses['pauses'].sum()), 'pause')} on the plateau, written down by the service{damaged}."


def size_text(value: float) -> str:
    """Bytes with a unit that suits them: '1.5 kB'."""
    name, unit = _unit(value)
    return f"{number(value / unit)} {name}"


def _unit(value: float) -> tuple[str, float]:
    return next((found for found in _UNITS if abs(value) >= found[1]), _UNITS[-1])


def _rate_text(value: float) -> str:
    return f"{size_text(value)}/s"


def _slopes(leak: Leak) -> str:
    """'52 kB/s (48 to 56), 1 kB a request (0.9 to 1.1)'."""
    said = _scaled(leak.per_second, "/s")
    return said if math.isnan(leak.per_request.value) else f"{said}, {_scaled(leak.per_request, ' a request')}"


def _scaled(estimate: Estimate, per: str) -> str:
    name, unit = _unit(max(abs(estimate.value), abs(estimate.high - estimate.low) / 2))
    return bracketed(replace(estimate, value=estimate.value / unit, low=estimate.low / unit, high=estimate.high / unit), name + per)
