"""Did it work: both versions compared."""

from perfweek.exhibit import Listing, Picture, Section, Sentence
from perfweek.progress import figures, sentences, tables
from perfweek.progress.result import Progress


def comparable(progress: Progress) -> Section:
    """Whether both runs asked the same of the service, and how often each version was run."""
    return [
        Sentence(sentences.environment_sentence(progress)),
        Sentence(sentences.sides_sentence(progress.sides)),
        Listing(tables.environment_table(progress.differences), "What the runs asked of the service", progress.source),
    ]


def verdicts(progress: Progress) -> Section:
    """The verdict by endpoint and quantity, beside what the comparison says of a version compared with itself."""
    found = progress.comparisons
    said = sentences.verdict_sentence(found, progress.refused)
    note = sentences.method_note(found, progress.smallest_effect)
    return [
        Sentence(said),
        Sentence(sentences.control_sentence(progress.control)),
        Picture(figures.ratio_figure(found), said, note, progress.source),
        Sentence(sentences.detectable_sentence(found)),
        Listing(tables.verdict_table(found), "After against before", progress.source, tables.VERDICT_FORMATS),
    ]


def shift(progress: Progress) -> Section:
    """Which requests moved: the body of the distribution, or its tail."""
    said = sentences.change_sentence(progress.comparisons, progress.refused)
    picture = Picture(figures.shift_figure(progress.shifts), said, sentences.shift_note(progress.comparisons), progress.source)
    return [Sentence(said), picture]
