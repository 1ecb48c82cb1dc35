"""What the team takes along: limits for its dependencies, its checklist, and the guide with its own numbers."""

from pathlib import Path

from perfweek.decisions.material import Missing
from perfweek.decisions.measure import read_requests
from perfweek.exhibit import Listing, Section, Sentence
from perfweek.progress.onboarding.checks import checklist
from perfweek.progress.onboarding.guide import write_guide
from perfweek.progress.onboarding.limits import Assumed
from perfweek.progress.onboarding.numbers import Numbers, numbers_of
from perfweek.progress.onboarding.tables import checklist_table, endpoints_table, limits_table
from perfweek.target import Target
from perfweek.week import Week
from perfweek.wording import count


def counted(week: Week, target: Target, assumed: Assumed | None = None) -> Numbers | Missing:
    """The team's numbers from Monday's access log, or why there are none."""
    requests = read_requests(week, target)
    if isinstance(requests, Missing):
        return requests
    budget = target.service.latency_budget_p95_ms
    return numbers_of(requests.frame, target.cache.tiers, budget, assumed or Assumed(), requests.dataset.source)


def onboarding(numbers: Numbers | Missing) -> Section:
    """The numbers that a newcomer learns first, the limits of each dependency, and the checklist."""
    if isinstance(numbers, Missing):
        return [Sentence(f"There are no numbers for the guide: {numbers.reason}.")]
    points = checklist(numbers)
    states = {state: sum(point.state == state for point in points) for state in ("kept", "broken", "cannot tell", "people")}
    said = f"{states['kept']} kept, {states['broken']} broken, {states['cannot tell']} that the data cannot tell, {states['people']} for people"
    unusable = [one for one in numbers.limits if not one.usable]
    note = "Formulas and sources: runbooks/onboarding/performance-first.md. A time limit needs about 3,000 answered calls."
    note += " Cache tiers are not timed on their own."
    if unusable:
        note += f" {count(len(unusable), 'dependency has', 'dependencies have')} fewer calls."
    return [
        Sentence(f"The checklist has {count(len(points), 'point')}: {said}."),
        Listing(checklist_table(points), "Performance checklist: seen by machine, or left to people", numbers.source),
        Listing(endpoints_table(numbers), "Where our time goes", numbers.source),
        Listing(limits_table(numbers), "Limits of each dependency", numbers.source, note=note),
    ]


def artifacts(week: Week, numbers: Numbers | Missing) -> list[Path]:
    """Write the guide with the numbers and return it; nothing without numbers."""
    return [] if isinstance(numbers, Missing) else [write_guide(week, numbers)]
