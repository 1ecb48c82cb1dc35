"""Curves by route, tenant and window of time: whose reads a cache answers, and whose it does not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from perfweek.caching.curve import Curve
from perfweek.caching.engine.exact import curves_by_group, exact_curve
from perfweek.caching.logged import window_of
from perfweek.caching.study import Study
from perfweek.caching.trace import Trace
from perfweek.wording import count, listed, percent

MOST = 8
"""Groups that stand alone; the others stand together."""
WINDOWS = 4
OTHERS = "all others"
NO_TENANTS = "No curve by tenant: the log has no field `tenant` (a text on each line; the service must write it)."


@dataclass(frozen=True)
class Group:
    """`curve`: misses of the group's reads against the size of the one cache that all share; `own`: of a cache of its own."""

    name: str
    curve: Curve
    own: Curve


def by_route(study: Study) -> list[Group]:
    """The routes that are read most."""
    return _groups(study.trace, study.trace.frame["route"].astype(str))


def by_tenant(study: Study) -> list[Group]:
    """The tenants that read most; nothing where the log tells none."""
    frame = study.trace.frame
    if "tenant" not in frame or frame["tenant"].eq("").all():
        return []
    return _groups(study.trace, frame["tenant"].replace("", "none told"))


def by_window(study: Study) -> list[Group]:
    """Quarters of the time: the first begins with an empty cache."""
    times = study.trace.frame["time"].to_numpy(float)
    span = study.trace.seconds / WINDOWS
    names = pd.Series([f"{place * span:,.0f} to {(place + 1) * span:,.0f} s" for place in range(WINDOWS)])
    return _groups(study.trace, names.take(window_of(times, WINDOWS)).reset_index(drop=True), in_turn=list(names))


def group_table(kind: str, groups: list[Group], sizes: Sequence[int]) -> pd.DataFrame:
    """A row a group: its reads and keys, its misses in the shared cache at each of `sizes` (objects), and in one of its own of the first size."""
    every = sum(group.curve.requests for group in groups)
    rows = []
    for group in groups:
        shared = dict(zip((_column(size) for size in sizes), group.curve.miss_ratios(sizes), strict=True))
        share = group.curve.requests / max(1, every)
        rows.append({kind: group.name, "reads": group.curve.requests, "share of reads": share, "keys": group.own.distinct} | shared)
        rows[-1] |= {_alone(sizes[0]): group.own.miss_ratio(sizes[0])}
    return pd.DataFrame(rows)


def formats(sizes: Sequence[int]) -> dict[str, str]:
    """Of group_table."""
    return {"share of reads": ".1%", _alone(sizes[0]): ".1%"} | {_column(size): ".1%" for size in sizes}


def groups_sentence(kind: str, groups: list[Group], size: int) -> str:
    """Which group a cache answers best and worst; `kind`: such as 'routes'."""
    named = [group for group in groups if group.curve.requests and group.name != OTHERS]
    if len(named) < 2:
        return f"There is one of the {kind} only: its curve is the one above."
    ordered = sorted(named, key=lambda group: group.curve.miss_ratio(size))
    best, worst = (f"{group.name} misses {percent(group.curve.miss_ratio(size))}" for group in (ordered[0], ordered[-1]))
    alone = [group.name for group in named if group.curve.miss_ratio(size) - group.own.miss_ratio(size) > 0.05]
    pushed = f" A cache of its own of that size would answer 5 points more for {listed(alone)}: others push it out." if alone else ""
    return f"By {kind}, in one cache of {count(size, 'object')} that all share: {best} of its reads, {worst}.{pushed}"


def _column(size: int) -> str:
    return f"misses with {size:,}"


def _alone(size: int) -> str:
    return f"with {size:,} of its own"


def _groups(trace: Trace, names: pd.Series, in_turn: list[str] | None = None) -> list[Group]:
    busiest = in_turn or list(names[~trace.frame["write"]].value_counts().index[:MOST])
    numbers = np.asarray(names.map({name: place for place, name in enumerate(busiest)}).fillna(len(busiest)), np.int32)
    requests, writes = replace(trace.requests, groups=numbers), trace.writes
    known = [*busiest, *([OTHERS] if (numbers[~writes] == len(busiest)).any() else [])]
    shared = curves_by_group(requests, len(busiest) + 1)
    return [Group(name, shared[place], exact_curve(requests[(numbers == place) | writes])) for place, name in enumerate(known)]
