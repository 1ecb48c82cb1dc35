"""Monday's figures about the flow of requests: offered and done, what failed, what is under way, and what the service uses meanwhile."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perfweek.load.baseline import Baseline
from perfweek.load.drawing import SECONDS, draw_phases, label
from perfweek.load.throughput import FAILURES, over_time

_COLOURS = {"refused": "C2", "timed out": "C4", "answered with an error": "C1", "never sent": "C3"}


def throughput(baseline: Baseline) -> Figure:
    """Iterations finished a second over time with the arrivals that were offered; below, where there is any, what failed or was never sent."""
    seconds = over_time(baseline.run)
    causes = [name for name in FAILURES if seconds[name].any()]
    figure = Figure(figsize=(8, 5 if causes else 3.6), layout="constrained")
    axes = figure.subplots(2 if causes else 1, 1, sharex=True, squeeze=False)[:, 0]
    last = float(seconds["end_s"].iloc[-1])
    labels = []
    if seconds["offered"].notna().any():
        _steps(axes[0], seconds, seconds["offered"], "C2", "--")
        labels.append((float(seconds["offered"].max()), "offered", "C2"))
    _steps(axes[0], seconds, seconds["done"], "C1", "-")
    labels.append((float(seconds["done"].median()), "finished", "C1"))
    axes[0].set_ylabel("iterations/s")
    if causes:
        _draw_causes(axes[1], seconds, causes)
    for place, each in enumerate(axes):
        each.set_xlim(0, last)
        each.set_ylim(0)
        draw_phases(each, baseline.run.plan, last, words=place == 0)
    label(axes[0], labels)
    axes[-1].set_xlabel(SECONDS)
    return figure


def _steps(axes: Axes, seconds: pd.DataFrame, values: pd.Series, colour: str, style: str) -> None:
    edges = np.append(seconds["start_s"], seconds["end_s"].iloc[-1])
    axes.step(edges, np.append(values, values.iloc[-1]), where="post", color=colour, linestyle=style)


def _draw_causes(axes: Axes, seconds: pd.DataFrame, causes: list[str]) -> None:
    """Stacked bars a second, each cause named at its highest."""
    below = np.zeros(len(seconds))
    widths = seconds["end_s"] - seconds["start_s"]
    labels = []
    for name in causes:
        axes.bar(seconds["start_s"], seconds[name], widths, below, align="edge", color=_COLOURS[name], linewidth=0)
        below = below + seconds[name].to_numpy()
        labels.append((float(below[int(np.argmax(seconds[name]))]), name, _COLOURS[name]))
    axes.set_ylabel("failed or unsent/s")
    axes.set_ylim(0)
    label(axes, labels)
