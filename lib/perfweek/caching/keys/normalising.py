"""What each way of writing keys the same is worth, and whether the answers are then still right."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from perfweek.caching.engine.exact import curves_by_group
from perfweek.caching.engine.requests import Requests
from perfweek.caching.engine.ttl import Ttl
from perfweek.caching.intervals import WINDOWS
from perfweek.caching.keys.addresses import Address, Default, Rule, RuleName, defaults_in, rules_of
from perfweek.caching.logged import Logged, requests_of
from perfweek.stats import Estimate, ratio_of_windows, wilson

Verdict = Literal["safe", "changes answers", "not proven", "nothing to merge"]
FEWEST_COMPARED = 20


@dataclass(frozen=True)
class Evidence:
    """`compared`: times that a request followed one under another of the names that are merged; `agreeing`: of these, answers that were the same.
    `changed`: the share of answers that differ from the one before under the same name (content changes by itself). `by`: what was compared."""

    compared: int
    agreeing: int
    changed: float
    by: Literal["digest", "size"]

    @property
    def verdict(self) -> Verdict:
        """Safe where merged answers differ no more often than an answer differs from the one before it under its own name."""
        if not self.compared:
            return "nothing to merge"
        differing = wilson(self.compared - self.agreeing, self.compared)
        if differing.low > max(self.changed, 0.01):
            return "changes answers"
        return "safe" if self.by == "digest" and self.compared >= FEWEST_COMPARED else "not proven"


@dataclass(frozen=True)
class Normalised:
    """A rule alone: names before and after, what the hit ratio gains, and what is known of the answers."""

    name: RuleName
    title: str
    before: int
    after: int
    gain: Estimate
    evidence: Evidence


@dataclass(frozen=True)
class Strategy:
    """Every rule alone, and `together`: the gain of those that are `kept`; `defaults` are known and proven. `before`: the hit ratio
    of the addresses as they were written. `why`: why nothing can be said of parameters; '' where something can."""

    rules: tuple[Normalised, ...]
    kept: tuple[Rule, ...]
    defaults: frozenset[Default]
    together: Estimate
    before: Estimate
    why: str = ""

    @classmethod
    def unknown(cls, why: str) -> "Strategy":
        nothing = Estimate(math.nan, math.nan, math.nan, 0, "no data")
        return cls((), rules_of()[:1], frozenset(), nothing, nothing, why)


def strategy_of(logged: Logged, capacity_bytes: float, ttl_s: float) -> Strategy:
    """What each rule gains in an LRU cache of so many bytes whose entries live so long; unknown where the log does not say what was asked for."""
    asked = logged.reads[logged.reads["url"] != ""]
    if len(asked) < FEWEST_COMPARED:
        return Strategy.unknown("Cannot tell: the access log does not say what was asked for. Log path and query as the field url.")
    trial = _Trial(asked.reset_index(drop=True), capacity_bytes, ttl_s)
    defaults = frozenset(one for one in defaults_in(trial.addresses) if trial.evidence(_leaving_out(one)).verdict == "safe")
    rules = rules_of(defaults)
    found = tuple(trial.judged(rule) for rule in rules)
    kept = tuple(rule for rule, judged in zip(rules, found, strict=True) if _keep(rule, judged.evidence.verdict))
    return Strategy(found, kept, defaults, trial.gain(trial.named(kept)), trial.hits(trial.as_written))


def _keep(rule: Rule, verdict: Verdict) -> bool:
    """Rules that leave answers alone by what HTTP and its callers agree on stay unless the log speaks against them; others must be proven."""
    return verdict == "safe" or (rule.usual and verdict != "changes answers")


def _leaving_out(default: Default) -> tuple[Rule, ...]:
    order = rules_of()[-1]
    return (next(rule for rule in rules_of(frozenset({default})) if rule.name == "defaults"), order)


class _Trial:
    """A log under other names. Each distinct address is looked at once."""

    def __init__(self, frame: pd.DataFrame, capacity_bytes: float, ttl_s: float) -> None:
        self.frame = frame
        self._capacity = int(min(capacity_bytes, 1 << 60))
        self._ttl = Ttl(ttl_s)
        self._codes, urls = pd.factorize(frame["url"])
        self.addresses = [Address.of(url) for url in urls]
        self.as_written: npt.NDArray[np.int64] = self._codes.astype(np.int64)
        self._answers, self._by = _answers(frame)

    def named(self, rules: Sequence[Rule]) -> npt.NDArray[np.int64]:
        """The number of each request's name after the rules."""
        texts = []
        for address in self.addresses:
            for rule in rules:
                address = rule.apply(address)  # noqa: PLW2901  (the rules work on each other's results)
            texts.append(address.text())
        return pd.factorize(pd.Series(texts, dtype=object))[0].astype(np.int64)[self._codes]

    def judged(self, rule: Rule) -> Normalised:
        names = self.named((rule,))
        evidence = self.evidence((rule,)) if rule.name != "spelling" else self._compared(names, self.as_written)
        return Normalised(
            rule.name, rule.title, int(np.unique(self._baseline(rule)).size), int(np.unique(names).size), self.gain(names, rule), evidence
        )

    def evidence(self, rules: Sequence[Rule]) -> Evidence:
        """Of the first rule, the others being applied anyway."""
        return self._compared(self.named(rules), self.named(rules[1:]))

    def _baseline(self, rule: Rule) -> npt.NDArray[np.int64]:
        """Every rule writes addresses in one spelling; only the first is credited with that."""
        return self.as_written if rule.name == "spelling" else self.named(())

    def hits(self, names: npt.NDArray[np.int64]) -> Estimate:
        hit, reads = self._hits(names)
        return ratio_of_windows(hit, reads)

    def gain(self, names: npt.NDArray[np.int64], rule: Rule | None = None) -> Estimate:
        """Hit ratio under `names` less that of the names before, window by window."""
        before = self._baseline(rule) if rule else self.as_written
        if np.array_equal(before, names):
            return Estimate(0.0, 0.0, 0.0, len(self.frame), "the same names")
        (after, reads), (base, _) = self._hits(names), self._hits(before)
        return ratio_of_windows(after - base, reads)

    def _hits(self, names: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Hits and reads in each window of time."""
        requests: Requests = requests_of(self.frame, names)
        curves = curves_by_group(requests, WINDOWS, "bytes", self._ttl, [self._capacity])
        reads = np.array([curve.requests for curve in curves], float)
        misses = np.array([curve.miss_ratio(self._capacity) if curve.requests else 0.0 for curve in curves])
        return reads * (1 - misses) * (reads > 0), reads

    def _compared(self, merged: npt.NDArray[np.int64], before: npt.NDArray[np.int64]) -> Evidence:
        """Requests that follow each other under a merged name, by whether they had the same name before."""
        order = np.argsort(merged, kind="stable")
        name, old, answer = merged[order], before[order], self._answers[order]
        following, same, equal = name[1:] == name[:-1], old[1:] == old[:-1], answer[1:] == answer[:-1]
        known = (answer[1:] >= 0) & (answer[:-1] >= 0) & following
        across, within = known & ~same, known & same
        changed = float(1 - equal[within].mean()) if within.any() else 0.0
        return Evidence(int(across.sum()), int((across & equal).sum()), changed, self._by)


def _answers(frame: pd.DataFrame) -> tuple[npt.NDArray[np.int64], Literal["digest", "size"]]:
    """A number for each answer: equal for equal digests; where the log has none, for equal sizes. -1 for unknown."""
    if (frame["digest"] != "").mean() >= 0.5:
        codes = pd.factorize(frame["digest"])[0].astype(np.int64)
        return np.where(frame["digest"].to_numpy() == "", -1, codes), "digest"
    sizes = frame["bytes"].to_numpy(np.int64)
    return np.where(sizes > 0, sizes, -1), "size"
