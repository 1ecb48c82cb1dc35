"""What other parts of the day found, as rows of the list of bottlenecks. No gain is known of them."""

from collections.abc import Iterable

from perfweek.bottlenecks.finding import Finding
from perfweek.load.traps.trap import Trap
from perfweek.profiling.memory.leak import Leak
from perfweek.stats import Estimate


def of_traps(traps: Iterable[Trap], source: str) -> list[Finding]:
    """The traps that were sprung; those that make the measured figures wrong come before every bottleneck."""
    return [Finding(trap.name, f"{trap.sentence} {trap.remedy}", source, first=trap.misleads) for trap in traps]


def of_leak(leak: Leak, sentence: str, source: str) -> list[Finding]:
    """A leak, which ends the service sooner or later; nothing for any other verdict."""
    return [Finding("memory leak", sentence, source, first=True)] if leak.verdict == "leak" else []


def of_capacity(highest: Estimate, rate: float, sentence: str, source: str) -> list[Finding]:
    """The highest rate that kept the budget; first in the list where even the baseline's `rate` is beyond it, nothing where it is not known."""
    return [Finding("capacity limit", sentence, source, first=highest.high < rate)] if highest.value == highest.value else []
