"""Statements that could be written better. A text is changed where it is written: the warehouse has nothing to apply."""

import math
from dataclasses import replace

from perfweek.predictions import Prediction
from perfweek.warehouse.advisers.finding import Change, Finding, Unit
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.effects import HELPED, text_label
from perfweek.warehouse.rewrites.shown import proven
from perfweek.warehouse.rewrites.study import Judged, study
from perfweek.warehouse.views.scripts import comparison
from perfweek.warehouse.views.writing import written

MOST_COMPARED = 3


def advise(material: Material) -> list[Finding]:
    """One finding for each suggestion; a saving that cannot be told counts as none, and the finding says so."""
    return [finding_of(judged) for judged in material.once(study)]


def finding_of(judged: Judged) -> Finding:
    """The finding; with a change where the new text may stand for the old one."""
    unit: Unit = "credits" if judged.unit == "credits" else "s"
    suggestion = judged.suggestion
    return Finding(
        adviser="rewrites",
        title=f"{suggestion.rule}: {suggestion.problem}",
        low=judged.low,
        likely=0.0 if math.isnan(judged.likely) else judged.likely,
        high=judged.high,
        unit=unit,
        confidence="estimated",
        evidence=f"{suggestion.advice}; {proven(judged)}",
        cannot_judge=suggestion.because if math.isnan(judged.likely) else "how the engine will run the new text",
        assumes="" if math.isnan(judged.likely) else suggestion.because,
        fingerprints=(judged.template.id,),
        change=_change(judged) if judged.equal else None,
    )


def _change(judged: Judged) -> Change:
    step = -(-len(judged.claims) // MOST_COMPARED)
    change = Change(
        name=f"rewrite-{judged.suggestion.rule.lower().replace(' ', '-').replace(chr(39), '')}-{judged.template.id[:6]}",
        apply=(),
        verify=tuple(comparison(claim) for claim in judged.claims[::step]),
        rollback=(),
        costs="a change of the program that sends the statement",
        former="the statement as it is in the history",
        rewritten=(written(judged.after),) if judged.after is not None else (),
    )
    own = replace(change, predictions=_predictions(judged))
    return replace(own, embedded=replace(own, verify=()))


def _predictions(judged: Judged) -> tuple[Prediction, ...]:
    """What the new text takes on average: none where that cannot be told."""
    if judged.after is None or math.isnan(judged.likely) or not judged.now > 0:
        return ()
    before = judged.template.execution_ms / max(1, judged.template.count)
    low, likely, high = (before * (1 - saved / judged.now) for saved in (judged.high, judged.likely, judged.low))
    labels = {"text": text_label(judged.after.sql("snowflake"))}
    what = f"{judged.suggestion.rule}: {judged.suggestion.problem}"
    return (Prediction(f"rewrites: {judged.template.id[:6]}", what, HELPED, labels, before, low, likely, high, ""),)
