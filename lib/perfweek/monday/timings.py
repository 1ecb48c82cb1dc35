"""How long build and tests take."""

from perfweek.exhibit import Exhibit, Listing, Picture, Section, Sentence
from perfweek.profiling.timings import figures, sentences, tables
from perfweek.profiling.timings.read import Timings


def timings(found: Timings) -> Section:
    """Build and test commands, cold and warm apart, and the slowest tests, tasks and imports."""
    slowest, note = sentences.slowest_sentence(found), sentences.slowest_note(found)
    commands, table = tables.command_table(found), tables.slowest_table(found)
    shown: list[Exhibit] = [
        Sentence(sentences.commands_sentence(found)),
        Listing(commands, "Build and test, cold and warm", found.source, tables.COMMAND_FORMATS, sentences.commands_note(found)),
        Sentence(slowest),
    ]
    if table.empty:
        return shown
    return [
        *shown,
        Picture(figures.slowest_figure(found), slowest, note, found.source),
        Listing(table, "Slowest tests, tasks and imports", found.source, tables.SLOWEST_FORMATS),
    ]
