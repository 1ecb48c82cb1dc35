"""Letting the result cache answer what is asked again: how much it could, how much more with one spelling, and what prevents the rest."""

from dataclasses import dataclass, replace

import pandas as pd

from perfweek.predictions import Prediction
from perfweek.warehouse.advisers.finding import Change, Finding
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.effects import CACHED, cached_share
from perfweek.warehouse.reuse.replay import Replay
from perfweek.warehouse.reuse.spelling import STAGES, differing, replays, stage_keys
from perfweek.wording import count, number

CHANGE = Change(
    name="result-cache",
    apply=("alter session set use_cached_result = true",),
    verify=(
        "show parameters like 'USE_CACHED_RESULT' in session",
        """select
    count_if(warehouse_size is null and bytes_scanned = 0) as answered_without_warehouse,
    count(*) as selects
from snowflake.account_usage.query_history
where start_time >= dateadd('day', -1, current_timestamp())
    and query_type = 'SELECT'""",
    ),
    rollback=("alter session unset use_cached_result",),
    session=("alter session set use_cached_result = true",),
    costs="nothing: results are kept for a day without a charge",
    former="as `show parameters like 'USE_CACHED_RESULT' in session` says; unset gives back what the user or the account has",
    warning="each session has its own setting: put the statement where the service opens its connections",
)


@dataclass(frozen=True)
class Reuse:
    """`stages`: a replay for each of spelling.STAGES; `spellings`: see spelling.differing."""

    stages: tuple[Replay, ...]
    spellings: pd.DataFrame

    @property
    def exact(self) -> Replay:
        return self.stages[0]

    @property
    def best(self) -> Replay:
        """With one spelling."""
        return self.stages[-1]


def reuse_of(material: Material) -> Reuse | None:
    """None where no texts were alike, or the history is too long to be replayed."""
    runs = material.look.answers.get("runs", pd.DataFrame())
    if runs.empty:
        return None
    stages = stage_keys(runs)
    return Reuse(tuple(replays(runs, int(runs["reads"].iloc[0]), stages=stages)), differing(runs, stages))


def advise(material: Material) -> list[Finding]:
    """One finding for what is asked again word for word, one for what is asked again in another spelling."""
    found = material.once(reuse_of)
    if found is None:
        return []
    return [*_exact(found, material), *_spelled(found)]


def credits_of(material: Material, saved_ms: float) -> float:
    """Credits of the statements' execution, at the average rate of all; NaN where credits cannot be told."""
    cost, rows = material.look.cost, material.look.fingerprints
    executed = float(rows["execution_ms"].sum())
    return float(cost.of_texts["credits"].sum()) * saved_ms / executed if cost.ranked and executed else float("nan")


def _exact(found: Reuse, material: Material) -> list[Finding]:
    exact = found.exact
    if not exact.repeated:
        return []
    credits_saved = credits_of(material, exact.saved_ms)
    money = "" if pd.isna(credits_saved) else f"; their execution is about {number(credits_saved)} credits, saved where the warehouse then idles"
    lost = "; lost to " + ", ".join(f"{name}: {n:,}" for name, n in list(exact.lost.items())[:3]) if exact.lost else ""
    return [
        Finding(
            adviser="result cache",
            title="answer repeated statements from the result cache",
            low=0.0,
            likely=exact.saved_ms / 1000,
            high=exact.repeated_ms / 1000,
            unit="s",
            confidence="replayed",
            evidence=f"{exact.repeated:,} of {exact.reads:,} reads ran a text that had finished before ({100 * exact.repeated_share:.1f} %); "
            f"{exact.surviving:,} of them with no write to their tables since, within 24 hours of the last use{lost}{money}",
            assumes="any write to a table ends the results that read it; an answer from the cache takes no execution time",
            cannot_judge="views over written tables, other roles and session parameters, reclustering; which of them the cache answered already",
            change=replace(CHANGE, predictions=_predictions(found, material)) if exact.surviving else None,
        )
    ]


def _predictions(found: Reuse, material: Material) -> tuple[Prediction, ...]:
    """The share of the reads that the cache answers: at least what it answers now, at most every repeated text."""
    exact = found.exact
    now = 0.0 if material.statements.empty else cached_share(material.statements).value
    if not exact.reads or pd.isna(now):
        return ()
    likely = max(now, exact.surviving / exact.reads)
    change = "answer repeated statements from the result cache"
    return (Prediction("result cache: exact texts", change, CACHED, {}, now, now, likely, max(likely, exact.repeated_share), ""),)


def _spelled(found: Reuse) -> list[Finding]:
    more = found.best.surviving - found.exact.surviving
    if more <= 0:
        return []
    stages = ", ".join(f"{stage}: {one.surviving:,}" for stage, one in zip(STAGES, found.stages, strict=True))
    return [
        Finding(
            adviser="result cache",
            title="send one spelling of each statement, so that the result cache knows it again",
            low=0.0,
            likely=(found.best.saved_ms - found.exact.saved_ms) / 1000,
            high=(found.best.repeated_ms - found.exact.repeated_ms) / 1000,
            unit="s",
            confidence="replayed",
            evidence=f"{count(more, 'read')} more could be answered; by spelling, {stages}; "
            f"{count(len(found.spellings), 'statement')} came in several spellings",
            assumes="texts that differ in white space, comments, case or the way a value is bound ask for the same",
            cannot_judge="names that a session resolves differently; texts that once carry a value and once bind it",
        )
    ]
