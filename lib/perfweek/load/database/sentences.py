"""What the statements say, in sentences: each answers one question of the notebook, or says that there is no data."""

from collections.abc import Sequence

from perfweek.load.database.n_plus_one import Growth
from perfweek.load.database.statements import Statements
from perfweek.load.database.wording import shortened
from perfweek.stats import Estimate
from perfweek.wording import bracketed, count, listed, number, percent, value_text

NO_HISTORY = "No data: no query history was recorded with this load. Where the warehouse keeps it, Wednesday asks for it."


def statements_sentence(statements: Statements) -> str:
    """The statement that takes most time, and for how much of the time in the service all of them account."""
    if not statements.timings:
        return NO_HISTORY
    first = statements.timings[0]
    together = sum(one.share.value for one in statements.timings)
    return (
        f"`{first.route}` spends most time on `{shortened(first.text)}`: {bracketed(first.share, '%')} of all time in the service, "
        f"{number(round(first.a_request.value, 1))} times a request, p95 {bracketed(first.p95, 'ms')}. "
        f"All statements together take {percent(together)}."
    )


def statements_note(statements: Statements) -> str:
    """What the timings rest on, and what could not be joined."""
    n, requests = len(statements.joined), len(statements.requests)
    failed = sum(one.failed for one in statements.timings)
    lost = [
        f"{count(statements.unjoined, 'statement')} ran meanwhile for no request of the log" if statements.unjoined else "",
        f"{count(statements.unseen, 'request')} sent statements that the history does not know" if statements.unseen else "",
        f"{count(failed, 'statement')} failed" if failed else "",
    ]
    return (
        f"n = {count(n, 'statement')} of {count(requests, 'request')} that arrived on the plateau, joined by the request that the query tag names; "
        f"time as the service waits for it, compiling and queueing included. {listed([said for said in lost if said]) or 'None is left over'}."
    )


def growth_sentence(growths: Sequence[Growth]) -> str:
    """For every route that returns lists: does it send more statements the more items it returns?"""
    if not growths:
        return "No data: no route with lists reached the database often enough to see whether its statements grow with the items."
    return " ".join(_growth(one) for one in growths)


def _growth(one: Growth) -> str:
    as_many = ", as often as it has items" if one.fewest == one.most and abs(one.repeats.value - one.most) < 0.5 else ""
    again = f" (most often `{shortened(one.text)}`, {_plain(one.repeats)} times a request{as_many})" if one.shape else ""
    if one.fewest == one.most:
        return f"Whether `{one.route}` sends more statements for more items cannot be told: every answer had {count(one.most, 'item')}{again}."
    if one.verdict == "N+1":
        return f"`{one.route}` is an N+1: {_plain(one.slope)} more statements for each further item{again}."
    if one.verdict == "no N+1":
        return f"`{one.route}` sends {_plain(one.slope)} more statements for each further item: no N+1{again}."
    return f"Whether `{one.route}` is an N+1 cannot be told: {_plain(one.slope)} more statements for each further item{again}."


def _plain(estimate: Estimate) -> str:
    """With its interval, which what never varies does not need."""
    return value_text(estimate) if estimate.low == estimate.high else bracketed(estimate)
