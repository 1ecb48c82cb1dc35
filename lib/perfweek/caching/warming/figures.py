"""Figures of warming."""

import numpy as np
from matplotlib.figure import Figure

from perfweek.caching.warming.cold import ColdStart
from perfweek.caching.warming.plan import Plan

_LINE = 7.0
"""Per cent of the axis that a line of text takes."""


def course_figure(start: ColdStart) -> Figure:
    """Hits after the start: steady, warmed and cold."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    last = start.cold.ends_s[-1]
    ends = []
    for name, course, colour, style in (("steady", start.steady, "0.5", "--"), ("warmed", start.warmed, "C1", "-"), ("cold", start.cold, "C2", "-")):
        axes.plot(course.ends_s, 100 * course.hits, color=colour, linestyle=style)
        known = course.hits[~np.isnan(course.hits)]
        ends.append((100 * known[0] if known.size else 0.0, name, colour))
    below = _LINE / 2 - _LINE
    for value, name, colour in sorted(ends):
        below = max(value, below + _LINE)
        axes.annotate(name, (0, below), (-6, 0), textcoords="offset points", ha="right", va="center", color=colour)
    axes.set_xlim(-0.09 * last, last)
    axes.set_ylim(0, 105)
    axes.set_xlabel("time since the start, s")
    axes.set_ylabel("reads that hit, %")
    return figure


def coverage_figure(plan: Plan) -> Figure:
    """Reads of the second half that the first so many keys reach."""
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.plot(plan.curve[:, 0], 100 * plan.curve[:, 1], color="C0")
    if plan.chosen:
        axes.plot(plan.chosen, 100 * plan.covered.value, "o", color="C1")
        label = f"{plan.chosen:,} keys: {100 * plan.covered.value:.0f} %"
        axes.annotate(label, (plan.chosen, 100 * plan.covered.value), (-8, 8), textcoords="offset points", ha="right", color="C1")
    axes.set_xscale("log")
    axes.set_ylim(0, 105)
    axes.set_xlabel("keys warmed, the most valuable first")
    axes.set_ylabel("reads reached, %")
    return figure
