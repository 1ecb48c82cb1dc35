"""What is said of the keys."""

from perfweek.caching.keys.normalising import Strategy
from perfweek.caching.keys.slots import Balance
from perfweek.caching.logged import Logged
from perfweek.stats import Estimate
from perfweek.wording import bracketed, count, in_percent, listed, number, percent

EVEN = 1.2
"""A busiest shard of up to so many times the mean needs nothing."""


def strategy_sentence(strategy: Strategy) -> str:
    """What writing keys the same gains in all, and what of it is proven."""
    if strategy.why:
        return strategy.why
    moving = [rule for rule in strategy.rules if rule.after < rule.before]
    if not moving:
        return "Nothing to gain: no two addresses of this log differ only in order, spelling, tracking, empty or default parameters, or precision."
    kept = {rule.name for rule in strategy.kept}
    named = listed([f"{rule.name} {_points(rule.gain)}" for rule in moving])
    refused = [rule for rule in moving if rule.name not in kept]
    left = f" Not applied: {listed([f'{rule.name} ({rule.evidence.verdict})' for rule in refused])}." if refused else ""
    return (
        f"Keys written the same would raise the hit ratio by {_points(strategy.together)} percentage points from {bracketed(strategy.before, '%')}; "
        f"alone, in points: {named}.{left}"
    )


def evidence_sentence(strategy: Strategy) -> str:
    """Whether merged addresses had the same answers."""
    merged = [rule for rule in strategy.rules if rule.evidence.compared]
    if not merged:
        return "No answers were compared: no two names were merged."
    compared, agreeing = (sum(values) for values in zip(*((rule.evidence.compared, rule.evidence.agreeing) for rule in merged), strict=True))
    by = merged[0].evidence.by
    changed = max(rule.evidence.changed for rule in merged)
    told = f"In {agreeing:,} of {compared:,} comparisons a merged name had the same answer"
    if by == "size":
        return f"{told} in size; the log has no hash or ETag of answers, so that they stay the same is not proven."
    return f"{told} by its hash; under one and the same name {percent(changed)} of the answers differ from the one before."


def balance_sentence(balance: Balance) -> str:
    """How even the shards are, and what helps."""
    skew = f"On {balance.shards} masters the busiest has {balance.skew:.2f} times the mean load"
    first = balance.keys.iloc[0]
    hot = f"the busiest key, {_shown(first['key'])}, has {bracketed(balance.hottest, '%')} of the reads"
    if len(balance.too_hot):
        return f"{skew}; {hot}, more than a shard's share of {percent(1 / balance.shards)}: no resharding helps, keep it in the process or split it."
    if balance.skew > EVEN:
        return f"{skew}; {hot}: moving slots (redis-cli --cluster rebalance) helps."
    return f"{skew}, even enough; {hot}."


def length_sentence(balance: Balance) -> str:
    saved = f"would save {number(balance.length_bytes)} of the {number(balance.entry_bytes)} bytes of an entry in Redis"
    told = f"{saved}, {percent(balance.length_bytes / balance.entry_bytes)}" if balance.length_bytes > 0 else "would save nothing"
    tagged = count(balance.tagged, "key has", "keys have")
    return f"Keys have {number(balance.key_length)} bytes in the mean; a hash of 16 bytes in their place {told}. {tagged} a hash tag."


def keys_note(logged: Logged) -> str:
    counted = f"n = {len(logged.reads):,} reads in {number(logged.seconds)} s of the access log"
    said = f"{counted}; gains are in an LRU cache of the first tier's size and time to live, intervals over 20 windows of time."
    return said + (f" {logged.damage}." if logged.damage else "")


def _shown(key: str) -> str:
    return f"`{key[:60]}{'…' if len(key) > 60 else ''}`"


def _points(gain: Estimate) -> str:
    return bracketed(in_percent(gain))
