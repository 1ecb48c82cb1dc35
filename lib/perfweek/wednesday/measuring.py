"""What Wednesday measures and judges, once, and how its sections get at it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from perfweek.exhibit import Exhibit, Listing, Section, Sentence
from perfweek.target import Target
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.clustering.judgements import Judgement, judgements
from perfweek.warehouse.study import NO_HISTORY, Study
from perfweek.warehouse.study import take_study as _take_study
from perfweek.week import Week

SAMPLES = "samples"


def take_study(week: Week, target: Target, slow_ms: int, top: int) -> Study:
    """The study of the day; see `perfweek.warehouse.study`."""
    return _take_study(week, target, slow_ms, top)


def told(study: Study, section: Callable[[Material, str], Section], evidence: str) -> Section:
    """A section of what the advisers know. `evidence`: the answer that it was judged by, or SAMPLES for the tables' samples."""
    if study.material is None:
        return [Sentence(NO_HISTORY)]
    if evidence == SAMPLES:
        source = study.samples if study.material.tables else study.source
    else:
        kept = evidence.removeprefix("look-") in study.material.look.answers
        source = study.answer(evidence) if kept else study.source
    return [_fitting(one) for one in section(study.material, source)]


def judged(study: Study) -> Sequence[Judgement]:
    """The tables whose order could be judged; none without data."""
    return study.material.once(judgements) if study.material else []


def _fitting(one: Exhibit) -> Exhibit:
    """A table with the formats of those columns that it has: what could not be told has no column."""
    if not isinstance(one, Listing):
        return one
    return replace(one, formats={name: form for name, form in one.formats.items() if name in one.table})
