"""How entries are named."""

from perfweek.caching.keys import figures, sentences, tables
from perfweek.caching.keys.normalising import strategy_of
from perfweek.caching.keys.slots import balance_of
from perfweek.caching.keys.specification import write_specification
from perfweek.caching.logged import Logged
from perfweek.exhibit import Exhibit, Listing, Picture, Section, Sentence
from perfweek.target import Target
from perfweek.week import Week

SHARDS = 3
"""The fewest masters that a cluster is made of."""


def keys(week: Week, target: Target, logged: Logged, shards: int = SHARDS) -> Section:
    """Names by route, what writing them the same gains, how they lie in a cluster; writes the specification and its code into the artifacts."""
    if logged.too_short:
        return [Sentence(logged.too_short)]
    first = target.cache.tiers[:1]
    strategy = strategy_of(logged, 1e6 * first[0].size_mb if first else float("inf"), first[0].ttl_s if first else float("inf"))
    balance, note, source = balance_of(logged, shards), sentences.keys_note(logged), logged.source
    write_specification(week, target.service.name, logged, strategy, balance)
    said, even = sentences.strategy_sentence(strategy), sentences.balance_sentence(balance)
    moving = any(rule.after < rule.before for rule in strategy.rules)
    gains: list[Exhibit] = [Picture(figures.gain_figure(strategy), said, note, source)] if moving else []
    return [
        Sentence(said),
        *([Sentence(sentences.evidence_sentence(strategy))] if moving else []),
        *gains,
        Listing(tables.rule_table(strategy), "Ways to write keys the same, each alone", source, tables.RULE_FORMATS, note),
        Listing(tables.cardinality_table(logged), "Names by route", source, tables.CARDINALITY_FORMATS),
        Sentence(even),
        Picture(figures.balance_figure(balance), even, note, source),
        Sentence(sentences.length_sentence(balance)),
        Listing(tables.hot_table(balance), "Busiest keys", source, tables.HOT_FORMATS),
        Sentence("The specification is in artifacts/thursday/keys.md; cache_keys.py beside it makes the keys."),
    ]
