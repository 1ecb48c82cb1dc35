"""The loop closed without a person: for a target that allows it, as the bundled sample does, the week's own recommendations are made before
Friday measures, so that a newcomer sees a prediction meet its measurement.

The warehouse changes go through the runbook, plan, token, apply and verify, on a copy of the embedded database; the service's settings are written
from what Monday and Thursday found. Nothing of that touches the version as found, which Friday starts again beside the changed one.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from perfweek import candidates, evidence
from perfweek.errors import PerfweekError, TargetError
from perfweek.evidence import Measurement
from perfweek.files import atomic_path, sha256, write_atomic
from perfweek.runbook.apply import apply
from perfweek.runbook.approval import make_plan
from perfweek.runbook.audit import Audit
from perfweek.runbook.catalogue import find_runbook
from perfweek.target import Target
from perfweek.warehouse.plan import FOLDER
from perfweek.week import Week

NAME, RESULT = "recommendations", "applied.json"
WAREHOUSE = "warehouse-change"
_SCRIPT = ".apply_embedded.sql"
EVERYTHING = ["item", "list", "daily", "search"]
"""The kinds of answers that the sample may cache."""
_REPEATED = "a statement for each item"


@dataclass(frozen=True)
class Applied:
    """One recommendation: `what` was asked for, `state` (applied, left alone, rolled back, not made), and `why`."""

    what: str
    state: str
    why: str


def close_loop(week: Week, target: Target) -> Measurement | None:
    """Make the week's recommendations where the target has a [loop], and keep what became of them as the evidence set 'recommendations'; None
    otherwise. What was made of the same recommendations, and is still there, is left alone. Raises TargetError where its database is not there."""
    if not target.loop.database:
        return None
    inputs = {"recommended": _recommended(week), "planned": [tier.model_dump(mode="json") for tier in target.cache.tiers]}
    known = evidence.find(week, NAME)
    there = all(target.resolve(path).is_file() for path in (target.loop.database, target.loop.settings))
    if known and there and {**known.inputs, "made": ""} == {**inputs, "made": ""}:
        return evidence.read(week, NAME)
    return evidence.collect(week, NAME, {**inputs, "made": datetime.now(UTC).isoformat()}, lambda folder: _make_all(week, target, folder))


def read_applied(measurement: Measurement) -> list[Applied]:
    """What became of each recommendation."""
    return [Applied(**row) for row in json.loads(measurement.path(RESULT).read_text())]


def _recommended(week: Week) -> dict[str, str]:
    """The hash of every file that says what is recommended."""
    scripts = sorted((week.artifacts / FOLDER).glob("*_embedded.sql"))
    files = [path for path in (*scripts, week.predictions / "monday.candidates.json") if path.is_file()]
    return {path.name: sha256(path) for path in files}


def _make_all(week: Week, target: Target, folder: Path) -> None:
    made = _make(week, target)
    shutil.copyfile(target.resolve(target.loop.settings), folder / "settings.toml")
    write_atomic(folder / RESULT, json.dumps([asdict(one) for one in made], indent=1) + "\n")


def _make(week: Week, target: Target) -> list[Applied]:
    copy = _fresh_copy(target)
    changed = target.model_copy(update={"warehouse": target.warehouse.model_copy(update={"database": str(copy)})})
    stems = sorted(path.name.removesuffix(_SCRIPT) for path in (week.artifacts / FOLDER).glob(f"*{_SCRIPT}"))
    made = [_through_the_runbook(week, changed, stem) for stem in stems]
    return [*made, *_write_settings(week, target, any(one.state == "applied" for one in made))]


def _fresh_copy(target: Target) -> Path:
    """The database as found, copied anew: what an earlier Friday changed is gone."""
    source, copy = target.resolve(target.warehouse.database), target.resolve(target.loop.database)
    if not source.is_file():
        raise TargetError("there is no such database to copy", str(source), "Run Monday first: perfweek run monday")
    with atomic_path(copy) as temporary:
        shutil.copyfile(source, temporary)
    return copy


def _through_the_runbook(week: Week, target: Target, stem: str) -> Applied:
    """Plan, take the token, apply; what cannot be verified is rolled back."""
    book, audit = find_runbook(WAREHOUSE), Audit(target)
    try:
        context = book.context(target, {"week": week.name, "finding": stem})
        plan = make_plan(book, context, audit)
        if not plan.token:
            seen = next((one.answer.what for one in plan.observed.seen if one.step.id == "change"), "nothing to do")
            return Applied(stem, "left alone", seen)
        outcome = apply(book, context, audit, plan.token, wait_s=60)
        if outcome.end == "failed" and outcome.offer and outcome.offer.token:
            back = apply(book, context, audit, outcome.offer.token, "back", wait_s=60)
            return Applied(stem, back.end, outcome.done[-1].answer.what)
        return Applied(stem, "applied" if outcome.end == "complete" else outcome.end, _said(outcome.done))
    except PerfweekError as error:
        return Applied(stem, "not made", error.what)


def _said(done: Sequence[object]) -> str:
    answers = {one.step.id: one.answer.what for one in done}  # type: ignore[attr-defined]
    return answers.get("change", "")


def _write_settings(week: Week, target: Target, laid_out: bool) -> list[Applied]:
    """The changed service's settings as TOML: the changed layout, batches where Monday saw a statement for each item, caches as Thursday planned."""
    titles = [one.title for one in candidates.read(week, ["monday"])]
    batched = any(_REPEATED in title for title in titles)
    tiers = {tier.name.lower(): tier for tier in target.cache.tiers}
    process = next((tier for name, tier in tiers.items() if "process" in name), None)
    lines = [
        "# Written on Friday from what the week recommends.",
        f'layout = "{"recommended" if laid_out else "as_found"}"',
        f"batch_lists = {str(batched).lower()}",
        "attributes_in_lists = true",
        f"cached = {json.dumps(EVERYTHING if process else EVERYTHING[:1])}",
        *(["[l1]", f"size_mb = {min(process.size_mb, 1000):g}", f"ttl_s = {process.ttl_s:g}"] if process else []),
        "[l2]",
        'redis_url = "none"',
    ]
    write_atomic(target.resolve(target.loop.settings), "\n".join(lines) + "\n")
    found = [Applied("pages of a listing in one statement", "applied" if batched else "left alone", "Monday's bottlenecks")]
    if process:
        found.append(
            Applied(f"{process.name} cache of {process.size_mb:g} MB for {process.ttl_s:g} s", "applied", "the planned tier that Thursday judged")
        )
    return found
