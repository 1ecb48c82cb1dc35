"""What in the use of CPU spoils a measurement or limits the service, by name."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from perfweek.profiling.memory.cpu import Cpu
from perfweek.wording import bracketed, number, percent

ONE_CORE = (0.9, 1.1)
FULL = 0.9
WAITING = 0.1
"""Threads that are ready and have no core, for each core that the service uses."""
FORCED_A_SECOND = 100.0
"""Forced switches a second of CPU time: more often than every 10 ms."""
STOLEN = 0.02
PAUSE_MS = 50.0
PAUSED = 0.05


@dataclass(frozen=True)
class Flag:
    """A short name for tables, and a sentence with figure, meaning and remedy."""

    name: str
    sentence: str


def flags(cpu: Cpu) -> list[Flag]:
    """Those that fly, the ones that spoil the measurement first; none where nothing was watched."""
    return [Flag(name, sentence) for name, check in CHECKS.items() for sentence in check(cpu)]


def _machine(cpu: Cpu) -> Iterator[str]:
    if not cpu.machine.value >= FULL:
        return
    who = f": the service {bracketed(cpu.service)}, the load generator {bracketed(cpu.load)}, others {bracketed(cpu.others)}" if cpu.load.n else ""
    yield (
        f"All {cpu.core_count} cores together are {bracketed(cpu.machine, '%')} busy{who}. They take the CPU from each other, so response times "
        "are longer than under the same load on a machine of its own."
    )


def _one_core(cpu: Cpu) -> Iterator[str]:
    if cpu.workers and ONE_CORE[0] <= cpu.workers[0].value <= ONE_CORE[1] and cpu.core_count != 1:
        yield (
            f"One process of the service keeps one core busy: {bracketed(cpu.workers[0])} cores. Python code of one process does not get beyond one: "
            "more workers would take more load, up to the number of cores."
        )


def _preempted(cpu: Cpu) -> Iterator[str]:
    used = cpu.service.value
    waits, often = cpu.waiting.value / used if used else 0, cpu.forced_switches.value / used if used else 0
    if waits > WAITING or often > FORCED_A_SECOND:
        yield (
            f"For each second of CPU time the service's threads wait {number(waits)} s for a core, and the scheduler takes a core away "
            f"{number(often)} times: other processes, or more busy threads than cores, get in between."
        )


def _stolen(cpu: Cpu) -> Iterator[str]:
    if cpu.stolen.value > STOLEN:
        yield (f"The host of this virtual machine gives {bracketed(cpu.stolen, '%')} of its CPU time to others: two runs may differ by as much.")


def _collector(cpu: Cpu) -> Iterator[str]:
    if cpu.longest_pause.value > PAUSE_MS or cpu.pause_share.value > PAUSED:
        yield (
            f"The garbage collector stops the service for up to {number(cpu.longest_pause.value)} ms, {percent(cpu.pause_share.value)} of the time "
            "in all. gc.freeze() after start-up, or a higher gc.set_threshold, makes its full collections shorter or rarer."
        )


CHECKS: dict[str, Callable[[Cpu], Iterator[str]]] = {
    "cores all busy": _machine,
    "one worker at one core": _one_core,
    "waiting for a core": _preempted,
    "CPU time stolen": _stolen,
    "long collections": _collector,
}
