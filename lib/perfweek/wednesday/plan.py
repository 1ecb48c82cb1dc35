"""What is worth doing, in which order, at which cost?"""

from collections.abc import Sequence

from perfweek.exhibit import Listing, Section, Sentence
from perfweek.warehouse.advisers.unjudged import came_to
from perfweek.warehouse.plan import Planned, net_words, plan_of, ranked
from perfweek.warehouse.study import NO_HISTORY, Study
from perfweek.wednesday.entries import other_ranking, plan_ranking
from perfweek.wording import count


def planned(study: Study) -> list[Planned]:
    """The accepted findings in order of net benefit."""
    return plan_of(study.findings)


def plan(study: Study, steps: Sequence[Planned]) -> Section:
    """The plan as a table that opens to its evidence and scripts, and the findings that are not in it, with why."""
    if study.material is None:
        return [Sentence(NO_HISTORY)]
    planned_ones = {id(one.finding) for one in steps}
    others = [one for one in ranked(study.findings) if id(one) not in planned_ones]
    came = Listing(came_to(study.material, study.findings), "What each adviser came to", study.source)
    return [Sentence(plan_sentence(study, steps)), plan_ranking(study, steps), other_ranking(study, others), came]


def plan_sentence(study: Study, steps: Sequence[Planned]) -> str:
    """How many changes are worth their cost, and the first."""
    if not steps:
        return f"Of {count(len(study.findings), 'finding')} none has a change that is worth its cost, as far as the history tells."
    first = steps[0].finding
    here = sum(bool(change and change.apply) for change in (one.here(study.embedded) for one in steps))
    engine = "the embedded engine" if study.embedded else "the warehouse"
    are = "is a change" if len(steps) == 1 else "are changes"
    return (
        f"{len(steps)} of {count(len(study.findings), 'finding')} {are} worth the cost, {here} with scripts for {engine}. "
        f"The first: {first.title}; its net benefit over the time of the history is {net_words(first)}, {first.confidence}."
    )
