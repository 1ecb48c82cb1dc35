"""How much load the service takes."""

from perfweek.exhibit import Listing, Picture, Section, Sentence
from perfweek.load.capacity import figures, sentences, tables
from perfweek.load.capacity.result import Capacity


def capacity(found: Capacity) -> Section:
    """The highest rate that keeps the budget, the knee, the scaling law, and whether the load generator was the limit."""
    note = sentences.capacity_note(found)
    steps, knee, law = sentences.capacity_sentence(found), sentences.knee_sentence(found), sentences.scaling_sentence(found)
    if not found.cells:
        return [Sentence(steps)]
    return [
        Sentence(steps),
        Sentence(sentences.generator_sentence(found)),
        Sentence(knee),
        Picture(figures.load_steps(found), f"{steps} {knee}", note, found.source),
        Sentence(law),
        Picture(figures.scaling(found), law, note, found.source),
        Listing(tables.cell_table(found), "Levels of the load", found.source, tables.CELL_FORMATS),
    ]
