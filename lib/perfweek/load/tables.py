"""Monday's tables about load."""

import pandas as pd

from perfweek.load.baseline import Baseline
from perfweek.load.queries import Queries
from perfweek.wording import interval_text

LATENCY_FORMATS = {"failed %": ".2f"}
BOTTLENECK_FORMATS = {"share of response time %": ".1f", "requests/s": ".1f"}
INSIDE_FORMATS = {"database %": ".0f", "statements a request": ".1f", "from cache %": ".0f"}
QUERY_FORMATS = {"MB scanned": ".2f", "partitions scanned %": ".0f"}


def latency_table(baseline: Baseline) -> pd.DataFrame:
    """One row an endpoint: n, quantiles in ms, the interval of the 95th percentile, failures and the verdict."""
    return pd.DataFrame(
        [
            {
                "endpoint": latency.endpoint,
                "n": latency.n,
                "p50 ms": latency.p50.value,
                "p95 ms": latency.p95.value,
                "95 % interval": interval_text(latency.p95),
                "p99 ms": latency.p99.value,
                "failed %": 100 * latency.errors.value,
                "budget": baseline.verdict(latency),
            }
            for latency in baseline.endpoints
        ]
    )


def bottleneck_table(baseline: Baseline) -> pd.DataFrame:
    """The endpoints ranked by what they take of all response time (requests times mean)."""
    return pd.DataFrame(
        [
            {
                "rank": rank,
                "endpoint": latency.endpoint,
                "share of response time %": 100 * latency.time_share,
                "mean ms": latency.mean_ms,
                "p95 ms": latency.p95.value,
                "requests/s": latency.rate.value,
                "budget": baseline.verdict(latency),
            }
            for rank, latency in enumerate(baseline.endpoints, start=1)
        ]
    )


def inside_table(table: pd.DataFrame) -> pd.DataFrame:
    """`inside.inside_by_endpoint` with units in the headings."""
    return pd.DataFrame(
        {
            "endpoint": table["endpoint"],
            "requests": table["requests"],
            "ms in the service": table["service_ms"],
            "ms in the database": table["database_ms"],
            "database %": 100 * table["database_share"],
            "statements a request": table["queries"],
            "from cache %": 100 * table["from_cache"],
        }
    )


def queries_table(queries: Queries) -> pd.DataFrame:
    """One row an endpoint: execution times of its statements with intervals, and what one of them scans."""
    return pd.DataFrame(
        [
            {
                "endpoint": one.endpoint,
                "statements": one.p50.n,
                "p50 ms": one.p50.value,
                "p95 ms": one.p95.value,
                "95 % interval": interval_text(one.p95),
                "MB scanned": one.bytes_scanned.value / 1e6,
                "partitions scanned %": 100 * one.partitions_scanned_share.value,
            }
            for one in queries.timings
        ]
    )
