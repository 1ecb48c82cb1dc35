"""What was asked for again, and how much of it there is."""

from perfweek.caching import figures, sentences, tables
from perfweek.caching.study import Study
from perfweek.exhibit import Listing, Picture, Section, Sentence


def requested(study: Study) -> Section:
    """How reads gather on keys and routes, and what was asked for that is not there."""
    said, note = sentences.requested_sentence(study), sentences.trace_note(study)
    if not study.curve.requests:
        return [Sentence(said)]
    return [
        Sentence(said),
        Picture(figures.popularity_figure(study), said, note, study.source),
        Listing(tables.route_table(study), "Reads by route", study.source, tables.ROUTE_FORMATS),
        Sentence(sentences.absent_sentence(study)),
    ]


def working_set(study: Study) -> Section:
    """How many keys there are, and whether all of them were seen."""
    said = sentences.working_set_sentence(study)
    if not study.curve.requests:
        return [Sentence(said)]
    return [Sentence(said), Picture(figures.working_set_figure(study), said, sentences.trace_note(study), study.source)]
