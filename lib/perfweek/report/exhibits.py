"""Presenting what a section shows."""

from collections.abc import Iterable

from perfweek.exhibit import Chart, Exhibit, FlameChange, Flames, Listing, Picture, Ranking, Sentence
from perfweek.report.figures import show, show_chart, show_differential_flamegraph, show_flamegraph
from perfweek.report.prose import say
from perfweek.report.ranking import show_ranking
from perfweek.report.tables import show_table


def present(section: Iterable[Exhibit]) -> None:
    """Display a section's sentences, figures and tables in their order; a table without rows is left out, its sentence says why.

    Raises PublishError for a figure or a table without its words.
    """
    for exhibit in section:
        match exhibit:
            case Sentence(text):
                say(text)
            case Picture(figure, alt, note, source):
                show(figure, alt=alt, note=note, source=source)
            case Flames(stacks, alt, note, source):
                show_flamegraph(stacks, alt=alt, note=note, source=source)
            case FlameChange(before, after, paths, functions, alt, note, source):
                show_differential_flamegraph(before, after, paths, functions, alt, note, source)
            case Chart() as chart:
                show_chart(chart)
            case Ranking() as ranking if ranking.entries:
                show_ranking(ranking)
            case Listing(table, caption, source, formats, note) if len(table):
                show_table(table, caption, source, formats=dict(formats), note=note)
