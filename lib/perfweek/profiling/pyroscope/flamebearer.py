"""Pyroscope's own JSON of a flame graph, as GET /pyroscope/render answers it.

`names` are the frames; `levels` are rows from the root down, each bar four numbers: how far right of the end of the bar before it
starts, its width, its own part of that, and the place of its name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from perfweek.profiling.pyroscope.bounded import BadContentError, TooLargeError
from perfweek.profiling.pyroscope.pprof import printable
from perfweek.profiling.stacks import Stack, Stacks

_ROOT = "total"
_MOST_PLACES = 10_000_000


@dataclass
class _Bar:
    """A frame below its callers while a graph is built: its value with and without what it calls."""

    width: int = 0
    own: int = 0
    called: dict[str, "_Bar"] = field(default_factory=dict)


def read_flamebearer(content: Any) -> tuple[dict[Stack, int], float]:
    """(stack -> value of its own, how many of them are a second) of a decoded answer. Raises BadContentError, TooLargeError."""
    try:
        graph, metadata = content["flamebearer"], content["metadata"]
        if metadata.get("format", "single") != "single":
            raise BadContentError(f"it is a graph of format {metadata['format']!r}, not of one profile")
        return _stacks(graph["names"], graph["levels"]), float(metadata["sampleRate"])
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, BadContentError):
            raise
        raise BadContentError(f"no flame graph: {type(error).__name__} {error}") from error


def write_flamebearer(stacks: Stacks, per_second: float) -> dict[str, Any]:
    """The stacks as the answer of GET /pyroscope/render, to be encoded as JSON."""
    root = _tree(stacks)
    names: dict[str, int] = {_ROOT: 0}
    levels = _levels(root, names)
    longest = max((row[place + 2] for row in levels for place in range(0, len(row), 4)), default=0)
    graph = {"names": list(names), "levels": levels, "numTicks": root.width, "maxSelf": longest}
    return {"version": 1, "flamebearer": graph, "metadata": {"format": "single", "units": "samples", "sampleRate": per_second}}


def _stacks(names: Sequence[str], levels: Sequence[Sequence[int]]) -> dict[Stack, int]:
    """Each bar lies under the bar of the row above that spans its left end; the root is no frame."""
    if sum(depth * len(row) // 4 for depth, row in enumerate(levels)) > _MOST_PLACES:
        raise TooLargeError("the graph is too large")
    frames = [printable(str(name)) for name in names]
    found: dict[Stack, int] = {}
    above: list[tuple[int, int, Stack]] = []
    for depth, row in enumerate(levels):
        here: list[tuple[int, int, Stack]] = []
        end, parent = 0, 0
        for place in range(0, len(row), 4):
            delta, width, own, name = (int(number) for number in row[place : place + 4])
            if min(delta, width, own, name) < 0:
                raise BadContentError("a bar has a negative number")
            if depth and not above:
                raise BadContentError("a bar lies under none")
            start = end + delta
            while depth and above[parent][1] <= start and parent < len(above) - 1:
                parent += 1
            stack: Stack = (*above[parent][2], frames[name]) if depth else ()
            if own:
                found[stack or ("(unknown)",)] = found.get(stack or ("(unknown)",), 0) + own
            end = start + width
            here.append((start, end, stack))
        above = here
    return found


def _tree(stacks: Stacks) -> _Bar:
    root = _Bar()
    for stack, value in stacks.items():
        bar = root
        bar.width += value
        for frame in stack:
            bar = bar.called.setdefault(frame, _Bar())
            bar.width += value
        bar.own += value
    return root


def _levels(root: _Bar, names: dict[str, int]) -> list[list[int]]:
    levels: list[list[int]] = []
    row: list[tuple[int, str, _Bar]] = [(0, _ROOT, root)]
    while row:
        level, below, end = [], [], 0
        for start, name, bar in row:
            level += [start - end, bar.width, bar.own, names.setdefault(name, len(names))]
            end = start + bar.width
            left = start
            for called, one in bar.called.items():
                below.append((left, called, one))
                left += one.width
        levels.append(level)
        row = below
    return levels
