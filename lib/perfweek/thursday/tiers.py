"""The tiers together."""

from perfweek.caching.study import Study
from perfweek.caching.worth import figures, sentences, tables
from perfweek.caching.worth.whole import Worth
from perfweek.exhibit import Listing, Picture, Section, Sentence

NO_TIERS = "No data: target.toml plans no cache tiers."


def tiers(study: Study, worth: Worth | None) -> Section:
    """What each tier answers of what the ones before it miss, as designed and as proposed; instances, staleness, stampedes, memory."""
    if worth is None:
        return [Sentence(study.too_short or NO_TIERS)]
    source, note = study.source, sentences.note(worth)
    said, spread, edge = sentences.tiers_sentence(worth), sentences.instances_sentence(worth), sentences.edge_sentence(worth.designed)
    return [
        Sentence(said),
        Picture(figures.shares_figure(worth), said, note, source),
        Listing(tables.tier_table(worth.designed), "The tiers as designed", source, tables.SHARE_FORMATS),
        Listing(tables.tier_table(worth.proposed), "The tiers as proposed", source, tables.SHARE_FORMATS),
        Sentence(spread),
        *([Picture(figures.instances_figure(worth), spread, sentences.instances_note(worth), source)] if worth.instances else []),
        Sentence(sentences.age_sentence(worth.designed)),
        Sentence(sentences.stampede_sentence(worth.designed)),
        *([Sentence(edge)] if edge else []),
        Sentence(sentences.memory_sentence(worth)),
    ]
