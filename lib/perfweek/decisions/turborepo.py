"""ADR-004, monorepo with Turborepo: does a change leave most packages alone, and is there JavaScript to build?

Running only what a change affects saves nothing where one shared package drags the others along. The last merges are
replayed over the packages as they are now; each package counts the same, as their build times are not known.
"""

import numpy as np

from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, History, Missing
from perfweek.stats import Estimate, block_quantile
from perfweek.wording import bracketed, count

_INSTEAD = "filter the pipeline's steps by path and cache their results by lock file"
MEDIAN = Rule(
    record="ADR-004",
    id="affected-median",
    quantity="packages affected by the median change",
    unit="1",
    formula="packages with a changed file and their dependants over all packages, median of the last changes",
    threshold=Threshold("at most", 0.3, 0.7, "J", "running only what is affected pays up to 30 % and does not from 70 %"),
    role="necessary",
    instead=_INSTEAD,
    fewest=25,
)
P90 = Rule(
    record="ADR-004",
    id="affected-p90",
    quantity="packages affected by nine changes in ten",
    unit="1",
    formula="as the median, 90th percentile",
    threshold=Threshold("at most", 0.6, 1.0, "J", "nine changes in ten should leave 40 % of the packages alone"),
    role="necessary",
    instead=_INSTEAD,
    fewest=29,
)
JAVASCRIPT = Rule(
    record="ADR-004",
    id="javascript-share",
    quantity="packages that Turborepo can build",
    unit="1",
    formula="packages with a package.json over all packages, in place of their share of the build time",
    threshold=Threshold("at least", 0.5, 0.5, "J", "Turborepo runs the scripts of package.json; below half of the packages it is the wrong tool"),
    role="necessary",
    instead=_INSTEAD,
    fewest=1,
)
OPEN = ("the hours a week that it would save in the pipeline",)
BLOCK = 5


def affected_median(evidence: Evidence) -> Criterion:
    """The share of packages that the median change affects."""
    return criterion(MEDIAN, evidence.history, lambda history: _affected(history, 0.5))


def affected_p90(evidence: Evidence) -> Criterion:
    """The share of packages that nine changes in ten do not exceed."""
    return criterion(P90, evidence.history, lambda history: _affected(history, 0.9))


def javascript_share(evidence: Evidence) -> Criterion:
    """The share of packages that Turborepo can build: a count of all of them, so without an interval to speak of."""
    return criterion(JAVASCRIPT, evidence.history, _javascript)


def _affected(history: History, q: float) -> Observation | Missing:
    packages = history.packages
    if not packages.members:
        return Missing("the repository has no package.json or pyproject.toml")
    ratios = [len(packages.affected(files)) / len(packages.members) for files in history.changes]
    found = block_quantile(ratios, np.arange(len(ratios)), q, block_s=BLOCK)
    estimate = Estimate(found.value, found.low, found.high, found.n, f"moving-block bootstrap over the order of {history.kind}, blocks of {BLOCK}")
    if len(packages.members) == 1:
        return Observation(estimate, _readable(history), "estimated", "the repository is one package, so every change affects all of it")
    which = "half" if q == 0.5 else f"{100 * q:.0f} %"
    finding = f"{which} of the last {len(ratios)} {history.kind} affect at most {bracketed(estimate, '%')} of the packages"
    return Observation(estimate, _readable(history), "estimated", finding + _hub(history))


def _hub(history: History) -> str:
    """The package whose changes drag most along: how often it changes times how many are rebuilt with it."""
    packages = history.packages
    dependants = packages.dependants
    owners = [{owner.folder for file in files if (owner := packages.owner(file))} for files in history.changes]
    changed = {folder: sum(folder in owner for owner in owners) for folder in dependants}
    hub = max(sorted(dependants), key=lambda folder: changed[folder] * (len(dependants[folder]) - 1))
    others = len(dependants[hub]) - 1
    if not changed[hub] * others:
        return ""
    return f"; `{hub}` is in {count(changed[hub], 'change')} and drags {count(others, 'other')} along"


def _javascript(history: History) -> Observation | Missing:
    members = history.packages.members
    if not members:
        return Missing("the repository has no package.json or pyproject.toml")
    scripted = sum(package.ecosystem == "npm" for package in members)
    value = scripted / len(members)
    estimate = Estimate(value, value, value, len(members), "count of all packages")
    return Observation(estimate, _readable(history), "estimated", f"{scripted} of {len(members)} packages have a package.json")


def _readable(history: History) -> float:
    packages = history.packages
    return len(packages.members) / (len(packages.members) + len(packages.unreadable))
