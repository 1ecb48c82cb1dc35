"""What does the history hold, which engine ran it, and which of its statements are slow?"""

import pandas as pd

from perfweek.exhibit import Listing, Picture, Section, Sentence
from perfweek.warehouse import figures, sentences, tables
from perfweek.warehouse.study import Study
from perfweek.warehouse.unread import not_granted_table


def history(study: Study) -> Section:
    """Statements, time span, engine, and which views were read."""
    if study.history is None:
        return [Sentence(sentences.history_sentence(study))]
    return [
        Sentence(sentences.history_sentence(study)),
        Sentence(sentences.native_sentence(study)),
        *_not_granted(study),
        Listing(tables.kind_table(study), "Statements by kind", study.answer("kinds"), tables.KIND_FORMATS),
    ]


def _not_granted(study: Study) -> list[Listing]:
    table = not_granted_table(study.material.look) if study.material else pd.DataFrame()
    return [Listing(table, "Views that the connection's role may not read", study.answer("look-unread"))] if len(table) else []


def slow(study: Study) -> Section:
    """The week-1 checklist's question, and whose statements take the time."""
    said = sentences.endpoint_sentence(study)
    listing = Listing(
        tables.slow_table(study).head(tables.MOST_ROWS), sentences.slow_caption(study), study.answer(tables.slow_answer(study)), tables.SLOW_FORMATS
    )
    if study.history is None:
        return [Sentence(sentences.slow_sentence(study))]
    return [
        Sentence(sentences.slow_sentence(study)),
        Sentence(sentences.checklist_sentence(study)),
        listing,
        Sentence(said),
        Picture(figures.timing_figure(study), said, sentences.endpoint_note(study), study.source),
        Listing(tables.endpoint_table(study), "Statements by endpoint", study.answer("endpoints"), tables.ENDPOINT_FORMATS),
    ]
