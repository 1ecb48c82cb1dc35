"""Tables on designs: words and units in the header, and a format for each column that needs one."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from perfweek.caching.tiers.design import Design, Store
from perfweek.caching.tiers.replay import TIERS
from perfweek.caching.worth.designs import described, levels, megabytes, seconds
from perfweek.caching.worth.marginal import Step
from perfweek.caching.worth.outcome import Outcome
from perfweek.caching.worth.prices import PARTS
from perfweek.caching.worth.sentences import NAMES
from perfweek.caching.worth.whole import Worth
from perfweek.wording import bracketed

SHARE_FORMATS = {"reads answered": ".1%", "from": ".1%", "to": ".1%", "of what reaches it": ".1%"}
MISS_FORMATS = {
    "statements a miss": ".3g",
    "warehouse time a statement, ms": ",.3g",
    "warehouse time a miss, ms": ",.3g",
    "credits a million misses": ",.3g",
}
ROUTE_FORMATS = {"share of reads": ".1%", "reach the origin": ".1%", "saved a read, ms": ",.2f", "warehouse spared, s": ",.1f"}
COST_FORMATS = {"as designed": ",.2f", "as proposed": ",.2f", "without caches": ",.2f"}
MOST_ROUTES, MOST_POINTS = 20, 25


def tier_table(outcome: Outcome) -> pd.DataFrame:
    """A row a tier in the order in which a request meets them."""
    rows = []
    for level in TIERS:
        if level != "origin" and level not in levels(outcome.design):
            continue
        share = outcome.share(level)
        size, life = _extent(outcome.design, level)
        rows.append((NAMES[level], size, life, share.value, share.low, share.high, outcome.hit_ratio(level).value))
    return pd.DataFrame(rows, columns=["tier", "size", "time to live", "reads answered", "from", "to", "of what reaches it"])


def _extent(design: Design, level: str) -> tuple[str, str]:
    store: Store | None = {"l1": design.process, "l2": design.shared}.get(level)
    if store:
        return megabytes(store.capacity) + (" an instance" if level == "l1" and design.instances > 1 else ""), seconds(store.ttl_s)
    if level == "l3" and design.results:
        return "unlimited", f"{seconds(design.results.kept_s)} from the last use, {seconds(design.results.longest_s)} at most"
    return ("unlimited", seconds(design.edge.ttl_s)) if level == "l4" and design.edge else ("", "")


def step_table(steps: Sequence[Step]) -> pd.DataFrame:
    """A row a change: what it saves, with its interval; negative where it costs."""
    rows = [
        (
            step.change,
            step.verdict,
            *(bracketed(step.saved(figure)) for figure in ("dollars", "mean", "p50", "p95", "p99")),
            bracketed(step.saved("origin"), "%"),
        )
        for step in steps
    ]
    saved = ["$ saved a month", "mean saved, ms", "p50, ms", "p95, ms", "p99, ms", "origin spared"]
    return pd.DataFrame(rows, columns=["change", "verdict", *saved])


def life_table(steps: Sequence[Step]) -> pd.DataFrame:
    """A row a lengthened life: what it saves, and what it costs in age."""
    rows = [
        (
            step.change,
            bracketed(step.saved("origin"), "%"),
            bracketed(step.saved("p95")),
            seconds(step.after.design.worst_age_s),
            _stale(step.before),
            _stale(step.after),
        )
        for step in steps
    ]
    return pd.DataFrame(rows, columns=["change", "origin spared", "p95 saved, ms", "oldest answer", "stale answers before", "stale answers after"])


def _stale(outcome: Outcome) -> int:
    return int(outcome.answered.stale.sum())


def route_table(worth: Worth) -> pd.DataFrame:
    """A row a route, the one that the proposed tiers save most on first: its reads, what of them reaches the origin, what a read saves, and seconds
    of the warehouse that the log's reads would have spared."""
    proposed, bare = worth.proposed, worth.bare
    reads, routes = worth.workload.reads, worth.workload.routes
    count = len(worth.workload.route_names)
    asked = np.bincount(routes[reads], minlength=count)
    origin = reads & (proposed.tiers == TIERS.index("origin"))
    saved = np.bincount(routes[reads], (bare.ms - proposed.ms)[reads], count)
    spared = np.bincount(routes[reads & ~origin], worth.workload.warehouse_s[reads & ~origin], count)
    table = pd.DataFrame(
        {
            "route": worth.workload.route_names,
            "reads": asked,
            "share of reads": asked / max(1, asked.sum()),
            "reach the origin": np.bincount(routes[origin], minlength=count) / np.maximum(asked, 1),
            "saved a read, ms": saved / np.maximum(asked, 1),
            "warehouse spared, s": spared,
            "worth": saved,
        }
    )
    return table[table["reads"] > 0].sort_values("worth", ascending=False).drop(columns="worth").head(MOST_ROUTES).reset_index(drop=True)


def miss_table(worth: Worth) -> pd.DataFrame:
    """What a miss takes by route, the dearest first."""
    names = {
        "statements": "statements a miss",
        "statement_ms": "warehouse time a statement, ms",
        "warehouse_ms": "warehouse time a miss, ms",
        "credits": "credits a million misses",
        "source": "measured by",
    }
    table = worth.workload.misses.sort_values("warehouse_ms", ascending=False, kind="stable").head(MOST_ROUTES)
    return table.assign(credits=1e3 * table["credits"]).rename(columns=names).reset_index(drop=True)


def cost_table(worth: Worth) -> pd.DataFrame:
    """Dollars a month by part, and their sum."""
    columns = {"as designed": worth.designed.cost(), "as proposed": worth.proposed.cost(), "without caches": worth.bare.cost()}
    table = pd.DataFrame(columns).reindex(PARTS)
    table.loc["all"] = table.sum()
    return table.rename_axis("part, dollars a month").reset_index()


def front_table(worth: Worth) -> pd.DataFrame:
    """The front, the cheapest first."""
    rows = [
        (described(point.design), bracketed(point.dollars), bracketed(point.p95), bracketed(point.origin, "%"), seconds(point.design.worst_age_s))
        for point in worth.front.best[:MOST_POINTS]
    ]
    return pd.DataFrame(rows, columns=["design", "dollars a month", "p95, ms", "reach the origin", "oldest answer"])


def stress_table(worth: Worth) -> pd.DataFrame:
    """The proposed design under other circumstances."""
    rows = [
        (name, bracketed(outcome.share("origin"), "%"), bracketed(outcome.quantile(0.95)), bracketed(outcome.dollars()))
        for name, outcome in worth.stressed.items()
    ]
    return pd.DataFrame(rows, columns=["circumstances", "reach the origin", "p95, ms", "dollars a month"])


def input_table(worth: Worth) -> pd.DataFrame:
    """What all of this rests on."""
    return pd.DataFrame([(one.name, one.value, one.origin) for one in worth.workload.inputs], columns=["figure", "value", "from"])
