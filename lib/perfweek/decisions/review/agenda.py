"""What this week's meeting is about: scores, evidence of the records, the interface, and what waits for a decision."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from perfweek.decisions.records import Record
from perfweek.decisions.review.scoreboard import Row, read_facts, scoreboard
from perfweek.predictions import Prediction
from perfweek.predictions import read as read_predictions
from perfweek.week import DAYS, Week

EVIDENCE, API = "evidence.json", "api.json"
_WEEKS = 12


@dataclass(frozen=True)
class Change:
    """A criterion or a record whose verdict is another one than in `since`; `before` is 'new' where it had none."""

    record: str
    what: str
    before: str
    now: str


@dataclass(frozen=True)
class Wanted:
    """A record that waits for people: its status, and what the evidence says."""

    id: str
    title: str
    status: str
    verdict: str


@dataclass(frozen=True)
class Agenda:
    """`before`: the week that this one is compared with, None in the first. `appeared` and `gone`: findings of the interface as (check,
    operation); `promised`: last week's predictions with their verdicts; `commitments`: what people wrote a week ago, as Markdown."""

    week: str
    before: str | None
    rows: tuple[Row, ...]
    changes: tuple[Change, ...]
    appeared: tuple[tuple[str, str], ...]
    gone: tuple[tuple[str, str], ...]
    findings: int
    wanted: tuple[Wanted, ...]
    promised: tuple[Prediction, ...]
    commitments: str


def agenda_of(week: Week, records: Sequence[Record], budget_ms: float, commitments: str = "") -> Agenda:
    """The agenda from Monday's facts and Tuesday's artifacts of this week and the earlier ones (the last twelve at most).

    The evidence of the records and the findings are read from artifacts/tuesday/, so both are written before.
    """
    earlier = week.earlier()[:_WEEKS]
    last = earlier[0] if earlier else None
    criteria = read_rows(week, EVIDENCE, "criteria")
    findings, known = read_rows(week, API, "findings"), read_rows(last, API, "findings") if last else None
    here, there = _named(findings or []), _named(known or [])
    return Agenda(
        week=week.name,
        before=last.name if last else None,
        rows=tuple(scoreboard([read_facts(one) for one in [*reversed(earlier), week]], budget_ms)),
        changes=tuple(changes(read_rows(last, EVIDENCE, "criteria") or [] if last else [], criteria or [])),
        appeared=tuple(one for one in here if one not in there) if known is not None else (),
        gone=tuple(one for one in there if one not in here) if findings is not None else (),
        findings=len(here),
        wanted=tuple(wanted(records, criteria or [])),
        promised=tuple(read_predictions(last, DAYS) if last else ()),
        commitments=commitments,
    )


def read_rows(week: Week, name: str, key: str) -> list[Mapping[str, Any]] | None:
    """The rows under `key` of one of Tuesday's artifacts; None where it was not written, or is no such file any more."""
    try:
        content = json.loads((week.artifacts / "tuesday" / name).read_text(encoding="utf-8"))
        return [row for row in content[key] if isinstance(row, dict)]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def changes(before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[Change]:
    """Records first, then criteria, whose verdict changed; nothing where there is no week before."""
    if not before:
        return []
    records = [_changes("record", ("record",), "record_verdict", before, now), _changes("quantity", ("record", "id"), "verdict", before, now)]
    return [change for group in records for change in group]


def _changes(shown: str, key: tuple[str, ...], verdict: str, before: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> list[Change]:
    known = {tuple(str(row.get(name)) for name in key): str(row.get(verdict)) for row in before}
    found = {}
    for row in now:
        place = tuple(str(row.get(name)) for name in key)
        if known.get(place, "new") != str(row.get(verdict)):
            what = "the decision" if shown == "record" else str(row.get(shown))
            found[place] = Change(str(row.get("record")), what, known.get(place, "new"), str(row.get(verdict)))
    return list(found.values())


def wanted(records: Sequence[Record], criteria: Sequence[Mapping[str, Any]]) -> list[Wanted]:
    """Records that are proposed, and accepted ones that the evidence opposes."""
    verdicts = {str(row.get("record")): str(row.get("record_verdict")) for row in criteria}
    found = [Wanted(one.id, one.title, one.status, verdicts.get(one.id, "no data")) for one in records]
    return [one for one in found if one.status.startswith("proposed") or (one.status.startswith("accepted") and one.verdict == "opposes")]


def _named(findings: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((str(row.get("check")), str(row.get("route") or "whole document")) for row in findings))
