"""The control: runs of one version against each other. Whatever is called a change there is a false alarm."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from perfweek.progress.compare import compare
from perfweek.progress.runs import Run

MOST_SPLITS = 10


@dataclass(frozen=True)
class Control:
    """`alarms` of `comparisons` of one version with itself were called improved or regressed, in `splits` of its runs into halves."""

    alarms: int
    comparisons: int
    splits: int

    @property
    def rate(self) -> float:
        return self.alarms / self.comparisons if self.comparisons else float("nan")


def control_of(sides: Sequence[Sequence[Run]], smallest_effect: float) -> Control:
    """Each side's runs, split into halves in every way (at most MOST_SPLITS), one half against the other. A side of fewer than four runs has
    no half that says how runs differ."""
    splits = [halves for side in sides for halves in _halves(side)]
    found = [one for first, second in splits for one in compare(first, second, smallest_effect)]
    return Control(sum(one.verdict in ("improved", "regressed") for one in found), len(found), len(splits))


def _halves(runs: Sequence[Run]) -> Iterator[tuple[list[Run], list[Run]]]:
    """Each split once: the first run is always in the first half."""
    if len(runs) < 4:
        return
    half = len(runs) // 2
    for place, others in enumerate(combinations(range(1, len(runs)), half - 1)):
        if place == MOST_SPLITS:
            return
        chosen = {0, *others}
        yield [runs[number] for number in sorted(chosen)], [run for number, run in enumerate(runs) if number not in chosen]
