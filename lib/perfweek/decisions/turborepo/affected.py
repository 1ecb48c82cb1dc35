"""ADR-004, monorepo with Turborepo: does a change leave most packages alone, and is there JavaScript to build?

Running only what a change affects saves nothing where one shared package drags the others along. The last merges are
replayed over the packages as they are now. Packages weigh what their tasks take where a run summary of Turborepo says so, else all the same.
"""

import math

import numpy as np

from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.joint import exact, of_interval
from perfweek.decisions.material import Builds, Evidence, History, InputGrade, Missing
from perfweek.resampling import Floats
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
    measure="give a checkout with its whole history and its manifests under repository.path",
)
P90 = Rule(
    record="ADR-004",
    id="affected-p90",
    quantity="packages affected by nine changes in ten",
    unit="1",
    formula="as the median, 90th percentile",
    threshold=Threshold("at most", 0.6, math.inf, "J", "nine changes in ten should leave 40 % of the packages alone"),
    role="necessary",
    instead=_INSTEAD,
    fewest=29,
    measure="give a checkout with its whole history and its manifests under repository.path",
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
    measure="keep a manifest (package.json, pyproject.toml) in every package",
)
BLOCK = 5


def affected_median(evidence: Evidence) -> Criterion:
    """The share of packages that the median change affects."""
    return criterion(MEDIAN, evidence.history, lambda history: _affected(history, evidence.builds, 0.5))


def affected_p90(evidence: Evidence) -> Criterion:
    """The share of packages that nine changes in ten do not exceed."""
    return criterion(P90, evidence.history, lambda history: _affected(history, evidence.builds, 0.9))


def javascript_share(evidence: Evidence) -> Criterion:
    """The share of packages that Turborepo can build: a count of all of them, so without an interval to speak of."""
    return criterion(JAVASCRIPT, evidence.history, lambda history: _javascript(history, evidence.builds))


def weights(history: History, builds: Builds | Missing) -> dict[str, float]:
    """Folder of a package -> what it weighs: seconds of its tasks in the last run that knows it; 1 each where no run knows any."""
    names = {package.name: package.folder for package in history.packages.members}
    seconds: dict[str, float] = {}
    for run in () if isinstance(builds, Missing) else builds.runs:
        for task in run.tasks:
            folder = names.get(task.name.partition("#")[0])
            if folder and task.cold_s > 0:
                seconds[f"{folder}\n{task.name}"] = task.cold_s
    if not seconds:
        return dict.fromkeys(names.values(), 1.0)
    return {folder: sum(took for key, took in seconds.items() if key.startswith(f"{folder}\n")) for folder in names.values()}


def affected_shares(history: History, builds: Builds | Missing) -> Floats:
    """The share of all packages, by weight, that each change affects, in the order of the history."""
    weight = weights(history, builds)
    whole = sum(weight.values()) or 1.0
    return np.array([sum(weight[folder] for folder in history.packages.affected(files) if folder in weight) / whole for files in history.changes])


def _affected(history: History, builds: Builds | Missing, q: float) -> Observation | Missing:
    packages = history.packages
    if not packages.members:
        return Missing("the repository has no package.json or pyproject.toml")
    ratios = affected_shares(history, builds)
    found = block_quantile(ratios, np.arange(len(ratios)), q, block_s=BLOCK)
    estimate = Estimate(found.value, found.low, found.high, found.n, f"moving-block bootstrap over the order of {history.kind}, blocks of {BLOCK}")
    grade: InputGrade = "estimated" if isinstance(builds, Missing) else "measured"
    covered = _readable(history)
    cut = "; the clone is shallow, so older changes are missing" if history.shallow else ""
    if len(packages.members) == 1:
        return Observation.of(of_interval(estimate), covered, grade, f"the repository is one package, so every change affects all of it{cut}")
    which = "half" if q == 0.5 else f"{100 * q:.0f} %"
    finding = f"{which} of the last {len(ratios)} {history.kind} affect at most {bracketed(estimate, '%')} of the packages"
    return Observation.of(of_interval(estimate), covered, grade, finding + _hub(history) + cut)


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


def _javascript(history: History, builds: Builds | Missing) -> Observation | Missing:
    members = history.packages.members
    if not members:
        return Missing("the repository has no package.json or pyproject.toml")
    weight = weights(history, builds)
    value = sum(weight[one.folder] for one in members if one.ecosystem == "npm") / (sum(weight[one.folder] for one in members) or 1.0)
    scripted = sum(package.ecosystem == "npm" for package in members)
    finding = f"{scripted} of {len(members)} packages have a package.json"
    return Observation.of(exact(value, len(members), "count of all packages"), _readable(history), "estimated", finding)


def _readable(history: History) -> float:
    packages = history.packages
    return len(packages.members) / (len(packages.members) + len(packages.unreadable))
