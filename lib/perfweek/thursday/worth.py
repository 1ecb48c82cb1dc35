"""What tiers are worth, what the cheapest good design is, and how it holds."""

from perfweek.caching.study import Study
from perfweek.caching.worth import figures, sentences, tables
from perfweek.caching.worth.whole import Worth
from perfweek.exhibit import Listing, Picture, Section, Sentence
from perfweek.thursday.tiers import NO_TIERS


def each(study: Study, worth: Worth | None) -> Section:
    """Each tier beside the others, each doubling, each time to live, each route."""
    if worth is None:
        return [Sentence(study.too_short or NO_TIERS)]
    source = study.source
    return [
        *[Sentence(words) for words in sentences.worth_sentences(worth)],
        Sentence(sentences.percentile_sentence(worth)),
        Listing(tables.step_table(worth.tiers), "The tiers added one after the other", source),
        Sentence(sentences.beside_sentence(worth)),
        Listing(tables.step_table(worth.beside), "Each tier added to all others", source),
        Listing(tables.step_table(worth.doublings), "Each doubling of a size", source),
        Listing(tables.life_table(worth.lives), "Longer times to live", source),
        Listing(tables.route_table(worth), "What the proposed tiers save by route", source, tables.ROUTE_FORMATS),
        Listing(tables.miss_table(worth), "What a miss takes by route", source, tables.MISS_FORMATS),
    ]


def front(study: Study, worth: Worth | None) -> Section:
    """Cost against p95, the parts of the cost, and what all of it rests on."""
    if worth is None:
        return [Sentence(study.too_short or NO_TIERS)]
    said, source = sentences.front_sentence(worth), study.source
    return [
        Sentence(said),
        Picture(figures.front_figure(worth), said, sentences.note(worth), source),
        Listing(tables.front_table(worth), "Designs that no other beats", source),
        Listing(tables.cost_table(worth), "Cost a month", source, tables.COST_FORMATS),
        Listing(tables.input_table(worth), "What this rests on", source),
    ]


def stress(study: Study, worth: Worth | None) -> Section:
    """More keys, another skew, a cold start."""
    if worth is None:
        return [Sentence(study.too_short or NO_TIERS)]
    return [
        Sentence(sentences.stress_sentence(worth)),
        Listing(tables.stress_table(worth), "The proposed design when things change", study.source),
        Sentence(sentences.cold_sentence(worth)),
    ]
