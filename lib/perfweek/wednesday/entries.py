"""The plan's rows, and what each of them rests on: evidence, predictions, assumptions, costs, and the scripts."""

from collections.abc import Iterator, Sequence

from perfweek.exhibit import Entry, Ranking, Script
from perfweek.warehouse.advisers.finding import Change, Finding
from perfweek.warehouse.clustering.shown import proof_sentence
from perfweek.warehouse.plan import Planned, cost_words, net_words, prediction_words, saving_words
from perfweek.warehouse.scripts import scripts
from perfweek.warehouse.study import Study
from perfweek.warehouse.tables import MOST_ROWS
from perfweek.wording import count, number

HEADS = ("change", "saves", "costs", "net benefit", "confidence")
NOTE = "Over the time of the history; s: seconds of execution. Credits come first, then seconds, then bytes."
MOST_STATEMENTS, LONGEST = 3, 160
_SCRIPTS = {
    "apply": "makes the change",
    "verify": "checks it",
    "rollback": "undoes it",
    "apply_embedded": "makes it in the embedded engine",
    "verify_embedded": "checks it there",
    "rollback_embedded": "undoes it there",
    "rewritten": "the statements as they are written after it",
}


def plan_ranking(study: Study, steps: Sequence[Planned]) -> Ranking:
    """The accepted changes, each with its scripts."""
    rows = tuple(_planned(study, one) for one in steps[:MOST_ROWS])
    return Ranking(HEADS, rows, len(steps), "The plan, in order of net benefit", study.source, NOTE)


def other_ranking(study: Study, findings: Sequence[Finding]) -> Ranking:
    """Findings that are not in the plan, and why."""
    rows = tuple(Entry(one.title, _adviser(one), _cells(one, ""), tuple(_told(study, one))) for one in findings[:MOST_ROWS])
    return Ranking(HEADS, rows, len(findings), "Findings that are not in the plan", study.source, NOTE)


def _planned(study: Study, one: Planned) -> Entry:
    told = (*_told(study, one.finding), *_of_change(study, one))
    files = tuple(Script(_what(name, one), name, text) for name, text in scripts(one).items())
    return Entry(one.finding.title, _adviser(one.finding), _cells(one.finding, one.change.costs), told, files)


def _adviser(finding: Finding) -> str:
    return finding.adviser.replace("_", " ")


def _cells(finding: Finding, costs: str) -> tuple[str, ...]:
    unknown = "see inside" if costs else ""
    amounts = (saving_words(finding), cost_words(finding) or unknown, net_words(finding))
    return *(words.replace(" of execution", "") for words in amounts), finding.confidence


def _told(study: Study, finding: Finding) -> Iterator[tuple[str, tuple[str, ...]]]:
    if finding.change is None or not finding.net > 0:
        yield "Not in the plan", (_why_not(finding),)
    yield "Why", (finding.evidence,)
    yield "Statements", tuple(_statements(study, finding))
    yield "Measured here", (proof_sentence(study.proof),) if study.proof and not study.proof.rows.empty and _is_proven(study, finding) else ()
    yield "Assumed", (finding.assumes,)
    yield "Could not be judged", (finding.cannot_judge,)


def _why_not(finding: Finding) -> str:
    if finding.change is None:
        return "no statement in the warehouse makes this change: it is made in the program, by the files' writer, or on another engine"
    return "what it would likely save cannot be told from the history" if finding.likely <= 0 else "it costs more than it would likely save"


def _is_proven(study: Study, finding: Finding) -> bool:
    """The first clustering finding is of the table whose order was laid out."""
    first = next((one for one in study.findings if one.adviser == "clustering"), None)
    return finding is first


def _of_change(study: Study, one: Planned) -> Iterator[tuple[str, tuple[str, ...]]]:
    here: Change = one.here(study.embedded) or one.change
    looked_for = tuple(prediction_words(prediction) for prediction in here.predictions)
    yield "Friday looks for", looked_for or ("nothing that the service's own statements tell: see what the verify script says",)
    yield "Costs", (one.change.costs, f"In the embedded engine: {here.costs}" if here is not one.change else "")
    yield "Former state", (one.change.former,)
    yield "Warning", (one.change.warning, f"In the embedded engine: {here.warning}" if here is not one.change and here.warning else "")
    yield "Grants needed", ("; ".join(one.change.grants),)
    if one.change.apply or here.apply:
        yield "Make it", (f"`perfweek runbook plan warehouse-change -p finding={one.stem}`",)


def _statements(study: Study, finding: Finding) -> Iterator[str]:
    """The texts that the change is for, the costliest first, with what they took."""
    if study.material is None:
        return
    rows = study.material.look.fingerprints
    known = rows[rows["id"].isin(finding.fingerprints)]
    for row in known.head(MOST_STATEMENTS).to_dict("records"):
        text = " ".join(study.material.look.shapes[row["id"]].shown.replace("`", "'").split())
        cut = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
        yield f"{count(int(row['statements']), 'statement')}, {number(float(row['execution_ms']) / 1000)} s: `{cut}`"
    if len(known) > MOST_STATEMENTS:
        yield f"and {count(len(known) - MOST_STATEMENTS, 'other fingerprint')}"


def _what(name: str, one: Planned) -> str:
    kind = name.removeprefix(f"{one.stem}.").removesuffix(".sql")
    return _SCRIPTS.get(kind, kind)
