"""Thursday's figures."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perfweek.caching.groups import Group
from perfweek.caching.study import Study
from perfweek.caching.trace import popularity, working_set
from perfweek.caching.worth.designs import seconds
from perfweek.wording import listed

POINTS = 40


def popularity_figure(study: Study) -> Figure:
    """How the reads are spread over the keys: share of the reads that go to the most read keys."""
    figure, axes = _axes("most read keys", "share of the reads, %")
    reads = popularity(study.trace)
    if not reads.size:
        return _no_data(figure, axes)
    keys = np.arange(1, reads.size + 1)
    share = 100 * np.cumsum(reads) / reads.sum()
    axes.plot(keys, share, color="C0")
    axes.set_xscale("log")
    axes.set_ylim(0, 105)
    for count in {max(1, reads.size // 100), max(1, reads.size // 10)}:
        axes.plot(count, share[count - 1], "o", color="C1")
        axes.annotate(f"{count:,} keys: {share[count - 1]:.0f} %", (count, share[count - 1]), (8, -12), textcoords="offset points", color="C1")
    return figure


def curve_figure(study: Study, operating: Sequence[tuple[str, float]] = ()) -> Figure:
    """Misses against size on a log axis, with the interval, what no size takes away, what the service's own cache did, and the `operating`
    points: (name, objects)."""
    figure, axes = _axes("cache size, objects", "reads that miss, %")
    if not study.curve.requests:
        return _no_data(figure, axes)
    sizes = np.unique(np.geomspace(1, max(2, study.curve.distinct), POINTS).round())
    points = [study.miss_ratio(size) for size in sizes]
    axes.fill_between(sizes, [100 * point.low for point in points], [100 * point.high for point in points], color="C0", alpha=0.2, linewidth=0)
    axes.plot(sizes, [100 * point.value for point in points], color="C0")
    middle = len(points) // 4
    axes.annotate("least recently used, nothing expires", (sizes[middle], 100 * points[middle].value), (6, 6), textcoords="offset points", color="C0")
    axes.set_xscale("log")
    axes.set_ylim(0, 105)
    _floor(axes, study)
    _observed(axes, study)
    for objects, names in _together(study, operating).items():
        _operating(axes, study, listed(names), objects)
    return figure


def lives_figure(study: Study, lives: Sequence[float]) -> Figure:
    """Misses against size for times to live: how soon entries end, and how many there may be."""
    figure, axes = _axes("cache size, objects", "reads that miss, %")
    if not study.curve.requests:
        return _no_data(figure, axes)
    sizes = np.unique(np.geomspace(1, max(2, study.curve.distinct), POINTS // 2).round())
    _side_by_side(axes, sizes, {seconds(life): [100 * study.miss_ratio(size, life).value for size in sizes] for life in lives})
    return figure


def groups_figure(study: Study, groups: Sequence[Group]) -> Figure:
    """Misses of each group's reads against the size of the one cache that all share."""
    figure, axes = _axes("size of the shared cache, objects", "reads that miss, %")
    sizes = np.unique(np.geomspace(1, max(2, study.curve.distinct), POINTS).round())
    _side_by_side(axes, sizes, {group.name: (100 * group.curve.miss_ratios(sizes)).tolist() for group in groups if group.curve.requests})
    return figure


def _side_by_side(axes: Axes, sizes: npt.NDArray[np.float64], curves: Mapping[str, Sequence[float]]) -> None:
    """Curves with their names at their ends, the names of those that end alike in one line."""
    ends: dict[int, list[str]] = {}
    for place, (name, misses) in enumerate(curves.items()):
        axes.plot(sizes, misses, color=f"C{place % 5}", linestyle=("-", "--")[place // 5 % 2])
        ends.setdefault(round(misses[-1] / 5), []).append(name)
    for height, names in ends.items():
        axes.annotate(", ".join(names), (sizes[-1], 5 * height), (6, -3), textcoords="offset points")
    axes.set_xscale("log")
    axes.set_ylim(0, 105)


def working_set_figure(study: Study) -> Figure:
    """Distinct keys over time: those of the last window, and all since the start."""
    figure, axes = _axes("time since the first request, s", "distinct keys")
    growth = working_set(study.trace)
    if growth.empty:
        return _no_data(figure, axes)
    window = growth["end_s"].iloc[0]
    for column, label, colour in (("so_far", "since the start", "C0"), ("keys", f"in each {window:.2g} s", "C2")):
        axes.plot(growth["end_s"], growth[column], color=colour)
        axes.annotate(
            label,
            (growth["end_s"].iloc[-1], growth[column].iloc[-1]),
            (-4, 14 if column == "keys" else 6),
            textcoords="offset points",
            ha="right",
            color=colour,
        )
    axes.set_ylim(0, 1.15 * growth["so_far"].iloc[-1])
    return figure


def _axes(x_label: str, y_label: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7.5, 4))
    axes = figure.subplots()
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    return figure, axes


def _no_data(figure: Figure, axes: Axes) -> Figure:
    axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", va="center")
    axes.set_xticks([])
    axes.set_yticks([])
    return figure


def _floor(axes: Axes, study: Study) -> None:
    curve = study.curve
    first = 100 * curve.first / curve.requests
    axes.axhline(first, color="C4", linestyle="--")
    axes.annotate(f"first reads of a key: {first:.0f} %", (1, first), (4, -12), textcoords="offset points", color="C4")
    if curve.stale:
        axes.axhline(100 * curve.floor, color="C4", linestyle=":")
        axes.annotate("and first reads after a write", (1, 100 * curve.floor), (4, 4), textcoords="offset points", color="C4")


def _observed(axes: Axes, study: Study) -> None:
    observed = study.observed()
    if np.isnan(observed.value):
        return
    missed = 100 * (1 - observed.value)
    axes.axhline(missed, color="C3")
    label = f"the service's own in-process cache: {missed:.0f} %"
    axes.annotate(label, (1, missed), (4, -12), textcoords="offset points", color="C3")


def _together(study: Study, operating: Sequence[tuple[str, float]]) -> dict[float, list[str]]:
    """The names of each point; what is beyond the curve holds everything, and stands at its end."""
    points: dict[float, list[str]] = {}
    for name, objects in operating:
        points.setdefault(min(objects, study.curve.distinct), []).append(name)
    return points


def _operating(axes: Axes, study: Study, name: str, objects: float) -> None:
    missed = 100 * study.miss_ratio(objects).value
    beyond = " (room for every key)" if objects >= study.curve.distinct else ""
    axes.plot(objects, missed, "o", color="C1")
    axes.annotate(f"{name}{beyond}", (objects, missed), (-6, -30), textcoords="offset points", color="C1", ha="right")
