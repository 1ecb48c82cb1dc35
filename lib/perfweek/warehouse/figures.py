"""Wednesday's figures."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from perfweek.warehouse.look import Look
from perfweek.warehouse.study import Study

MOST_BARS = 15

_LABEL: dict[str, Any] = {"textcoords": "offset points", "va": "center"}


def timing_figure(study: Study) -> Figure:
    """Median and 95th percentile of each endpoint's statements with their intervals, on a log axis with the threshold. Endpoints of
    fewer than 5 statements are left to the table."""
    timings = [timing for timing in study.timings if timing.p50.value > 0 and timing.p50.n >= 5]
    figure, axes = _rows([timing.endpoint for timing in timings], "execution time of a statement, ms (log)")
    for row, timing in enumerate(timings):
        for estimate, colour, name, side in ((timing.p50, "C1", "median", "right"), (timing.p95, "C2", "95th percentile", "left")):
            _point(axes, row, estimate.value, estimate.low, estimate.high, colour)
            if row == 0:
                axes.annotate(name, (estimate.value, row), (0, 13), color=colour, ha=side, **_LABEL)
    if timings:
        axes.set_xscale("log")
        if study.threshold_ms > 0:
            axes.axvline(study.threshold_ms, color="C0", linewidth=1, linestyle="--")
            left, right = axes.get_xlim()
            offset, side = (-4, "right") if study.threshold_ms**2 > left * right else (4, "left")
            axes.annotate(f"threshold {study.threshold_ms:,} ms", (study.threshold_ms, len(timings) - 0.55), (offset, 0), ha=side, **_LABEL)
    return figure


def _rows(names: list[str], x_label: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7.5, 1.3 + 0.55 * max(1, len(names))))
    axes = figure.subplots()
    axes.set_xlabel(x_label)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(1, len(names)) - 0.4, -0.7)
    axes.grid(visible=False, axis="y")
    if not names:
        axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", va="center")
        axes.set_xticks([])
    return figure, axes


def _point(axes: Axes, row: int, value: float, low: float, high: float, colour: str) -> None:
    if not math.isnan(low) and not math.isnan(high):
        axes.plot([low, high], [row, row], color=colour, linewidth=4, alpha=0.35, solid_capstyle="butt")
    axes.plot(value, row, "o", color=colour, markersize=5)


def cost_figure(look: Look) -> Figure:
    """Credits, or execution time where nothing is metered, of the costliest fingerprints, and of the others and idle time."""
    credits = look.cost.ranked
    column, unit = ("credits", "credits") if credits else ("execution_ms", "execution time, s")
    values = look.fingerprints[column].astype(float) / (1 if credits else 1000)
    names = [_name(look, key) for key in look.fingerprints["id"].head(MOST_BARS)]
    bars = list(values.head(MOST_BARS))
    if len(values) > MOST_BARS:
        names, bars = [*names, f"{len(values) - MOST_BARS:,} others"], [*bars, float(values.iloc[MOST_BARS:].sum())]
    if credits:
        names, bars = [*names, "idle"], [*bars, float(look.cost.ledger["idle"].sum())]
    figure, axes = _rows(names, unit)
    axes.barh(range(len(bars)), bars, color=["C4" if name == "idle" else "C1" for name in names], height=0.6)
    axes.set_xlim(left=0)
    return figure


def pruning_figure(look: Look) -> Figure:
    """Each fingerprint's share of partitions scanned against its execution time; large and to the right is worth a look."""
    rows = look.fingerprints[look.fingerprints["partitions_total"].astype(float) > 0]
    figure = Figure(figsize=(7.5, 4))
    axes = figure.subplots()
    axes.set_xlabel("execution time, s (log)")
    axes.set_ylabel("partitions scanned, %")
    if rows.empty or not (rows["execution_ms"] > 0).any():
        axes.text(0.5, 0.5, "no data", transform=axes.transAxes, ha="center", va="center")
        return figure
    seconds = rows["execution_ms"].astype(float).clip(lower=1) / 1000
    share = 100 * rows["partitions_scanned"].astype(float) / rows["partitions_total"].astype(float)
    axes.scatter(seconds, share, s=26, color="C1", alpha=0.7)
    axes.set_xscale("log")
    axes.set_ylim(-4, 108)
    for key, x, y in list(zip(rows["id"], seconds, share, strict=True))[:3]:
        axes.annotate(key[:6], (x, y), (0, -12 if y > 50 else 12), ha="center", fontsize=8, **_LABEL)
    return figure


def hours_figure(load: pd.DataFrame) -> Figure:
    """Time that statements executed and time that they queued, hour of the day by day (UTC)."""
    hours = load.assign(hour_start=pd.to_datetime(load["hour_start"], utc=True)).groupby("hour_start")[["execution_ms", "queued_ms"]].sum()
    days = pd.date_range(hours.index.min().normalize(), hours.index.max().normalize(), freq="D")
    figure = Figure(figsize=(7.5, 1.8 + 0.5 * min(len(days), 14)))
    for axes, column, title in zip(figure.subplots(1, 2, sharey=True), ("execution_ms", "queued_ms"), ("executing", "queueing"), strict=True):
        grid = np.full((len(days), 24), np.nan)
        for at, value in zip(pd.DatetimeIndex(hours.index), hours[column], strict=True):
            grid[(at.normalize() - days[0]).days, at.hour] = float(value) / 60_000
        greatest = float(np.nanmax(grid))
        image = axes.imshow(grid, aspect="auto", cmap="cividis", vmin=0, vmax=greatest or 1)
        axes.set_title(f"{title}, minutes an hour" if greatest else f"{title}: no time at all")
        axes.set_xlabel("hour of the day, UTC")
        axes.set_xticks(range(0, 24, 6))
        axes.set_yticks(range(len(days)), [f"{day:%a %d %b}" for day in days])
        axes.grid(visible=False)
        if greatest:
            figure.colorbar(image, ax=axes, fraction=0.06)
    return figure


def _name(look: Look, key: str) -> str:
    """Such as 'select catalogue, 1a2b3c'."""
    shape = look.shapes[key]
    about = (shape.tables or shape.written or ("",))[0].rpartition(".")[2]
    return " ".join(f"{shape.kind.lower()} {about}"[:32].split()) + f", {key[:6]}"
