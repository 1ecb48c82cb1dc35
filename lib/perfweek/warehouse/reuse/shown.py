"""The result cache in sentences, a table and a picture."""

from matplotlib.figure import Figure

from perfweek.warehouse.advisers.result_cache import Reuse
from perfweek.warehouse.reuse.spelling import STAGES
from perfweek.wording import count, listed, number, percent

MOST_ROWS = 50
NOTHING = "Nothing to reuse: no text of the history ran twice, or the history is too long to be replayed in order."
FORMATS = {"statements": "{:,.0f}", "spellings": "{:,.0f}"}
LONGEST = 120


def reuse_sentence(found: Reuse | None) -> str:
    """The attainable hit ratio beside the share of repeated texts, and what one spelling adds."""
    if found is None:
        return NOTHING
    exact, best = found.exact, found.best
    more = best.surviving - exact.surviving
    spelling = f"one spelling of each statement would add {count(more, 'hit')}" if more else "another spelling would add none"
    return (
        f"{percent(exact.surviving / exact.reads if exact.reads else 0.0)} of {count(exact.reads, 'read')} could be answered from the result cache, "
        f"{number(exact.saved_ms / 1000)} s of execution; {percent(exact.repeated_share)} repeat a text{_times(exact.repeated, exact.surviving)}. "
        f"{spelling.capitalize()}."
    )


def _times(repeated: int, surviving: int) -> str:
    if repeated == surviving:
        return ""
    return f", {number(repeated / surviving)} times as many" if surviving else ", but nothing outlives the writes"


def lost_sentence(found: Reuse) -> str:
    """What keeps repeated texts from being hits."""
    lost = found.exact.lost
    if not lost:
        return "Nothing keeps a repeated text from being answered."
    return f"What keeps repeated texts from being answered: {listed([f'{_reason(name)} ({n:,})' for name, n in list(lost.items())[:5]])}."


def _reason(name: str) -> str:
    return name if " " in name else f"a write to {name}"


def reuse_note() -> str:
    """How it was found."""
    return (
        "Replay in order of time: a hit is the same text with the same bound values, finished before, used within 24 hours and made within 31 "
        "days, with no write to a table that it names since. Views over written tables, roles and reclustering are not seen."
    )


def reuse_figure(found: Reuse) -> Figure:
    """Shares of reads, repeated and answerable, for each stage of spelling."""
    figure = Figure(figsize=(8, 2.8), layout="constrained")
    axes = figure.subplots()
    for row, one in enumerate(found.stages):
        reads = max(1, one.reads)
        axes.plot([100 * one.surviving / reads, 100 * one.repeated / reads], [row, row], color="0.6", linewidth=1)
        axes.plot(100 * one.repeated / reads, row, "s", color="C0", markersize=5)
        axes.plot(100 * one.surviving / reads, row, "o", color="C1", markersize=6)
    first = found.stages[0]
    reads = max(1, first.reads)
    left = first.surviving < 0.2 * reads < first.repeated
    at = (100 * first.surviving / reads, 0)
    axes.annotate("answerable", at, (-4, 10), textcoords="offset points", color="C1", ha="left" if left else "right")
    axes.annotate("repeated", (100 * first.repeated / reads, 0), (4, 10), textcoords="offset points", color="C0", ha="left")
    axes.set_yticks(range(len(STAGES)), STAGES)
    axes.set_ylim(len(STAGES) - 0.5, -0.8)
    axes.grid(visible=False, axis="y")
    axes.set_xlim(-2, 102)
    axes.set_xlabel("share of reads, %")
    return figure
