"""Endpoints in as many groups as a figure has colours: those with most response time by themselves, all others together."""

import pandas as pd

from perfweek.load.baseline import Baseline

MOST_ENDPOINTS = 5
OTHERS = "others"


def by_group(baseline: Baseline, requests: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """(name, its rows of `requests`) in order of response time on the plateau; groups without rows are left out."""
    names = [latency.endpoint for latency in baseline.endpoints]
    names = names if len(names) <= MOST_ENDPOINTS else [*names[: MOST_ENDPOINTS - 1], OTHERS]
    group = requests["endpoint"].astype(object).where(requests["endpoint"].isin(names), OTHERS)
    return [(name, rows) for name in names if len(rows := requests[group == name])]
