"""Tuesday's sentences."""

from collections.abc import Sequence

from perfweek.decisions.criteria import Criterion, Verdict
from perfweek.decisions.judge import Decision
from perfweek.decisions.material import Evidence, Missing
from perfweek.decisions.wording import count, listed

_PHRASES: dict[Verdict, str] = {"supports": "supports", "opposes": "opposes", "inconclusive": "is inconclusive on", "no data": "has nothing on"}


def evidence_sentence(evidence: Evidence) -> str:
    """What there is to judge by."""
    requests, history = evidence.requests, evidence.history
    if isinstance(requests, Missing):
        first = f"No requests to judge by: {requests.reason}."
    else:
        span, torn = requests.dataset.end - requests.dataset.start, 1 - requests.kept
        first = f"{requests.dataset.rows:,} requests in {span:,.0f} s"
        first += f"; {100 * torn:.2g} % of the log's lines are damaged and left out" if torn else ""
        first += "; the load is generated, so its rate and its mix of reads and writes are assumptions." if requests.generated else "."
    if isinstance(history, Missing):
        return f"{first} No history to judge by: {history.reason}."
    return f"{first} The last {len(history.changes):,} {history.kind} of the repository, {count(len(history.packages.members), 'package')}."


def decision_sentence(decision: Decision) -> str:
    """The verdict, the findings it rests on with their thresholds, and the cheaper cure where it is refused.

    Such as 'ADR-001 Event-driven architecture with Kafka: opposes; the busiest second saw 7 writes, …'.
    """
    parts = [f"{decision.record.id} {decision.record.title}: {decision.verdict}"]
    parts += dict.fromkeys(_finding(criterion) for criterion in decision.deciding)
    if decision.verdict == "opposes":
        parts.append(f"cheaper: {decision.deciding[0].rule.instead}")
    if not decision.criteria:
        parts.append("nothing measures this record yet")
    return "; ".join(parts) + "."


def _finding(criterion: Criterion) -> str:
    if criterion.verdict == "no data":
        return f"no data on {criterion.rule.quantity}: {criterion.reason}" if criterion.dataset else f"no data: {criterion.reason}"
    return f"{criterion.observation.finding if criterion.observation else ''}; {criterion.rule.threshold.meaning}"


def open_sentence(decision: Decision) -> str:
    """What is still to be found out before evidence could support the decision."""
    if decision.verdict == "opposes":
        return "Ask again when that figure has crossed its threshold; nothing else can make up for it."
    if not decision.open:
        return "Nothing else is needed to support it." if decision.verdict == "supports" else "Measure again: the figures above decide."
    return f"Before evidence can support it, find out: {'; '.join(decision.open)}."


def figure_alt(decisions: Sequence[Decision]) -> str:
    """The finding of the figure in words."""
    criteria = [criterion for decision in decisions for criterion in decision.criteria]
    by_verdict = {
        name: [criterion for criterion in criteria if criterion.verdict == name] for name in ("opposes", "supports", "inconclusive", "no data")
    }
    said = [f"{name}: {listed([f'{one.rule.quantity} ({one.rule.record})' for one in found])}" for name, found in by_verdict.items() if found]
    return "Criteria against their thresholds. " + "; ".join(said).capitalize() + "."


def verdict_sentences(decisions: Sequence[Decision]) -> list[str]:
    """The day in at most three sentences: the count, what to do instead, what to measure next."""
    said = [f"{phrase} {listed(names)}" for verdict, phrase in _PHRASES.items() if (names := _names(decisions, verdict))]
    first = f"Of {count(len(decisions), 'decision')} the evidence {listed(said)}."
    return [first, *_instead(decisions), *_next(decisions)][:3]


def _names(decisions: Sequence[Decision], verdict: Verdict) -> list[str]:
    return [decision.record.id for decision in decisions if decision.verdict == verdict]


def _instead(decisions: Sequence[Decision]) -> list[str]:
    cures = [f"{decision.deciding[0].rule.instead} ({decision.record.id})" for decision in decisions if decision.verdict == "opposes"]
    return [f"Cheaper than what is refused: {'; '.join(cures)}."] if cures else []


def _next(decisions: Sequence[Decision]) -> list[str]:
    undecided = [decision for decision in decisions if decision.verdict in ("inconclusive", "no data")]
    missing = dict.fromkeys(one.reason for decision in undecided for one in decision.criteria if one.verdict == "no data")
    still_open = [f"{decision.open[0]} ({decision.record.id})" for decision in undecided if decision.open]
    wanted = [*missing, *still_open]
    return [f"Next to find out: {'; '.join(wanted)}."] if wanted else []
