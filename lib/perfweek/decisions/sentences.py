"""Tuesday's sentences."""

import math
from collections.abc import Mapping, Sequence

from perfweek.decisions.criteria import SURER, Criterion, Verdict
from perfweek.decisions.judge import Decision, Judged
from perfweek.decisions.material import Evidence, Missing, Traces
from perfweek.decisions.suggestion import Suggestion
from perfweek.wording import count, listed, sentence

_PHRASES: dict[Verdict, str] = {"supports": "supports", "opposes": "opposes", "inconclusive": "is inconclusive on", "no data": "has nothing on"}
_MOST = 4


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
        said += f" No history to judge by: {history.reason}."
    else:
        packages = count(len(history.packages.members), "package")
        said += f" The repository has {packages}; its last {len(history.changes):,} {history.kind} are replayed."
    return f"{said} {_besides(evidence)}"


def _besides(evidence: Evidence) -> str:
    """What of the further inputs is there, and which are missing."""
    parts = {"traces": evidence.traces, "run summaries of Turborepo": evidence.builds, "recorded use of fields": evidence.fields}
    there = [
        f"{part.dataset.rows:,} {name}"
        + (
            f" ({count(part.dropped, 'damaged span or line', 'damaged spans or lines')} left out)"
            if isinstance(part, Traces) and part.dropped
            else ""
        )
        for name, part in parts.items()
        if not isinstance(part, Missing)
    ]
    absent = [name for name, part in parts.items() if isinstance(part, Missing)]
    said = [f"There are {listed(there)}."] if there else []
    return " ".join(said + ([f"There are no {' and no '.join(absent)}."] if absent else []))


def decision_sentence(decision: Decision) -> str:
    """The verdict, part by part, and the findings it rests on, with their thresholds.

    Such as 'ADR-001 Event-driven architecture with Kafka: opposes (asynchronous: inconclusive; log broker: opposes). The busiest second …'.
    """
    known = [one for one in decision.deciding if one.verdict != "no data"]
    findings = list(dict.fromkeys(map(_finding, known or decision.deciding)))[:_MOST] or ["nothing measures this record yet"]
    parts = "; ".join(f"{one.part.name}: {one.verdict}" for one in decision.parts)
    head = f"{decision.record.id} {decision.record.title}: {decision.verdict}{f' ({parts})' if parts else ''}."
    return " ".join([head, *map(sentence, findings)])


def _finding(criterion: Criterion) -> str:
    if criterion.verdict == "no data" or criterion.observation is None:
        return criterion.reason
    return f"{criterion.observation.finding}; {criterion.rule.threshold.meaning}"


def confidence_sentence(decision: Decision) -> str:
    """How probable it is that all that is necessary holds, and what caps it; of each part that can be told."""
    told = [one for one in decision.parts if not math.isnan(one.confidence.share)]
    if not told:
        unknown = [one.rule.quantity for one in decision.open if one.verdict == "no data"]
        why = f": {count(len(unknown), 'necessary criterion has', 'necessary criteria have')} no data" if unknown else ""
        return f"How probable it is that all necessary criteria hold cannot be told{why}."
    said = [f"{_probability(one)} for {one.part.name!r}" for one in told]
    return f"All necessary criteria hold with a probability of {listed(said)}."


def _probability(one: Judged) -> str:
    found = one.confidence
    cap = f" ({100 * found.raw:.0f} % before the cap for {found.capped_by} input)" if found.capped_by else ""
    return f"{100 * found.share:.0f} %{cap}"


def next_sentence(decision: Decision) -> str:
    """What is cheaper where a part is refused, and what is still to be found out before evidence could support the decision."""
    cures = dict.fromkeys(one.part.instead for one in decision.parts if one.verdict == "opposes")
    return " ".join([*(f"Cheaper: {cure}." for cure in cures), _still_open(decision)])


def _still_open(decision: Decision) -> str:
    if decision.verdict == "opposes":
        return "Ask again when what refuses it has crossed its threshold; nothing else can make up for it."
    if decision.verdict == "supports":
        return "Nothing else is needed to support it."
    wanted = [one.rule.quantity for one in decision.open][:_MOST]
    return f"Before evidence can support it, find out: {listed(wanted)}." if wanted else "Measure again: the figures above decide."


def suggestion_sentence(decisions: Sequence[Decision], suggestions: Mapping[str, Suggestion]) -> str:
    """What the tool suggests for each record's status."""
    by_words: dict[str, list[str]] = {}
    for one in decisions:
        by_words.setdefault(suggestions[one.record.id].words, []).append(one.record.id)
    said = [f"{words} ({listed(names)})" for words, names in by_words.items()]
    return f"Suggested, after two clear weeks and not before: {'; '.join(said)}. A person sets the status."


def figure_alt(decisions: Sequence[Decision]) -> str:
    """The finding of the figure in words."""
    criteria = [criterion for decision in decisions for criterion in decision.criteria]
    found = {verdict: [f"{one.rule.quantity} ({one.rule.record})" for one in criteria if one.verdict == verdict] for verdict in _PHRASES}
    said = [sentence(f"{verdict}: {listed(names)}") for verdict, names in found.items() if names and verdict != "no data"]
    return " ".join(["Criteria against their thresholds.", *said, f"{len(found['no data'])} have no data."])


def figure_note(decisions: Sequence[Decision]) -> str:
    """How the figure was measured, and what it rests on besides its first evidence file."""
    criteria = [criterion for decision in decisions for criterion in decision.criteria if criterion.verdict != "no data"]
    methods = dict.fromkeys(one.estimate.method for one in criteria)
    others = list(dict.fromkeys(f"`{one.source}`" for one in criteria if one.source))[1:]
    said = [f"Bars are 95 % intervals ({'; '.join(methods)}); a verdict takes one of 99 %, wider by {100 * (SURER - 1):.0f} %."] if methods else []
    said += ["A grey band is a threshold that is a range. Failed requests are left out, ramps are not."]
    return " ".join(said + ([f"Also from {listed(others)}."] if others else []))


def verdict_sentences(decisions: Sequence[Decision]) -> list[str]:
    """The day in at most three sentences: how many of each verdict, what is cheaper than what is refused, what to find out next."""
    counted = {phrase: sum(decision.verdict == verdict for decision in decisions) for verdict, phrase in _PHRASES.items()}
    said = [f"{phrase} {number}" for phrase, number in counted.items() if number]
    return [f"Of {count(len(decisions), 'decision')} the evidence {listed(said)}.", *_instead(decisions), *_next(decisions)]


def _instead(decisions: Sequence[Decision]) -> list[str]:
    refused = [f"{decision.record.title} ({_cure(decision)})" for decision in decisions if decision.verdict == "opposes"]
    return [f"Refused, with what is cheaper: {'; '.join(refused)}."] if refused else []


def _cure(decision: Decision) -> str:
    return next(one.part.instead for one in decision.parts if one.verdict == "opposes" and one.part.proposed)


def _next(decisions: Sequence[Decision]) -> list[str]:
    undecided = [decision for decision in decisions if decision.verdict in ("inconclusive", "no data")]
    wanted = [f"{decision.record.title} ({decision.open[0].rule.quantity})" for decision in undecided if decision.open]
    return [f"Undecided, with what to find out: {'; '.join(wanted)}."] if wanted else []
