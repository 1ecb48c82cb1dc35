"""How much could be answered from the result cache?"""

from perfweek.exhibit import Listing, Picture, Section, Sentence
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.advisers.result_cache import reuse_of
from perfweek.warehouse.reuse import shown


def result_cache(material: Material, source: str) -> Section:
    """The attainable hit ratio, what one spelling adds and what writes cost; `source`: the evidence file of the runs, relative to the week."""
    found = material.once(reuse_of)
    said = shown.reuse_sentence(found)
    if found is None:
        return [Sentence(said)]
    spellings = found.spellings.head(shown.MOST_ROWS)
    texts = spellings.assign(text=[" ".join(text.split())[: shown.LONGEST] for text in spellings["text"]]).rename(
        columns={"first_stage": "one, once"}
    )
    return [
        Sentence(said),
        Sentence(shown.lost_sentence(found)),
        Picture(shown.reuse_figure(found), said, shown.reuse_note(), source),
        Listing(texts, "Statements that come in several spellings", source, shown.FORMATS),
    ]
