"""The scripts of the plan, and the plan as a page: what each change does, what it is expected to save, what it costs, and how it is undone."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from perfweek.files import write_atomic
from perfweek.warehouse.advisers.finding import Change
from perfweek.warehouse.plan import FOLDER, Planned, cost_words, net_words, prediction_words, saving_words
from perfweek.week import Week

PLAN = "plan.md"
_NAMED = re.compile(r"\d\d-[a-z0-9-]+\.(apply|verify|rollback)(_embedded)?\.sql|\d\d-[a-z0-9-]+\.rewritten\.sql")
_SINGLE = {"apply": "Change", "verify": "Check", "rollback": "Undo"}


def write_scripts(week: Week, plan: Sequence[Planned]) -> list[Path]:
    """Write plan.md and the scripts below the week's artifacts, remove those of an earlier plan, and return the paths, the plan first."""
    folder = week.artifacts / FOLDER
    texts = {name: text for one in plan for name, text in scripts(one).items()}
    for path in folder.glob("*.sql") if folder.is_dir() else ():
        if _NAMED.fullmatch(path.name) and path.name not in texts:
            path.unlink()
    return [write_atomic(folder / PLAN, plan_page(plan)), *(write_atomic(folder / name, text) for name, text in texts.items())]


def scripts(one: Planned) -> dict[str, str]:
    """The texts by the names of their files: apply, verify and rollback for Snowflake, the same for the embedded engine where that differs, and
    rewritten statements."""
    found: dict[str, str] = {}
    for change, embedded in ((one.change, False), (one.change.embedded, True)):
        for kind in _SINGLE if change else ():
            assert change
            if statements := _statements(change, kind):
                found[one.script(kind, embedded)] = _text(one, change, kind, statements)
    if one.change.rewritten:
        head = _header(f"The statements as they are written after the change: {one.finding.title}", "Markers stand as :name for bound values.")
        found[f"{one.stem}.rewritten.sql"] = head + _joined(one.change.rewritten)
    return found


def plan_page(plan: Sequence[Planned]) -> str:
    """The optimization plan as Markdown, in order of net benefit."""
    if not plan:
        return "# Optimization plan\n\nNo change is worth its cost, as far as the history tells.\n"
    head = "# Optimization plan\n\nIn order of net benefit over the time of the history. Each change is made, checked and undone by its scripts,\n"
    return f"{head}with `perfweek runbook plan warehouse-change -p finding=NAME`.\n\n" + "\n".join(_section(one) for one in plan)


def _section(one: Planned) -> str:
    finding, change = one.finding, one.change
    rows = [
        ("saves", f"{saving_words(finding)}, {finding.confidence}"),
        ("net benefit", net_words(finding)),
        ("costs", change.costs),
        ("evidence", finding.evidence),
        ("cannot judge", finding.cannot_judge),
        ("former state", change.former),
        ("warning", change.warning),
        ("grants needed", "; ".join(change.grants)),
        ("scripts", ", ".join(scripts(one))),
    ]
    return f"## {one.stem}\n\n{_safe(finding.title)}\n\n" + "".join(f"- {name}: {_safe(text)}\n" for name, text in rows if text)


def _statements(change: Change, kind: str) -> tuple[str, ...]:
    if kind == "verify":
        return (*change.session, *change.verify) if change.verify else ()
    return change.apply if kind == "apply" else change.rollback


def _text(one: Planned, change: Change, kind: str, statements: Sequence[str]) -> str:
    return _header(f"{_SINGLE[kind]}: {one.finding.title}.", *_about(one, change, kind)) + _joined(statements)


def _about(one: Planned, change: Change, kind: str) -> Iterator[str]:
    finding = one.finding
    if kind != "rollback":
        yield f"Expected: saves {saving_words(finding)} over the time of the history, {finding.confidence}."
        for prediction in change.predictions:
            yield f"  {prediction_words(prediction)}"
    if kind == "apply":
        yield f"Costs: {change.costs}" + (f" ({cost_words(finding)})" if finding.cost else "")
    if change.former:
        yield f"Former state: {change.former}"
    if change.warning and kind != "verify":
        yield f"Warning: {change.warning}"
    if change.grants:
        yield f"Grants needed: {'; '.join(change.grants)}"
    if kind == "verify" and change.check:
        yield f"This check itself costs: {change.check}"
    if kind == "verify" and any("account_usage" in statement for statement in change.verify) and change is one.change:
        yield "Views of ACCOUNT_USAGE are up to 45 minutes behind, some of them 8 hours: look again after the service has run for that long."
    if kind == "verify" and change.session:
        yield "The session's settings at the top keep the result cache from answering what is to be measured."


def _joined(statements: Sequence[str]) -> str:
    return "".join(f"{statement};\n" for statement in statements)


def _header(*lines: str) -> str:
    return "".join(f"-- {_plain(line)}\n" for line in lines)


def _plain(text: str) -> str:
    """One line without what a terminal or an editor would act on."""
    return re.sub(r"[^ -~]|[ ]{3,}", " ", text)


def _safe(text: str) -> str:
    """The same for a page of Markdown, where no text from outside may become HTML."""
    return _plain(text).replace("&", "&amp;").replace("<", "&lt;")
