"""What holds the service back: the day's one list."""

from perfweek.bottlenecks import figures, sentences, tables
from perfweek.bottlenecks.study import Study
from perfweek.exhibit import Listing, Picture, Section, Sentence
from perfweek.load.traps import Observed, traps_sentence


def bottlenecks(study: Study, seen: Observed) -> Section:
    """The ranked list, the traps that were looked for, and how the 95th percentile of each endpoint divides."""
    parts = sentences.parts_sentence(study)
    return [
        Sentence(sentences.bottleneck_sentence(study.findings)),
        Listing(tables.bottleneck_table(study.findings), "Bottlenecks", study.source, tables.BOTTLENECK_FORMATS, sentences.bottlenecks_note(study)),
        Sentence(traps_sentence(seen)),
        Sentence(parts),
        Picture(figures.parts_figure(study), parts, sentences.parts_note(study), study.source),
        Listing(tables.part_table(study.divisions), "Parts of the 95th percentile", study.source, tables.PART_FORMATS),
    ]
