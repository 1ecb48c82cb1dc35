"""How long an idle warehouse should wait before it suspends: the recorded arrivals are replayed with shorter times.

Each start is billed for a minute at least, and begins with a cold cache: what that costs the next statements is not in a history.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from perfweek.warehouse.advisers.finding import Change, Finding
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.names import literal, slug, written_name
from perfweek.warehouse.sizing.runs import runs_of
from perfweek.warehouse.sizing.study import DEFAULT_SUSPEND_S, settings_of
from perfweek.warehouse.sizing.suspend import CHOICES_S, Gaps, Suspending, nearest
from perfweek.wording import count, number

NEARLY_ALL = 0.9
"""Of what the shortest time saves: a longer one that saves so much keeps the cache warm more often."""
WORTH = 0.01
"""Of the credits billed."""


@dataclass(frozen=True)
class Replayed:
    """One warehouse with `now_s` to suspend (`source` says how that is known) and with each of `choices`; `saved`: credits low, likely, high of the
    `best`; `waits_s`: what a statement waited for the warehouse to start, the median of those that did, NaN where none is recorded; `resumes`:
    whether it starts by itself now, as far as the settings tell."""

    warehouse: str
    rate: float
    now_s: float
    source: str
    now: Suspending
    choices: tuple[Suspending, ...]
    best: Suspending
    saved: tuple[float, float, float]
    waits_s: float
    resumes: bool = True

    @property
    def billed(self) -> float:
        return self.now.on_s * self.rate / 3600


def advise(material: Material) -> list[Finding]:
    """A finding a warehouse that would be billed for less."""
    return [_finding(one) for one in material.once(replayed) if one.saved[1] > WORTH * one.billed and one.best.after_s < one.now_s]


def replayed(material: Material) -> list[Replayed]:
    """A row a warehouse with a rate and at least two statements."""
    executions = material.look.answers.get("executions", pd.DataFrame())
    found = []
    for name in dict.fromkeys(run.warehouse for run in runs_of(executions)):
        own = runs_of(executions[executions["warehouse_name"].fillna("") == name])
        starts, ends = (np.concatenate([getattr(run, part) for run in own]) for part in ("starts_s", "ends_s"))
        if len(starts) > 1:
            latest = max(own, key=lambda run: float(run.starts_s[-1]))
            found.append(_replay(material, name, latest.rate, Gaps.of(starts, ends), len(own) == 1))
    return found


def _replay(material: Material, name: str, rate: float, gaps: Gaps, one_size: bool) -> Replayed:
    now_s, source = _now(material, name, rate, gaps, one_size)
    choices = tuple(gaps.billed(after) for after in CHOICES_S)
    most = gaps.saved(now_s, CHOICES_S[0])[1]
    best = next(one for one in reversed(choices) if gaps.saved(now_s, one.after_s)[1] >= NEARLY_ALL * most or one is choices[0])
    low, likely, high = (seconds * rate / 3600 for seconds in gaps.saved(now_s, best.after_s))
    known = "assumed" not in source
    executions = material.look.answers["executions"]
    started = executions[(executions["warehouse_name"] == name) & (executions["provisioning_ms"].fillna(0) > 0)]["provisioning_ms"]
    waits = float(started.median()) / 1000 if len(started) else float("nan")
    now, saved = gaps.billed(min(now_s, gaps.longest_s + 1)), (low if known else 0.0, likely, high)
    resumes = str(settings_of(material.look, name).get("auto_resume", "true")).lower() != "false"
    return Replayed(name, rate, now_s, source, now, choices, best, saved, waits, resumes)


def _now(material: Material, name: str, rate: float, gaps: Gaps, one_size: bool) -> tuple[float, str]:
    setting = settings_of(material.look, name)
    if "auto_suspend" in setting:
        found = pd.to_numeric(pd.Series([setting["auto_suspend"]]), errors="coerce").iloc[0]
        return (float(found) if found and np.isfinite(found) else float("inf")), "as SHOW WAREHOUSES says"
    metering = material.look.answers.get("metering", pd.DataFrame())
    metered = metering[metering["warehouse_name"] == name]["compute_credits"].sum() if len(metering) else 0.0
    if metered and one_size:
        return float(nearest(gaps, float(metered) * 3600 / rate)), "with which the replay comes nearest to the metered credits"
    return float(DEFAULT_SUSPEND_S), "assumed: it is the default, and neither settings nor metered credits could be read"


def _finding(one: Replayed) -> Finding:
    low, likely, high = one.saved
    more = one.best.resumed - one.now.resumed
    wait = "" if np.isnan(one.waits_s) else f", each of which makes its first statement wait {number(one.waits_s)} s (median of those recorded)"
    return Finding(
        adviser="auto-suspend",
        title=f"suspend warehouse {one.warehouse} after {one.best.after_s:g} idle seconds",
        low=likely if np.isnan(low) else low,
        likely=likely,
        high=likely if np.isnan(high) else high,
        unit="credits",
        confidence="replayed",
        evidence=f"replay of {count(one.now.resumed, 'start')} with {_after(one.now_s)} to suspend ({one.source}): {number(one.billed)} credits; "
        f"{count(more, 'more start')}{wait}" + ("; too short a history for an interval" if np.isnan(high) else ""),
        assumes="statements arrive as they did; each start is billed for a minute at least, then by the second",
        cannot_judge="the cache that is lost at each suspension; statements after the history's end; several clusters",
        change=_change(one),
    )


def _after(seconds: float) -> str:
    return f"{seconds:g} s" if np.isfinite(seconds) else "no time"


def _change(one: Replayed) -> Change:
    name = written_name(one.warehouse)
    known = "SHOW" in one.source
    resumed = "" if one.resumes else " auto_resume = false"
    back = f"set auto_suspend = {one.now_s:.0f}" if np.isfinite(one.now_s) else "set auto_suspend = null"
    return Change(
        name=f"suspend-{slug(one.warehouse)}",
        apply=(f"alter warehouse {name} set auto_suspend = {one.best.after_s:.0f} auto_resume = true",),
        verify=(f"show warehouses like {literal(one.warehouse)}", _verify(one.warehouse)),
        rollback=(f"alter warehouse {name} {back}{resumed}",),
        costs="a cold cache after each suspension, and the time to start",
        grants=(f"modify on warehouse {name}",),
        former=f"auto_suspend of {_after(one.now_s)}{'' if one.resumes else ', auto_resume off'}, {one.source}",
        warning="" if known else "the former time is not certain: note what SHOW WAREHOUSES says before the change",
    )


def _verify(warehouse: str) -> str:
    return f"""select
    to_date(start_time) as day,
    sum(credits_used_compute) as credits,
    sum(credits_used_compute) - sum(credits_attributed_compute_queries) as idle_credits
from snowflake.account_usage.warehouse_metering_history
where start_time >= dateadd('day', -7, current_timestamp())
    and warehouse_name = {literal(warehouse)}
group by to_date(start_time)"""
