"""Whether there are teams that block each other: the only reason to federate rather than to serve one graph."""

from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion, stated
from perfweek.decisions.joint import exact
from perfweek.decisions.material import Evidence, History, Missing
from perfweek.wording import count

TEAMS = Rule(
    record="ADR-005",
    id="teams",
    quantity="teams that ship parts of the API",
    unit="teams",
    formula="as stated, else distinct owners of the form @organisation/team in CODEOWNERS",
    threshold=Threshold("at least", 3, 3, "P", "one or two teams share one graph"),
    role="necessary",
    instead="one GraphQL server, or a backend for the front end",
    fewest=1,
    measure="set decisions.teams, or keep a CODEOWNERS file with teams",
)
BLOCKED = Rule(
    record="ADR-005",
    id="blocked-changes",
    quantity="schema changes that wait for another team",
    unit="a month",
    formula="as stated in target.toml; pull requests on the schema that another team's review or release held up",
    threshold=Threshold("at least", 1, 1, "P", "without blocked changes federation has nothing to unblock"),
    role="necessary",
    instead=TEAMS.instead,
    fewest=1,
    measure="count last month's blocked changes and set decisions.blocked_a_month",
)


def teams(evidence: Evidence) -> Criterion:
    """As stated, else estimated from the owners of the code."""
    if evidence.known.teams >= 0:
        return stated(
            TEAMS, evidence.known.teams, evidence.any_dataset, f"{count(int(evidence.known.teams), 'team ships', 'teams ship')} the API", "teams"
        )
    return criterion(TEAMS, evidence.history, _owners)


def blocked(evidence: Evidence) -> Criterion:
    """As stated."""
    known = evidence.known.blocked_a_month
    return stated(BLOCKED, known, evidence.any_dataset, f"{known:g} schema changes a month wait for another team", "blocked_a_month")


def _owners(history: History) -> Observation | Missing:
    if not history.owners:
        return Missing("CODEOWNERS names no team; set decisions.teams in target.toml")
    number = len(history.owners)
    return Observation.of(exact(float(number), number, "teams in CODEOWNERS"), 1.0, "estimated", f"CODEOWNERS names {count(number, 'team')}")
