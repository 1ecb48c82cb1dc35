"""Figures of the proof."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from perfweek.caching.proof.redis_replay import Replayed


def replay_figure(found: Sequence[Replayed]) -> Figure:
    """Misses at each size: measured, predicted, and what an exact LRU would have missed."""
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    sizes = [one.entries for one in found]
    lines = (("an exact LRU", "exact_lru", "0.5", "--"), ("predicted", "predicted", "C1", "-"), ("measured", "measured", "C2", "o"))
    for name, field, colour, style in lines:
        values = [100 * getattr(one, field) for one in found]
        axes.plot(sizes, values, style, color=colour)
        shift = {"an exact LRU": -14, "predicted": 6, "measured": 20}[name]
        axes.annotate(name, (sizes[0], values[0]), (8, shift), textcoords="offset points", color=colour)
    axes.set_ylim(0, min(105, 130 * max(one.measured for one in found) + 5))
    axes.set_xlabel("entries that the server held")
    axes.set_ylabel("reads that miss, %")
    return figure
