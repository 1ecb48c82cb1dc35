"""Requests with several SELECTs, and the ways of running them, in sentences, tables and a picture."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from perfweek.warehouse.asynchronous.detection import Pattern
from perfweek.warehouse.asynchronous.measure import Ways
from perfweek.warehouse.asynchronous.polling import PAUSES_S, overshoot
from perfweek.wording import bracketed, count, number

NOTHING = "Nothing found: no request of the history runs two SELECTs one after the other without a write between them."
NOT_MEASURED = "Not measured: the target names an export, and no warehouse on which statements could be run together."
FORMATS = {"alone, s": "{:,.3g}", "saved together, s": "{:,.3g}", "saved by execute_async, s": "{:,.3g}", "all requests, s": "{:,.3g}"}
WAY_FORMATS = {"seconds": "{:,.3g}", "of one after the other": "{:.2f}", "low": "{:.2f}", "high": "{:.2f}"}
_TYPICAL_S = (0.05, 0.6, 2.5)


def patterns_sentence(patterns: Sequence[Pattern]) -> str:
    """What could run together, and what that would save at most."""
    if not patterns:
        return NOTHING
    first = patterns[0]
    told = "query tags tell requests apart" if first.tagged else "requests are guessed from pauses in sessions: tag them to be sure"
    return (
        f"{count(sum(one.requests for one in patterns), 'request')} run SELECTs one after the other ({told}); most in "
        f"{first.route or 'untagged requests'}: {count(first.runs, 'SELECT')}, {bracketed(first.alone, 's')} a request, of which "
        f"{bracketed(first.saved, 's')} could be saved if none needs another's result. A history cannot prove that: read the code."
    )


def polling_sentence() -> str:
    """What the connector's way of asking costs."""
    late = [f"{number(float(overshoot([took])[0]))} s late after {took:g} s" for took in _TYPICAL_S]
    return (
        f"execute_async asks for a statement's state after pauses of {', '.join(f'{pause:g}' for pause in PAUSES_S)} s, and so on: its end is seen "
        f"{', '.join(late)}. For statements below a second threads are the faster way."
    )


def limits_sentence() -> str:
    """What running together runs into."""
    return (
        "Limits: a warehouse runs eight statements at once unless MAX_CONCURRENCY_LEVEL says otherwise, and queues the rest, so that under load "
        "together saves less; each thread takes a connection of the pool; no transaction spans them; they end in any order; closing a connection "
        "cancels what runs on it."
    )


def ways_sentence(ways: Ways | None) -> str:
    """The three ways as measured on the target."""
    if ways is None:
        return NOT_MEASURED
    measured = [f"{way.name} {bracketed(way.ratio)}" for way in ways.ways[1:]]
    blocks = (
        " This server runs a statement to its end before execute_async returns: a local stand-in does, Snowflake does not." if ways.blocks else ""
    )
    none = " The embedded engine has nothing asynchronous." if ways.blocks is None else ""
    return f"Of the time one after the other, {ways.statements} statements together take: {'; '.join(measured)} ({ways.engine}).{blocks}{none}"


def pattern_table(patterns: Sequence[Pattern], texts: dict[str, str], most: int = 20) -> pd.DataFrame:
    """A row a pattern, the one that could save the most first; `texts`: text_key -> text."""
    return pd.DataFrame(
        [
            {
                "route": one.route,
                "requests": one.requests,
                "SELECTs": one.runs,
                "kind": "one text again" if one.one_text else f"{len(one.texts)} texts",
                "alone, s": one.alone.value,
                "saved together, s": one.saved.value,
                "saved by execute_async, s": one.saved_polled.value,
                "all requests, s": one.whole_s,
                "first text": " ".join(texts.get(one.texts[0], "").split())[:100],
            }
            for one in patterns[:most]
        ]
    )


def way_table(ways: Ways) -> pd.DataFrame:
    """A row a way."""
    rows = [(way.name, way.seconds.value, way.ratio.value, way.ratio.low, way.ratio.high, way.ratio.n) for way in ways.ways]
    return pd.DataFrame(rows, columns=["way", "seconds", "of one after the other", "low", "high", "rounds"])


def ways_figure(ways: Ways) -> Figure:
    """The time of each way over that of one after the other."""
    figure = Figure(figsize=(8, 0.9 + 0.5 * len(ways.ways)), layout="constrained")
    axes = figure.subplots()
    for row, way in enumerate(ways.ways):
        if np.isfinite(way.ratio.low):
            axes.plot([way.ratio.low, way.ratio.high], [row, row], color="C1", linewidth=2)
        axes.plot(way.ratio.value, row, "o", color="C1")
    axes.axvline(1.0, color="0.6", linewidth=1)
    axes.set_yticks(range(len(ways.ways)), [way.name for way in ways.ways])
    axes.set_ylim(len(ways.ways) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("time over that of one after the other")
    return figure


def ways_note(ways: Ways) -> str:
    """How it was measured."""
    return (
        f"{ways.statements} statements that read no table, each way in turn in {ways.ways[0].seconds.n} rounds after one to warm up; mean of the "
        "rounds' ratios with a t interval."
    )
