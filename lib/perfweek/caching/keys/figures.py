"""Figures of the keys."""

import numpy as np
from matplotlib.figure import Figure

from perfweek.caching.keys.normalising import Strategy
from perfweek.caching.keys.slots import Balance


def gain_figure(strategy: Strategy) -> Figure:
    """What each rule gains, with its interval; grey where the answers are not proven to stay the same."""
    rules = strategy.rules[::-1]
    figure = Figure(figsize=(8, 0.5 * len(rules) + 1.2), layout="constrained")
    axes = figure.subplots()
    kept = {rule.name for rule in strategy.kept}
    for place, rule in enumerate(rules):
        colour = "C0" if rule.name in kept else "0.5"
        low, high = (rule.gain.value if np.isnan(bound) else bound for bound in (rule.gain.low, rule.gain.high))
        axes.plot([100 * low, 100 * high], [place, place], color=colour)
        axes.plot(100 * rule.gain.value, place, "o", color=colour)
        axes.annotate(
            f"{rule.before:,} → {rule.after:,} names; {rule.evidence.verdict}", (100 * high, place), (8, -4), textcoords="offset points", color=colour
        )
    axes.set_yticks(range(len(rules)), [rule.name for rule in rules])
    axes.axvline(0, color="0.6", linewidth=1)
    left, right = axes.get_xlim()
    axes.set_xlim(left, right + 0.7 * max(right - left, 1.0))
    axes.set_ylim(-0.6, len(rules) - 0.4)
    axes.set_xlabel("hit ratio gained, percentage points")
    return figure


def balance_figure(balance: Balance) -> Figure:
    """Requests of each shard, the part of its busiest key in another colour, and an even share as a line."""
    figure = Figure(figsize=(8, 0.45 * balance.shards + 1.4), layout="constrained")
    axes = figure.subplots()
    table, total = balance.by_shard, max(1, balance.keys["requests"].sum())
    largest = balance.keys.groupby("shard")["requests"].max().reindex(range(balance.shards), fill_value=0) / total * 100
    axes.barh(table["shard"], 100 * table["share"], color="C0", height=0.6)
    axes.barh(table["shard"], largest, color="C1", height=0.6)
    for place, (share, key) in enumerate(zip(100 * table["share"], largest, strict=True)):
        axes.annotate(f"{share:.0f} %, its busiest key {key:.1f} %", (max(share, 100 / balance.shards), place), (6, -4), textcoords="offset points")
    axes.axvline(100 / balance.shards, color="0.3", linestyle="--", linewidth=1)
    axes.set_xlim(0, 1.45 * max(100 / balance.shards, 100 * float(table["share"].max())))
    axes.set_yticks(range(balance.shards), [f"shard {number + 1}" for number in range(balance.shards)])
    axes.invert_yaxis()
    axes.set_xlabel("share of the requests, %; dashed: an even share")
    return figure
