"""Tuesday's sentences."""

from collections.abc import Sequence

from perfweek.decisions.criteria import Criterion, Verdict
from perfweek.decisions.judge import Decision
from perfweek.decisions.material import Evidence, Missing
from perfweek.wording import count, listed, sentence

_PHRASES: dict[Verdict, str] = {"supports": "supports", "opposes": "opposes", "inconclusive": "is inconclusive on", "no data": "has nothing on"}


def evidence_sentence(evidence: Evidence) -> str:
    """What there is to judge by, and what it does not tell."""
    requests, history = evidence.requests, evidence.history
    if isinstance(requests, Missing):
        said = f"No requests to judge by: {requests.reason}."
    else:
        said = f"{requests.dataset.rows:,} requests in {requests.dataset.end - requests.dataset.start:,.0f} s"
        said += f", {100 * (1 - requests.kept):.2g} % of the log's lines are damaged and left out" if requests.kept < 1 else ""
        said += "; the load is generated, so its rate and its mix of reads and writes are assumptions." if requests.generated else "."
    if isinstance(history, Missing):
        return f"{said} No history to judge by: {history.reason}."
    return (
        f"{said} The repository has {count(len(history.packages.members), 'package')}; its last {len(history.changes):,} {history.kind} are replayed."
    )


def decision_sentence(decision: Decision) -> str:
    """The verdict and the findings it rests on, with their thresholds.

    Such as 'ADR-001 Event-driven architecture with Kafka: opposes; the busiest second saw 7 writes, …'.
    """
    findings = list(dict.fromkeys(map(_finding, decision.deciding))) or ["nothing measures this record yet"]
    return " ".join([f"{decision.record.id} {decision.record.title}: {decision.verdict}; {findings[0]}.", *map(sentence, findings[1:])])


def _finding(criterion: Criterion) -> str:
    if criterion.verdict == "no data" or criterion.observation is None:
        return criterion.reason
    return f"{criterion.observation.finding}; {criterion.rule.threshold.meaning}"


def next_sentence(decision: Decision) -> str:
    """What to do first where a criterion opposes, and what is still to be found out before evidence could support the decision."""
    cures = dict.fromkeys(one.rule.instead for one in decision.deciding if one.verdict == "opposes")
    return " ".join([*(f"Cheaper: {cure}." for cure in cures), _still_open(decision)])


def _still_open(decision: Decision) -> str:
    if decision.verdict == "opposes":
        return "Ask again when what refuses it has crossed its threshold; nothing else can make up for it."
    if not decision.open:
        return "Nothing else is needed to support it." if decision.verdict == "supports" else "Measure again: the figures above decide."
    return f"Before evidence can support it, find out {listed(list(decision.open))}."


def figure_alt(decisions: Sequence[Decision]) -> str:
    """The finding of the figure in words."""
    criteria = [criterion for decision in decisions for criterion in decision.criteria]
    found = {verdict: [f"{one.rule.quantity} ({one.rule.record})" for one in criteria if one.verdict == verdict] for verdict in _PHRASES}
    said = [sentence(f"{verdict}: {listed(names)}") for verdict, names in found.items() if names]
    return " ".join(["Criteria against their thresholds.", *said])


def figure_note(decisions: Sequence[Decision]) -> str:
    """How the figure was measured, and what it rests on besides its first evidence file."""
    criteria = [criterion for decision in decisions for criterion in decision.criteria]
    methods = dict.fromkeys(one.estimate.method for one in criteria if one.verdict != "no data")
    others = list(dict.fromkeys(f"`{one.source}`" for one in criteria))[1:]
    said = [f"Bars are 95 % intervals ({'; '.join(methods)})."] if methods else []
    said += ["A grey band is a threshold that is a range. Failed requests are left out, ramps are not."]
    return " ".join(said + ([f"Also from {listed(others)}."] if others else []))


def verdict_sentences(decisions: Sequence[Decision]) -> list[str]:
    """The day in at most three sentences: how many of each verdict, what is cheaper than what is refused, what to find out next."""
    counted = {phrase: sum(decision.verdict == verdict for decision in decisions) for verdict, phrase in _PHRASES.items()}
    said = [f"{phrase} {number}" for phrase, number in counted.items() if number]
    return [f"Of {count(len(decisions), 'decision')} the evidence {listed(said)}.", *_instead(decisions), *_next(decisions)]


def _instead(decisions: Sequence[Decision]) -> list[str]:
    refused = [f"{decision.record.title} ({decision.deciding[0].rule.instead})" for decision in decisions if decision.verdict == "opposes"]
    return [f"Refused, with what is cheaper: {'; '.join(refused)}."] if refused else []


def _next(decisions: Sequence[Decision]) -> list[str]:
    undecided = [decision for decision in decisions if decision.verdict in ("inconclusive", "no data")]
    wanted = [f"{decision.record.title} ({decision.open[0]})" for decision in undecided if decision.open]
    return [f"Undecided, with what to find out: {'; '.join(wanted)}."] if wanted else []
