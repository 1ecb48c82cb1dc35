"""How does the warehouse do by Snowflake's own controls?"""

from perfweek.exhibit import Listing, Section, Sentence
from perfweek.warehouse import tables
from perfweek.warehouse.scorecard import Score
from perfweek.warehouse.study import NO_HISTORY, Study
from perfweek.wording import bracketed, count, listed

NOTE = "Ratios of sums over all hours, with t intervals over hours. Thresholds: Snowflake's well-architected controls."


def scorecard(study: Study) -> Section:
    """Each control with value, interval, thresholds and rating."""
    if study.material is None:
        return [Sentence(NO_HISTORY)]
    scores = study.material.look.scores
    return [
        Sentence(scorecard_sentence(scores)),
        Listing(tables.score_table(scores), "Scorecard", study.answer("look-load_by_hour"), note=NOTE),
    ]


def scorecard_sentence(scores: list[Score]) -> str:
    """How many controls are good, which are poor, and of which there is no data."""
    known = [score for score in scores if score.value.n]
    good = [score for score in known if score.rating == "good"]
    poor = [f"{score.control.name} {bracketed(score.value, '%')}" for score in known if "poor" in score.rating]
    missing = [score.control.name for score in scores if not score.value.n]
    parts = [f"{len(good)} of {count(len(known), 'control')} with data are good"]
    parts.append(f"poor, or perhaps poor: {listed(poor)}" if poor else "none is poor")
    if missing:
        parts.append(f"no data on {listed(missing)}")
    return "; ".join(parts) + "."
