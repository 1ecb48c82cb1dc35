"""How many connections does the service need?"""

from pathlib import Path

from perfweek.exhibit import Listing, Picture, Section, Sentence
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.advisers.pool import study_of
from perfweek.warehouse.sizing import figures, shown
from perfweek.warehouse.sizing.pool_files import write_pool
from perfweek.week import Week


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


def write_pool_files(week: Week, material: Material) -> list[Path]:
    """The configuration and the design note, artifacts/wednesday/pool.toml and pool.md; none where nothing is known of a pool."""
    return write_pool(week, material.once(study_of))
