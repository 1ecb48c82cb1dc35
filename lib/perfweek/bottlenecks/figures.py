"""Monday's figure about bottlenecks: where each endpoint's 95th percentile goes."""

import math
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perfweek.bottlenecks.division import Division, Part
from perfweek.bottlenecks.study import Study
from perfweek.bottlenecks.titles import part_title
from perfweek.wording import number, value_text

MOST_ENDPOINTS = 8
_BAR = 0.36
KEEP = "fixed"
"""How the report knows an artist that keeps its colour."""
_WIDE = 0.13
"""Of the width of the axes: what a bar needs for its label inside it."""
_SHORT = {
    "cpu wait": "CPU wait",
    "loop": "GIL or loop",
    "network": "network",
    "rest of the service, not divided": "not divided",
    "waiting for a CPU, the GIL or the event loop": "waiting",
    "whole, not divided": "not divided",
}


@dataclass(frozen=True)
class _Style:
    """Colour of a part and of words on it; `fixed` words keep theirs on a dark ground, because the colour under them stays as light."""

    colour: str
    ink: str
    fixed: bool = False


_STYLES = {
    "database": _Style("C1", "white"),
    "cache": _Style("C3", "black", fixed=True),
    "serialisation": _Style("C4", "black", fixed=True),
    "own code": _Style("C2", "black", fixed=True),
    "cpu wait": _Style("0.35", "white"),
    "loop": _Style("0.54", "black"),
    "network": _Style("0.72", "black"),
}


def parts_figure(study: Study) -> Figure:
    """A stacked bar for the 95th percentile of each endpoint, those with most response time. Hatched: what nothing tells apart, or what too
    few requests were seen of."""
    shown = study.divisions[:MOST_ENDPOINTS]
    figure = Figure(figsize=(8, 1.1 + 0.62 * max(1, len(shown))), layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel("95th percentile of the response time, ms")
    if not shown:
        axes.annotate("no request was answered as expected", (0.5, 0.5), xycoords="axes fraction", ha="center")
        return figure
    axes.set_xlim(0, 1.12 * max(one.p95_ms for one in shown))
    for row, division in enumerate(shown):
        _bar(axes, row, division)
    axes.set_yticks(range(len(shown)), [_name(one.endpoint) for one in shown])
    axes.set_ylim(len(shown) - 0.35, -0.45)
    axes.grid(visible=False, axis="y")
    return figure


def _bar(axes: Axes, row: int, division: Division) -> None:
    left, small = 0.0, []
    for part in division.parts:
        width, style, label = part.p95.value, _STYLES[part.part], _label(division, part)
        if not width > 0:
            continue
        hatched = math.isnan(part.p95.low) or _undivided(division, part)
        look: dict[str, Any] = {"color": style.colour}
        if hatched:
            look = {"facecolor": "none", "edgecolor": style.colour, "hatch": "////"}
        axes.barh(row, width, left=left, height=_BAR, linewidth=0.8, **look)
        if width > _WIDE * axes.get_xlim()[1]:
            box = {"facecolor": axes.get_facecolor(), "edgecolor": "none", "pad": 1.0} if hatched else None
            ink = "C0" if hatched else style.ink
            words = axes.text(left + width / 2, row, label, ha="center", va="center", fontsize=8, color=ink, bbox=box)
            words.set_gid(KEEP if style.fixed and not hatched else None)
        else:
            small.append(label)
        left += width
    axes.annotate(f"{number(division.p95_ms)} ms", (left, row), (4, 0), textcoords="offset points", va="center", fontweight="bold", fontsize=9)
    axes.annotate(", ".join(small), (0, row + _BAR / 2), (1, -3), textcoords="offset points", va="top", fontsize=8)


def _label(division: Division, part: Part) -> str:
    title = part_title(division, part.part)
    return f"{_SHORT.get(title, _SHORT.get(part.part, title) if title not in _SHORT else '')} {value_text(part.p95)}"


def _undivided(division: Division, part: Part) -> bool:
    return (part.part == "loop" and bool(division.unknown)) or (part.part == "network" and "database" in division.unknown)


def _name(endpoint: str) -> str:
    return endpoint if len(endpoint) <= 32 else f"{endpoint[:15]}…{endpoint[-16:]}"
