"""ADR-005, GraphQL federation: would it meet statements that grow with the page (N+1)?

Federation does not cure an N+1, it moves it into the resolver of `_entities` (Apollo technote TN0019): as long as the
statements grow with the rows returned, a batch for them is the first and cheaper step, with or without GraphQL.
"""

import pandas as pd

from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.intervals import slope
from perfweek.decisions.material import Evidence, Missing, Requests
from perfweek.decisions.wording import with_interval

SLOPE = Rule(
    record="ADR-005",
    id="statements-per-item",
    quantity="statements for each further item of a list",
    unit="1/item",
    formula="least-squares slope of statements a request on items returned, the steepest route; requests that reached the warehouse",
    threshold=Threshold("at most", 0.8, 0.8, "P", "from 0.8 it is an N+1, which federation moves and does not cure"),
    role="veto",
    instead="read what belongs to the items of a page with one batched statement",
    fewest=30,
)
OPEN = (
    "how many calls a view makes, and how many of them wait for another",
    "how many teams block each other's releases",
)


def statements_per_item(evidence: Evidence) -> Criterion:
    """How many more statements a list request sends for each further item, at the route where that is most."""
    return criterion(SLOPE, evidence.requests, _observe)


def _observe(requests: Requests) -> Observation | Missing:
    reads = requests.reads
    reached = reads[reads["queries"] > 0]
    lists = reached[reached["route"].isin(reached.loc[reached["items"] > 1, "route"])]
    if lists.empty:
        return Missing("no request that reached the warehouse returned more than one item")
    found = {route: slope(rows["time"], rows["items"], rows["queries"]) for route, rows in _varied(lists)}
    if not found:
        return Missing("every list returned the same number of items: the slope cannot be told")
    steepest = max(found, key=lambda route: found[route].value)
    covered = lists["route"].isin(found).mean() * requests.kept
    return Observation(
        found[steepest], covered, "measured", f"`{steepest}` sends {with_interval(found[steepest])} more statements for each further item"
    )


def _varied(lists: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The routes with enough requests and at least two sizes of page."""
    return [(str(route), rows) for route, rows in lists.groupby("route") if len(rows) >= SLOPE.fewest and rows["items"].nunique() > 1]
