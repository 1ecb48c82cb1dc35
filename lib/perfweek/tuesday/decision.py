"""What Tuesday concludes: its verdict, its key figures, its facts and what people can take away."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from perfweek.candidates import record as record_candidates
from perfweek.decisions import findings, sentences
from perfweek.decisions.diagrams.study import Diagrams
from perfweek.decisions.log import write_evidence
from perfweek.decisions.material import Missing
from perfweek.decisions.unknowns import candidates_of, unknowns
from perfweek.facts import Fact
from perfweek.stats import Estimate
from perfweek.tuesday import api as api_section
from perfweek.tuesday import diagrams as diagram_section
from perfweek.tuesday.api import Api
from perfweek.tuesday.judging import Judging
from perfweek.week import Week

T = TypeVar("T")


def verdict(judging: Judging) -> list[str]:
    """How many records the evidence supports and opposes, what is cheaper, and what to find out."""
    return sentences.verdict_sentences(judging.decisions)


def key_figures(judging: Judging, tile: Callable[[str, Estimate, str, str], T]) -> list[T]:
    """`tile` of (label, estimate, unit, source) for the figures that the verdicts rest on."""
    return findings.key_figures(judging.decisions, tile)


def facts_of(judging: Judging, api: Api) -> list[Fact]:
    """Every criterion that could be judged, and the findings on the interface."""
    return [*findings.facts_of(judging.decisions), *api_section.facts_of(api)]


def artifacts(week: Week, judging: Judging, api: Api, diagrams: Diagrams | Missing) -> list[Path]:
    """Write the week's evidence, the findings and the diagrams, and what Friday ranks; return the former."""
    record_candidates(week, "tuesday", candidates_of(unknowns(judging.decisions), len(judging.decisions)))
    evidence = write_evidence(week, judging.decisions, judging.suggestions)
    return [evidence, *api_section.artifacts(week, api), *diagram_section.artifacts(week, diagrams)]
