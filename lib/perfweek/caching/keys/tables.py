"""Tables of the keys."""

import pandas as pd

from perfweek.caching.keys.cardinality import cardinality
from perfweek.caching.keys.normalising import Strategy
from perfweek.caching.keys.slots import Balance
from perfweek.caching.logged import Logged
from perfweek.wording import in_percent, interval_text

CARDINALITY_FORMATS = {"reads a key": ".1f", "keys read once": ".0%", "bytes of a key": ".0f"}
RULE_FORMATS = {"hit ratio gained, points": ".2f"}
SHARD_FORMATS = {"share of reads": ".1%"}
HOT_FORMATS = {"share of reads": ".2%"}


def cardinality_table(logged: Logged) -> pd.DataFrame:
    names = ["route", "reads", "keys", "reads a key", "keys read once", "addresses", "bytes of a key"]
    return cardinality(logged).set_axis(names, axis="columns").head(50)


def rule_table(strategy: Strategy) -> pd.DataFrame:
    """One row a rule."""
    kept = {rule.name for rule in strategy.kept}
    rows = [
        (
            rule.title,
            rule.before,
            rule.after,
            100 * rule.gain.value,
            interval_text(in_percent(rule.gain)),
            f"{rule.evidence.agreeing:,} of {rule.evidence.compared:,} by {rule.evidence.by}",
            rule.evidence.verdict,
            "yes" if rule.name in kept else "no",
        )
        for rule in strategy.rules
    ]
    names = ["rule", "names before", "after", "hit ratio gained, points", "interval", "same answers", "verdict", "in the specification"]
    return pd.DataFrame(rows, columns=names)


def shard_table(balance: Balance) -> pd.DataFrame:
    table = balance.by_shard.assign(shard=[f"{number + 1}" for number in range(balance.shards)])
    return table.set_axis(["shard", "keys", "reads", "bytes of values", "share of reads"], axis="columns").head(50)


def hot_table(balance: Balance, most: int = 10) -> pd.DataFrame:
    """The busiest keys and what helps."""
    total = max(1, balance.keys["requests"].sum())
    top = balance.keys.head(most)
    share = top["requests"] / total
    helps = ["L1 or key splitting: more than a shard's share" if one > 1 / balance.shards else "nothing needed" for one in share]
    columns = {"key": top["key"].str.slice(0, 80), "reads": top["requests"], "share of reads": share, "slot": top["slot"], "shard": top["shard"] + 1}
    return pd.DataFrame({**columns, "remedy": helps})
