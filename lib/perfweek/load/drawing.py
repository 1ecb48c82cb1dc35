"""What Monday's figures share: axes with their units, names at the lines they belong to, the budget, the phases of the load."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perfweek.load.plan import Phase, Plan

SECONDS = "time since the load started, s"
_LONGEST_NAME = 32
_LINE = 0.07
"""Height of a line of text, as a fraction of the axes."""
_NARROWEST = 0.07
"""A phase that takes less of the width than this is shaded without its name."""
_SHADES = {"ramp": ("0.5", 0.18), "warm-up": ("C2", 0.14)}


def axes_of(x: str, y: str) -> tuple[Figure, Axes]:
    """A figure of one pair of axes with their labels."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    return figure, axes


def no_data(figure: Figure, axes: Axes, words: str = "no request was answered as expected") -> Figure:
    axes.annotate(words, (0.5, 0.5), xycoords="axes fraction", ha="center")
    return figure


def draw_phases(axes: Axes, plan: Plan, last_s: float, words: bool = True, over: bool = False) -> None:
    """Shade what is cut, ramps and warm-up, up to `last_s`, with its name above the axes; `over` a full picture dashed lines at its ends instead."""
    for phase in plan.phases:
        if phase.kind == "plateau" or phase.start_s >= last_s:
            continue
        end_s = min(phase.end_s, last_s)
        if over:
            for edge in {phase.start_s, end_s} - {0.0, last_s}:
                axes.axvline(edge, color="0.6", linestyle="--", linewidth=1)
        else:
            colour, alpha = _SHADES[phase.kind]
            axes.axvspan(phase.start_s, end_s, color=colour, alpha=alpha, linewidth=0)
        if words and end_s - phase.start_s > _NARROWEST * last_s:
            _above(axes, phase, (phase.start_s + end_s) / 2)


def label(axes: Axes, labels: list[tuple[float, str, str]]) -> None:
    """Names (value on the y axis, text, colour) at the right edge, each at its value or as near as leaves it legible."""
    axes.autoscale_view()
    to_fraction = axes.transData + axes.transAxes.inverted()
    placed = sorted((float(to_fraction.transform((axes.get_xlim()[1], value))[1]), text, colour) for value, text, colour in labels)
    below = -1.0
    for rank, (fraction, text, colour) in enumerate(placed):
        highest = 1 - _LINE * (len(placed) - 1 - rank)
        below = max(below + _LINE, min(fraction, highest))
        axes.annotate(
            short(text), (1, below), (4, 0), xycoords="axes fraction", textcoords="offset points", color=colour, va="center", annotation_clip=False
        )


def budget_line(axes: Axes, budget_ms: float) -> None:
    axes.axhline(budget_ms, color="0.3", linestyle="--", linewidth=1)
    ground = {"facecolor": (1, 1, 1, 0.75), "edgecolor": "none", "linewidth": 0, "pad": 1}
    axes.annotate(f"budget {budget_ms:g} ms", (0, budget_ms), (3, 4), ("axes fraction", "data"), "offset points", bbox=ground)


def short(name: str) -> str:
    """A name that leaves room for the figure: its beginning and its end."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME // 2 - 1]}…{name[-_LONGEST_NAME // 2 :]}"


def _above(axes: Axes, phase: Phase, middle_s: float) -> None:
    axes.annotate(
        f"{phase.kind}, cut", (middle_s, 1), (0, 3), xycoords=("data", "axes fraction"), textcoords="offset points", ha="center", fontsize="small"
    )
