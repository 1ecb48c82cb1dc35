"""How entries stop being true."""

import math

from perfweek.caching.invalidation import figures, sentences, tables
from perfweek.caching.invalidation.links import link
from perfweek.caching.invalidation.stampede import stampedes
from perfweek.caching.invalidation.strategies import outcomes
from perfweek.caching.logged import Logged
from perfweek.exhibit import Exhibit, Listing, Picture, Section, Sentence
from perfweek.target import Target

DEFAULT_TTL_S = 300.0


def invalidation(target: Target, logged: Logged) -> Section:
    """Strategies against each other on the log, in the shared tier as it is designed, and what happens when misses come together."""
    if logged.too_short:
        return [Sentence(logged.too_short)]
    size_mb, ttl_s = shared_tier(target)
    linked, source = link(logged), logged.source
    found, together = outcomes(linked, 1e6 * size_mb, ttl_s), stampedes(linked, ttl_s)
    said, note = sentences.choice_sentence(linked, found, ttl_s), sentences.invalidation_note(logged, linked, size_mb, ttl_s)
    compared: list[Exhibit] = [
        Picture(figures.strategy_figure(found), said, note, source),
        Listing(tables.outcome_table(linked, found), "Strategies on this log", source, tables.OUTCOME_FORMATS, note),
        Sentence(sentences.work_sentence(linked, found)),
        Sentence(sentences.rule_sentence(linked)),
    ]
    return [
        Sentence(said),
        *(compared if linked.writes else []),
        Sentence(sentences.stampede_sentence(together)),
        Sentence(sentences.expiry_sentence(together)),
        Listing(tables.stampede_table(together), "When misses come together", source, {}, note),
    ]


def shared_tier(target: Target) -> tuple[float, float]:
    """Size in MB and time to live of the tier that all instances share (l2), or of the first; without any tier unlimited and 300 s."""
    levels = dict(target.cache.by_level())
    tier = levels.get("l2") or next(iter(levels.values()), None)
    return (tier.size_mb, tier.ttl_s) if tier else (math.inf, DEFAULT_TTL_S)
