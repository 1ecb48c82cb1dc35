"""How many connections does the service need?"""

from perfweek.exhibit import Listing, Picture, Section, Sentence
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.advisers.pool import study_of
from perfweek.warehouse.sizing import figures, shown


def pool(material: Material, source: str) -> Section:
    """This many, and this much wait; `source`: the evidence file of the executions, relative to the week."""
    study = material.once(study_of)
    said = shown.pool_sentence(study)
    if study is None:
        return [Sentence(said)]
    return [
        Sentence(said),
        Sentence(shown.coupled_sentence(study)),
        Picture(figures.pool_figure(study), said, shown.pool_note(study), source),
        Listing(shown.pool_table(study), "Sizes of the pool", source, shown.POOL_FORMATS),
    ]
