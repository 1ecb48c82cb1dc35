"""Misses against size and against time to live."""

from perfweek.caching import figures, sentences, tables
from perfweek.caching.study import Study
from perfweek.caching.worth.whole import Worth
from perfweek.exhibit import Listing, Picture, Section, Sentence
from perfweek.target import Cache

LIVES_S = (10.0, 60.0, 300.0, 3600.0)


def curves(study: Study, cache: Cache, worth: Worth | None) -> Section:
    """The curve with the designed sizes on it, what the service's own cache does now, and what times to live take away."""
    said, source, note = sentences.curve_sentence(study), study.source, sentences.curve_note(study)
    if study.too_short:
        return [Sentence(said)]
    lives = sorted({*LIVES_S, *(tier.ttl_s for level, tier in cache.by_level() if level in ("l1", "l2"))})
    ended = sentences.lives_sentence(study, lives)
    return [
        Sentence(said),
        Picture(figures.curve_figure(study, worth.operating if worth else ()), said, note, source),
        Listing(tables.size_table(study), "Misses by size of cache", source, tables.SIZE_FORMATS),
        Sentence(sentences.observed_sentence(study)),
        Sentence(ended),
        Picture(figures.lives_figure(study, lives), ended, f"{note} Each curve has its own time to live, counted from the fill.", source),
    ]
