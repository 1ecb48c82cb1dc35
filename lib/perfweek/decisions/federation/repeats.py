"""ADR-005, GraphQL federation: would it meet statements that grow with the page (N+1)?

Federation does not cure an N+1, it moves it into the resolver of `_entities` (Apollo technote TN0019): as long as the
statements grow with the rows returned, a batch for them is the first and cheaper step, with or without GraphQL.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from perfweek.blocks import Blocks
from perfweek.decisions import joint
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Requests, Statements
from perfweek.wording import bracketed

_THRESHOLD = Threshold("at most", 0.8, 0.8, "P", "from 0.8 it is an N+1, which federation moves and does not cure")
_INSTEAD = "read what belongs to the items of a page with one batched statement"
REPEATS = Rule(
    record="ADR-005",
    id="repeats-per-item",
    quantity="repeats of one statement for each further item",
    unit="per item",
    formula="how often a list request sends its most frequent statement again, over its items less one; the route with most; query history",
    threshold=_THRESHOLD,
    role="veto",
    instead=_INSTEAD,
    fewest=30,
    measure="log statements and items of every request, and record the query history with request_id in its tag",
)
SLOPE = Rule(
    record="ADR-005",
    id="statements-per-item",
    quantity="statements for each further item of a list",
    unit="per item",
    formula="least-squares slope of statements a request on items returned, the steepest route; requests that reached the warehouse",
    threshold=_THRESHOLD,
    role="veto",
    instead=_INSTEAD,
    fewest=30,
    waived_by=("repeats-per-item",),
    measure="log statements and items of every request, and record the query history with request_id in its tag",
)


def repeats_per_item(evidence: Evidence) -> Criterion:
    """How often a list request repeats a statement for each further item. Tells an N+1 from many fixed statements, even where
    every page has the same size."""
    return criterion(REPEATS, evidence.statements, _repeats)


def statements_per_item(evidence: Evidence) -> Criterion:
    """How many more statements a list request sends for each further item; needs pages of different sizes."""
    return criterion(SLOPE, evidence.requests, _slope)


def _repeats(statements: Statements) -> Observation | Missing:
    lists = statements.frame[statements.frame["items"] > 1]
    blocks = Blocks.of(statements.frame["time"])
    found = _by_route(
        lists, lambda rows: joint.of_sums(blocks, rows["time"], rows[["repeats", "items"]] - 1, lambda sums: sums[..., 0] / sums[..., 1])
    )
    if not found:
        return Missing(f"fewer than {REPEATS.fewest} requests of a route returned more than one item from the warehouse")
    most = max(found, key=lambda route: found[route].estimate.value)
    finding = f"`{most}` repeats a statement {bracketed(found[most].estimate)} times for each further item"
    return Observation.of(found[most], statements.found, "measured", finding)


def _slope(requests: Requests) -> Observation | Missing:
    reads = requests.reads
    reached = reads[reads["queries"] > 0]
    lists = reached[reached["route"].isin(reached.loc[reached["items"] > 1, "route"])]
    if lists.empty:
        return Missing("no request that reached the warehouse returned more than one item")
    slopes = _by_route(lists, lambda rows: joint.slope(requests.blocks, rows["time"], rows["items"], rows["queries"]))
    found = {route: estimate for route, estimate in slopes.items() if not np.isnan(estimate.estimate.value)}
    if not found:
        return Missing("every list returned the same number of items: the slope cannot be told")
    steepest = max(found, key=lambda route: found[route].estimate.value)
    covered = float(lists["route"].isin(found).mean()) * requests.kept
    return Observation.of(
        found[steepest], covered, "measured", f"`{steepest}` sends {bracketed(found[steepest].estimate)} more statements for each further item"
    )


def _by_route(lists: pd.DataFrame, estimate: Callable[[pd.DataFrame], joint.Drawn]) -> dict[str, joint.Drawn]:
    """The estimate of every route with enough requests."""
    return {str(route): estimate(rows) for route, rows in lists.groupby("route") if len(rows) >= SLOPE.fewest}
