"""Clustering keys in pictures."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perfweek.warehouse.clustering.judgements import Judgement
from perfweek.warehouse.clustering.proven import Proof

_LABEL: dict[str, Any] = {"textcoords": "offset points", "va": "center"}
_ROLES = {"single column": ("C2", "s"), "proposal": ("C3", "^"), "chosen": ("C1", "o")}


def endpoints_figure(judgement: Judgement) -> Figure:
    """The share of partitions that each affected endpoint scans now, and with the chosen key, with its range."""
    advice = judgement.advice
    names = advice.affected
    figure = Figure(figsize=(7.5, 1.3 + 0.55 * max(1, len(names))))
    axes = figure.subplots()
    axes.set_xlabel(f"partitions scanned, % (log); then: ordered by {advice.chosen.name}")
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(1, len(names)) - 0.4, -0.7)
    axes.grid(visible=False, axis="y")
    for row, name in enumerate(names):
        now, then = advice.now[name], advice.chosen.endpoints[name]
        _range(axes, row, (now.low, now.value, now.high), "C0")
        _range(axes, row, (then.low, then.likely, then.high), "C1")
        if row == 0:
            axes.annotate("now, measured", (100 * now.value, row), (0, 13), color="C0", ha="right", **_LABEL)
            axes.annotate("then, predicted", (100 * then.likely, row), (0, -13), color="C1", ha="left", **_LABEL)
    if names:
        axes.set_xscale("log")
    else:
        axes.text(0.5, 0.5, "no endpoint would scan clearly less", transform=axes.transAxes, ha="center", va="center")
        axes.set_xticks([])
    return figure


def proof_figure(proof: Proof) -> Figure:
    """Predicted against measured shares, one mark a condition and key, with the band in which a prediction counts as close."""
    figure = Figure(figsize=(7.5, 5.2))
    axes = figure.subplots()
    partitions = int(proof.rows["partitions"].max())
    ends = np.geomspace(100 / partitions * 0.8, 100, 200)
    off = np.maximum(0.1 * ends, 100 / partitions)
    axes.fill_between(ends, np.maximum(ends - off, ends[0] / 3), ends + off, color="C0", alpha=0.12, linewidth=0)
    axes.plot(ends, ends, color="C0", linewidth=1)
    for role, (colour, mark) in _ROLES.items():
        rows = proof.rows[proof.rows["role"] == role]
        axes.plot(100 * rows["measured"], 100 * rows["likely"], mark, color=colour, markersize=4, alpha=0.6, label=role)
    for place, role in enumerate(role for role in _ROLES if (proof.rows["role"] == role).any()):
        colour, mark = _ROLES[role]
        axes.plot(0.03, 0.95 - 0.06 * place, mark, color=colour, markersize=5, transform=axes.transAxes)
        axes.text(0.05, 0.95 - 0.06 * place, role, color=colour, va="center", transform=axes.transAxes)
    axes.set(xscale="log", yscale="log", xlabel="partitions scanned, measured, % (log)", ylabel="predicted, % (log)")
    return figure


def _range(axes: Axes, row: int, share: tuple[float, float, float], colour: str) -> None:
    low, value, high = (100 * part for part in share)
    if not np.isnan(low) and not np.isnan(high):
        axes.plot([low, high], [row, row], color=colour, linewidth=4, alpha=0.35, solid_capstyle="butt")
    axes.plot(value, row, "o", color=colour, markersize=5)
