"""Whether the load generator was the limit, and not the service: then the figures say nothing about the service.

Its own signs are looked for: k6 used nearly all CPU, it came behind its plan, or arrivals were dropped although the service answered as
fast as at the lowest load, so that only k6's virtual users were too few.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from perfweek.load.capacity.cells import Cell

BUSY = 0.8
"""Share of all cores at which the generator itself has no room left."""
FULL = 0.9
"""Share of all cores at which generator and service on one machine take them from each other."""
_BEHIND = 0.95
_SLOWER = 1.5
_NOTABLE = 0.15
Verdict = Literal["the limit", "shared", "not the limit", "cannot tell"]


@dataclass(frozen=True)
class Generator:
    """`signs`: why the verdict is what it is, in words; `cores`: the most that k6 used at a level, NaN where nobody watched."""

    verdict: Verdict
    signs: tuple[str, ...]
    cores: float


def examine_generator(cells: Sequence[Cell], machine_cores: int, users: int, stopped: bool) -> Generator:
    """'the limit' for any sign of its own; 'shared' where it and the service together used up the machine; 'cannot tell' where its CPU
    time is not known and there is no other sign. `machine_cores`: logical CPUs of the machine that k6 ran on; `users`: its virtual users;
    `stopped`: the run ended because all of them were waiting."""
    watched = [cell for cell in cells if math.isfinite(cell.generator_cores)]
    cores = max((cell.generator_cores for cell in watched), default=math.nan)
    signs = [*_busy(cores, machine_cores), *_behind(cells, users), *_too_few_users(cells, stopped)]
    if signs:
        return Generator("the limit", tuple(signs), cores)
    if not watched:
        return Generator("cannot tell", ("its CPU time is not known",), cores)
    fullest = max(watched, key=lambda cell: cell.generator_cores + _known(cell.service_cores))
    together = fullest.generator_cores + _known(fullest.service_cores)
    if together >= FULL * machine_cores and fullest.generator_cores >= _NOTABLE * machine_cores:
        said = f"at {fullest.offered:.3g}/s it took {fullest.generator_cores:.2g} of the {machine_cores} cores that the service needs too"
        return Generator("shared", (said,), cores)
    return Generator("not the limit", (), cores)


def _busy(cores: float, machine_cores: int) -> list[str]:
    return [f"it used {cores:.2g} of {machine_cores} cores"] if cores >= BUSY * machine_cores else []


def _behind(cells: Sequence[Cell], users: int) -> list[str]:
    """Fewer arrivals than planned. A user whose request was broken off at the end of the test has left none, so that many may be missing."""
    whole = [cell for cell in cells if cell.whole]
    if sum(max(0.0, _planned(cell) - cell.arrivals) for cell in whole) <= users:
        return []
    late = [cell for cell in whole if cell.arrivals < _BEHIND * _planned(cell)]
    return [f"at {cell.offered:.3g}/s it made {cell.arrivals:,} of {_planned(cell):,.0f} arrivals" for cell in late[:1]]


def _planned(cell: Cell) -> float:
    return cell.offered * (cell.end_s - cell.start_s)


def _too_few_users(cells: Sequence[Cell], stopped: bool) -> list[str]:
    """No user was free, without a queue in the service: a request takes as long as at the lowest level."""
    ordered = sorted((cell for cell in cells if math.isfinite(cell.p50.value)), key=lambda cell: cell.offered)
    full = [cell for place, cell in enumerate(ordered, start=1) if cell.dropped or (stopped and place == len(ordered))]
    return [
        f"at {cell.offered:.3g}/s no virtual user was free, although the service answered as fast as at {ordered[0].offered:.3g}/s"
        for cell in full
        if cell.p50.value < _SLOWER * ordered[0].p50.value
    ][:1]


def _known(cores: float) -> float:
    return cores if math.isfinite(cores) else 0.0
