"""Whether changes in several repositories belong together: what one repository would make one change."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np

from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.joint import of_interval
from perfweek.decisions.material import Change, Evidence, History, Missing
from perfweek.stats import block_quantile, block_share
from perfweek.wording import bracketed, listed

CO_CHANGE = Rule(
    record="ADR-004",
    id="co-change",
    quantity="changes with a sibling in another repository",
    unit="1",
    formula="changes of at most 30 files with a change of the same ticket, or of the same author, in another repository within 48 h, over all such",
    threshold=Threshold("at least", 0.15, 0.15, "J", "where 15 % of the changes need a sibling, one repository spares a release each"),
    role="necessary",
    instead="keep the repositories apart",
    fewest=30,
    measure="name the other repositories under decisions.siblings",
)
LAG = Rule(
    record="ADR-004",
    id="bump-lag",
    quantity="days until a sibling takes the next version",
    unit="days",
    formula="from a change to the next change of a manifest or lock file in another repository, median",
    threshold=Threshold("at least", 7, 7, "J", "a week between a change and its use is long"),
    role="supporting",
    instead="let a bot propose the new version",
    fewest=30,
    measure="name the other repositories under decisions.siblings",
)
WITHIN_S, BULK, DAY_S = 48 * 3600.0, 30, 86_400.0
_TICKET = re.compile(r"\b[A-Z][A-Z0-9]{1,9}-\d{1,6}\b|#\d{1,7}\b")
_PINS = re.compile(
    r"(^|/)(package\.json|package-lock\.json|yarn\.lock|pnpm-lock\.yaml|pyproject\.toml|uv\.lock|poetry\.lock|requirements[^/]*\.txt)$"
)


def co_change(evidence: Evidence) -> Criterion:
    """The share of changes that come with one elsewhere. Bulk moves are left out: one of them would pair with everything."""
    return criterion(CO_CHANGE, evidence.history, _co_change)


def bump_lag(evidence: Evidence) -> Criterion:
    """How long changes wait until another repository changes what it depends on."""
    return criterion(LAG, evidence.history, _bump_lag)


def tickets(change: Change) -> frozenset[str]:
    """Such as ABC-12; numbers of pull requests (#12) name nothing in another repository."""
    return frozenset(name for name in _TICKET.findall(change.subject) if not name.startswith("#"))


def _small(changes: Sequence[Change]) -> list[Change]:
    return [change for change in changes if 0 < len(change.files) <= BULK]


def _co_change(history: History) -> Observation | Missing:
    if not history.siblings:
        return Missing("no other repository is named; list them under decisions.siblings in target.toml", history.dataset.source)
    others = sorted((one for changes in history.siblings.values() for one in _small(changes)), key=lambda one: one.time)
    times = [one.time for one in others]
    own = _small(history.log)
    paired = [
        _has_sibling(change, others[bisect_left(times, change.time - WITHIN_S) : bisect_right(times, change.time + WITHIN_S)]) for change in own
    ]
    found = block_share(paired, [change.time / DAY_S for change in own])
    names = [f"`{name[:80]}`" for name in history.siblings]
    return Observation.of(of_interval(found), 1.0, "estimated", f"{bracketed(found, '%')} of the changes have a sibling in {listed(names)}")


def _has_sibling(change: Change, near: Sequence[Change]) -> bool:
    """The same ticket where both name one, else the same author."""
    mine = tickets(change)
    return any(bool(mine & tickets(other)) if mine and tickets(other) else change.author == other.author for other in near)


def _bump_lag(history: History) -> Observation | Missing:
    if not history.siblings:
        return Missing("no other repository is named; list them under decisions.siblings in target.toml", history.dataset.source)
    bumps = np.sort([one.time for changes in history.siblings.values() for one in changes if any(map(_PINS.search, one.files))])
    made = np.array([change.time for change in history.log])
    following = np.searchsorted(bumps, made)
    known = following < len(bumps)
    if not known.any():
        return Missing("no change of the other repositories touches a manifest or a lock file", history.dataset.source)
    days = (bumps[following[known]] - made[known]) / DAY_S
    found = block_quantile(days, made[known] / DAY_S, 0.5)
    return Observation.of(of_interval(found), float(known.mean()), "estimated", f"half of the changes are taken up within {bracketed(found)} days")
