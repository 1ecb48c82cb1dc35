"""What is next: series over the weeks, the ranked plan, and the papers of the review."""

from collections.abc import Sequence
from pathlib import Path

from perfweek.exhibit import Listing, Picture, Section, Sentence
from perfweek.predictions import Prediction
from perfweek.progress import figures, sentences
from perfweek.progress.papers import checklists
from perfweek.progress.papers.review import Outcome, write_papers
from perfweek.progress.papers.so_far import SoFar
from perfweek.progress.papers.standup import write_standup
from perfweek.progress.plan.page import PLAN_FORMATS, plan_file, plan_note, plan_sentence, plan_table, unknown_table, update_roadmap, write_plan
from perfweek.progress.result import Progress
from perfweek.progress.trends import trends_of
from perfweek.target import Target
from perfweek.week import Week
from perfweek.wording import interval_text, value_text


def over_weeks(week: Week, target: Target, progress: Progress) -> Section:
    """Every series that two weeks or more have, with new levels; the first week says that it is the first."""
    found = trends_of([*week.earlier(), week])
    said = sentences.trend_sentence(found)
    if not found:
        return [Sentence(said)]
    picture = Picture(figures.trend_figure(found, target.service.latency_budget_p95_ms), said, sentences.trend_note(found), progress.source)
    return [Sentence(said), picture]


def plan(week: Week, target: Target, progress: Progress) -> Section:
    """The candidates of all days in order, and how sure that order is; written down as the week's plan and into the roadmap."""
    so_far = SoFar(week, target)
    write_plan(week, so_far.work, so_far.open_measurements)
    update_roadmap(target.weeks / "roadmap.md", week, so_far.work)
    return [
        Sentence(plan_sentence(so_far.work)),
        Sentence(sentences.next_sentence(progress.comparisons, progress.budget_ms, progress.refused)),
        Listing(plan_table(so_far.work), "Candidates for next week, in order", progress.source, PLAN_FORMATS, plan_note(so_far.work)),
        Listing(unknown_table(so_far.open_measurements), "To be found out, because a decision waits for it", progress.source),
    ]


def deliverables(week: Week, target: Target, progress: Progress) -> Section:
    """The boxes of the first week, checked against files and facts; what only people can tick stays open."""
    so_far = SoFar(week, target)
    found = checklists.answers((*checklists.DELIVERABLES, *checklists.SUCCESS), so_far)
    return [
        Sentence(sentences.checklist_sentence(found)),
        Listing(checklists.as_table(found), "Deliverables and success criteria", progress.source),
    ]


def papers(week: Week, target: Target, progress: Progress, scored: Sequence[Prediction]) -> list[Path]:
    """Write the manager's page, the review's paper and slides, stand-up and checklists; return them behind the plan."""
    so_far = SoFar(week, target)
    tile = progress.p95
    shown = [("95th percentile of all requests", value_text(tile), interval_text(tile), "ms")]
    outcome = Outcome(sentences.decision(progress, scored), progress.comparisons, shown)
    return [plan_file(week), *write_papers(so_far, outcome), write_standup(so_far), checklists.write_lists(so_far)]
