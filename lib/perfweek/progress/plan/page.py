"""The plan of next week as a page, and the roadmap in which each week's plan is kept."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from perfweek.errors import EvidenceError
from perfweek.files import write_atomic
from perfweek.progress.plan.ranking import EFFORT_DAYS, Ranked
from perfweek.week import Week

COMMITMENTS = 3
BEGIN, END = "<!-- perfweek: {} -->", "<!-- end of {} -->"
PLAN_FORMATS = {"saves, likely": ".1%", "at least": ".1%", "at most": ".1%", "probability": ".0%", "before the next": ".0%"}


def plan_table(ranked: Sequence[Ranked]) -> pd.DataFrame:
    """One row a candidate, the best first."""
    rows = [
        {
            "change": one.candidate.title,
            "from": one.candidate.day,
            "saves of": one.candidate.of,
            "saves, likely": one.candidate.likely * one.bias,
            "at least": one.candidate.low * one.bias,
            "at most": one.candidate.high * one.bias,
            "probability": one.probability,
            "days": EFFORT_DAYS[one.candidate.effort][1],
            "before the next": one.beats_next,
            "success is": one.candidate.success,
            "runbook": one.candidate.runbook or "none",
        }
        for one in ranked
    ]
    return pd.DataFrame(rows)


def unknown_table(unknown: Sequence[Ranked]) -> pd.DataFrame:
    """One row a measurement that a decision waits for."""
    return pd.DataFrame([(one.candidate.title, one.candidate.success) for one in unknown[:10]], columns=["what", "how"])


def plan_sentence(ranked: Sequence[Ranked]) -> str:
    """What comes first, how sure that is, and what of it is assumed."""
    if not ranked:
        return "No data: no day of this week has proposed anything for the next."
    first = ranked[0]
    sure = "" if math.isnan(first.beats_next) else f"; it comes before the next with a probability of {100 * first.beats_next:.0f} %"
    own = sum(one.from_record for one in ranked)
    record = (
        f"{own} of {len(ranked)} estimates are corrected by what came of their adviser's earlier ones"
        if own
        else "no adviser has three scored predictions yet, so the probability of success is assumed to be the same for all, and so is the effort"
    )
    return f"First: {first.candidate.title} ({first.candidate.of}, likely {100 * first.candidate.likely * first.bias:.1f} %){sure}; {record}."


def plan_note(ranked: Sequence[Ranked]) -> str:
    """How the order was made."""
    return (
        f"n = {len(ranked)} candidates; saving times probability over person-days, drawn 20,000 times from triangular distributions, in the order of "
        "the 20 % quantile. Savings are shares of all response time, warehouse time or credits; effort by kind of work is assumed."
    )


def plan_file(week: Week) -> Path:
    """Where the week keeps its plan."""
    return week.artifacts / "friday" / "plan.md"


def write_plan(week: Week, ranked: Sequence[Ranked], unknown: Sequence[Ranked] = ()) -> Path:
    """artifacts/friday/plan.md: the commitments, each with owner and date to fill in, what to find out (`unknown`), then the other candidates."""
    lines = [f"# Plan after week {week.name}", "", _text(plan_sentence(ranked)), ""]
    for number, one in enumerate(ranked[:COMMITMENTS], start=1):
        lines += _commitment(number, one)
    others = [f"{number}. {_text(one.candidate.title)}" for number, one in enumerate(ranked[COMMITMENTS:], start=COMMITMENTS + 1)]
    if unknown:
        lines += ["## To be found out", ""]
        lines += [f"- {_text(one.candidate.title)}: {_text(one.candidate.success)}" for one in unknown[:COMMITMENTS]]
        lines.append("")
    lines += ["## Not next week", "", *(others or ["Nothing else was proposed."]), "", _text(plan_note(ranked))]
    return write_atomic(plan_file(week), "\n".join(lines) + "\n")


def _commitment(number: int, one: Ranked) -> list[str]:
    candidate, days = one.candidate, EFFORT_DAYS[one.candidate.effort][1]
    low, likely, high = (100 * bound * one.bias for bound in (candidate.low, candidate.likely, candidate.high))
    how = [f"perfweek runbook plan {candidate.runbook}" if candidate.runbook else "no runbook", candidate.artifact]
    return [
        f"## {number}. {_text(candidate.title)}",
        "",
        f"- owner: ____________, until: ____________ (about {days:g} days, assumed for work of this kind: {candidate.effort})",
        f"- saves {likely:.1f} % of {candidate.of} ({low:.1f} to {high:.1f} %), probability {100 * one.probability:.0f} %"
        + ("" if one.from_record else ", assumed"),
        f"- success: {_text(candidate.success)}",
        f"- how: {_text(', '.join(filter(None, how)))}",
        f"- evidence: {_text(candidate.source)}",
        "",
    ]


def update_roadmap(path: Path, week: Week, ranked: Sequence[Ranked]) -> Path:
    """Put the week's commitments into the roadmap, at its end or in place of the same week's; what people wrote stays.

    Raises EvidenceError where a week's part has a beginning and no end.
    """
    text = (
        path.read_text(encoding="utf-8") if path.is_file() else "# Roadmap\n\nEach week's plan is put in below; write between them what you like.\n"
    )
    begin, end = BEGIN.format(week.name), END.format(week.name)
    if (begin in text) != (end in text):
        raise EvidenceError(f"the part of week {week.name} has a beginning and no end", str(path), f"Put the line {end} behind it.")
    rows = [f"- [ ] {_text(one.candidate.title)} (success: {_text(one.candidate.success)})" for one in ranked[:COMMITMENTS]]
    part = "\n".join([begin, f"## After week {week.name}", "", *(rows or ["Nothing was proposed."]), end])
    if begin in text:
        before, _, rest = text.partition(begin)
        old, _, after = rest.partition(end)
        return write_atomic(path, before + _with_ticks(part, old) + after)
    return write_atomic(path, f"{text.rstrip()}\n\n{part}\n")


def _with_ticks(part: str, old: str) -> str:
    """What people ticked stays ticked."""
    ticked = {line.removeprefix("- [x] ") for line in old.splitlines() if line.startswith("- [x] ")}
    return "\n".join(re.sub(r"^- \[ \] ", "- [x] ", line) if line.removeprefix("- [ ] ") in ticked else line for line in part.splitlines())


def _text(text: str) -> str:
    """Text from outside as one line of Markdown that holds no HTML."""
    return " ".join(text.split()).replace("<", "&lt;")
