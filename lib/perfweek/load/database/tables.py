"""Tables of the statements that the load caused."""

from collections.abc import Sequence

import pandas as pd

from perfweek.load.database.n_plus_one import Growth
from perfweek.load.database.statements import Statements
from perfweek.load.database.wording import shortened
from perfweek.wording import interval_text

STATEMENT_FORMATS = {"a request": ".1f", "share of service time %": ".1f", "partitions scanned %": ".0f", "MB scanned": ".2f"}
GROWTH_FORMATS: dict[str, str] = {}


def statement_table(statements: Statements) -> pd.DataFrame:
    """One row a shape of statement and route, the one with most time first."""
    return pd.DataFrame(
        [
            {
                "endpoint": one.route,
                "statement": shortened(one.text),
                "n": one.count,
                "a request": one.a_request.value,
                "p50 ms": one.p50.value,
                "p95 ms": one.p95.value,
                "95 % interval": interval_text(one.p95),
                "p99 ms": one.p99.value,
                "share of service time %": 100 * one.share.value,
                "partitions scanned %": 100 * one.scanned.value,
                "MB scanned": one.bytes_scanned.value / 1e6,
            }
            for one in statements.timings
        ]
    )


def growth_table(growths: Sequence[Growth]) -> pd.DataFrame:
    """One row a route that returns lists: statements for each further item, and the statement that it repeats."""
    return pd.DataFrame(
        [
            {
                "endpoint": one.route,
                "n": one.requests,
                "items": f"{one.fewest} to {one.most}",
                "statements for each further item": one.slope.value,
                "95 % interval": interval_text(one.slope),
                "verdict": one.verdict,
                "repeated statement": shortened(one.text),
                "times a request": one.repeats.value,
            }
            for one in growths
        ]
    )
