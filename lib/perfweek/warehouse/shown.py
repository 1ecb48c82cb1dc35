"""A look at a history for a person, as rich tables, and for a script, as JSON. Texts from outside lose their control characters."""

import json
import math
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from perfweek.stats import Estimate
from perfweek.warehouse.advisers.finding import Finding
from perfweek.warehouse.look import Look
from perfweek.warehouse.scorecard import Score
from perfweek.warehouse.unread import absent, empty, not_granted
from perfweek.warehouse.wording import size
from perfweek.wording import count, in_percent, interval_text, listed, number, percent

MOST_SHOWN = 20
MOST_LISTED = 200
_LONGEST = 200
_COLUMNS = (("id", 8), ("kind", 8), ("n", 9), ("credits", 7), ("run s", 8), ("scanned", 7), ("read", 7), ("text", None))


def shown(look: Look, findings: Sequence[Finding], torn: int = 0) -> Iterator[RenderableType]:
    """What was read, the scorecard, the costliest fingerprints, the findings."""
    yield from (Text(line) for line in lines(look, torn))
    yield _scorecard(look.scores)
    yield from (Text(line) for line in _reasons(look.scores))
    yield from (Text(line) for line in cost_lines(look))
    yield _top(look)
    yield Text("Findings" if findings else "Findings: none of the advisers sees anything to gain")
    for finding in findings:
        yield Text(f"  {plain(finding.title)}: {_saving(finding)}, {finding.confidence}")
        yield Text(f"    {plain(finding.evidence)}")
        if finding.cannot_judge:
            yield Text(f"    cannot judge: {plain(finding.cannot_judge)}")


def lines(look: Look, torn: int = 0) -> Iterator[str]:
    """What was read, in sentences; what casts doubt on the figures begins with a !."""
    yield f"  {plain(look.origin)}: {count(look.queries, 'statement')}, {count(len(look.fingerprints), 'fingerprint')}"
    for number_of, what in (
        (torn, "unreadable line was left out|unreadable lines were left out"),
        (
            look.unparsed,
            "statement cannot be parsed: kept, under its own fingerprint|statements cannot be parsed: kept, under their own fingerprints",
        ),
        (look.cut, "text cut at 100,000 characters|texts cut at 100,000 characters"),
        (look.several, "text holds several statements|texts hold several statements"),
        (look.left_out, "statement too cheap, or too long, to be fingerprinted|statements too cheap, or too long, to be fingerprinted"),
    ):
        if number_of:
            yield f"! {count(number_of, *what.split('|'))}"
    yield from (f"! {note}" for note in look.notes)
    if look.native:
        yield f"  from views beside QUERY_HISTORY: {', '.join(name.replace('_', ' ') for name in look.native)}"
    derived = "; tables are derived from the texts" * ("table_pruning" not in look.native)
    nothing = [*absent(look), *empty(look)]
    if nothing:
        yield f"  not there, or empty: {', '.join(nothing)}{derived}"
    yield from (f"! {plain(sentence)}" for sentence in not_granted(look))


def cost_lines(look: Look) -> Iterator[str]:
    """Whether the credits add up, and what they are."""
    cost = look.cost
    if cost.refused:
        worst = cost.broken.iloc[0]
        yield (
            f"! No ranking by credits: attributed {number(worst['attributed'])} + idle {number(worst['idle'])} is not the metered "
            f"{number(worst['metered'])} of warehouse {plain(str(worst['warehouse_name']))} from {worst['hour_start']:%Y-%m-%d %H:%M}: "
            f"{number(abs(worst['difference']))} credits differ; so do {len(cost.broken) - 1} other hours. Ranked by execution time."
        )
        return
    attributed = float(cost.ledger["attributed"].sum())
    if not cost.ranked:
        if cost.ledger.empty:
            yield "  nothing was metered: ranked by execution time; too many statements to add up the working time of warehouses"
            return
        unknown = int(cost.ledger["attributed"].isna().sum())
        yield (
            f"  nothing was metered: ranked by execution time; working time comes to about {number(attributed)} credits, idle time not known"
            + (f", {count(unknown, 'warehouse-hour')} of a size without a rate" if unknown else "")
        )
        return
    idle, metered = float(cost.ledger["idle"].sum()), float(cost.ledger["metered"].sum())
    dollars = metered * cost.prices.dollars_per_credit
    yield (
        f"  {number(metered)} credits metered = {number(attributed)} of statements + {number(idle)} idle ({percent(cost.idle_share)}), in each of "
        f"{count(len(cost.ledger), 'warehouse-hour')}; {cost.basis.value}"
    )
    yield f"  about {number(dollars, 0)} USD at {cost.prices.dollars_per_credit:g} a credit (list price of {cost.prices.as_of})"
    if cost.open_hours:
        yield f"  {count(cost.open_hours, 'warehouse-hour')} not attributed yet, left out"


def plain(text: str, longest: int = 10_000) -> str:
    """One line without what a terminal would act on, cut at `longest` characters."""
    line = " ".join("".join(" " if unicodedata.category(one)[0] == "C" else one for one in text[: 4 * longest]).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def json_of(look: Look, findings: Sequence[Finding], torn: int = 0) -> str:
    """The look as one line of JSON; null where there is no number."""
    content = {
        "queries": look.queries,
        "fingerprints": len(look.fingerprints),
        "unparsed": look.unparsed,
        "cut": look.cut,
        "several": look.several,
        "left_out": look.left_out,
        "torn": torn,
        "origin": look.origin,
        "native": list(look.native),
        "unread": dict(look.unread),
        "notes": list(look.notes),
        "cost": _cost(look),
        "scorecard": [_score(score) for score in look.scores],
        "top": [_fingerprint(look, row) for row in look.fingerprints.head(MOST_LISTED).to_dict("records")],
        "findings": [_finding(finding) for finding in findings],
    }
    return json.dumps(content, allow_nan=False, separators=(",", ":"), default=str)


def _finding(finding: Finding) -> dict[str, Any]:
    """With the statements of its change, where it has one."""
    numbers = {name: _finite(getattr(finding, name)) for name in ("low", "likely", "high", "cost", "net")}
    change = finding.change
    scripts = {name: list(getattr(change, name)) for name in ("apply", "verify", "rollback", "rewritten")} if change else None
    about = {"name": change.name, "costs": change.costs, "former": change.former, "warning": change.warning, **(scripts or {})} if change else None
    words = {name: getattr(finding, name) for name in ("adviser", "title", "unit", "confidence", "evidence", "assumes", "cannot_judge")}
    return {**words, **numbers, "fingerprints": list(finding.fingerprints), "change": about}


def _saving(finding: Finding) -> str:
    if finding.unit == "B":
        return f"saves {size(finding.likely)} ({size(finding.low)} to {size(finding.high)})"
    return f"saves {number(finding.likely)} {finding.unit} ({number(finding.low)} to {number(finding.high)})"


def _scorecard(scores: Sequence[Score]) -> Table:
    table = Table("control", "value", "95 % interval", "good", "poor", "rating", box=None, pad_edge=False)
    for score in scores:
        sign = (">", "<") if score.control.more_is_better else ("<", ">")
        limits = (f"{sign[0]} {100 * score.control.good:g} %" if score.control.good else "0 %", f"{sign[1]} {100 * score.control.poor:g} %")
        value = in_percent(score.value)
        figures = ("", "") if math.isnan(value.value) else (f"{number(value.value)} %", interval_text(value))
        table.add_row(score.control.name, *figures, *limits, score.rating)
    return table


def _reasons(scores: Sequence[Score]) -> Iterator[str]:
    """Why controls have no value, a line a reason."""
    for reason in dict.fromkeys(score.reason for score in scores if score.reason):
        yield f"  no data on {listed([score.control.name for score in scores if score.reason == reason])}: {reason}"


def _top(look: Look) -> Table:
    table = Table(box=None, pad_edge=False, expand=True)
    for name, width in _COLUMNS:
        table.add_column(name, justify="left" if name in ("id", "kind", "text") else "right", no_wrap=True, width=width, ratio=None if width else 1)
    for row in look.fingerprints.head(MOST_SHOWN).to_dict("records"):
        shape = look.shapes[row["id"]]
        table.add_row(
            row["id"][:8],
            shape.kind.lower(),
            number(row["statements"]),
            "" if look.cost.refused or pd.isna(row["credits"]) else number(row["credits"]),
            number(row["execution_ms"] / 1000),
            "" if pd.isna(row["bytes_scanned"]) else size(row["bytes_scanned"]),
            "" if not row["partitions_total"] > 0 else percent(row["partitions_scanned"] / row["partitions_total"]),
            Text(plain(shape.shown, _LONGEST)),
        )
    if len(look.fingerprints) > MOST_SHOWN:
        table.caption = f"{MOST_SHOWN} of {len(look.fingerprints):,} fingerprints, the costliest; --json has {MOST_LISTED}"
    return table


def _score(score: Score) -> dict[str, Any]:
    return {
        "control": score.control.name,
        **_estimate(score.value),
        "unit": "1",
        "good": score.control.good,
        "poor": score.control.poor,
        "more_is_better": score.control.more_is_better,
        "rating": score.rating,
        "reason": score.reason,
    }


def _estimate(value: Estimate) -> dict[str, Any]:
    return {"value": _finite(value.value), "low": _finite(value.low), "high": _finite(value.high), "n": value.n, "method": value.method}


def _fingerprint(look: Look, row: dict[Any, Any]) -> dict[str, Any]:
    shape = look.shapes[row["id"]]
    numbers = {str(name): _finite(value) for name, value in row.items() if name not in ("id", "credits")}
    parts = {"id": shape.id, "family": shape.family, "kind": shape.kind, "tables": shape.tables, "written": shape.written, "problem": shape.problem}
    return {**parts, **numbers, "credits": None if look.cost.refused else _finite(row["credits"]), "text": shape.text[:2000]}


def _cost(look: Look) -> dict[str, Any]:
    ledger = look.cost.ledger
    sums = {name: _finite(ledger[name].sum(min_count=1)) for name in ("metered", "attributed", "idle")}
    broken = [
        {name: value if isinstance(value, str) else str(value) if name == "hour_start" else _finite(value) for name, value in row.items()}
        for row in look.cost.broken.head(MOST_LISTED).to_dict("records")
    ]
    prices = {name: value if isinstance(value, str) else _finite(value) for name, value in vars(look.cost.prices).items()}
    about = {"basis": look.cost.basis.value, "ranked": look.cost.ranked, "open_hours": look.cost.open_hours, "prices": prices}
    return {**about, **sums, "cloud_billed": _finite(look.cost.cloud_billed), "broken": broken}


def _finite(value: Any) -> float | int | None:
    if value is None or value is pd.NA:  # a column in which nothing is known, such as credits that were not added up
        return None
    found = float(value)
    return None if not math.isfinite(found) else int(found) if found == int(found) and abs(found) < 2**53 else found
