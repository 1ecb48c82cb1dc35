"""From criteria to a verdict on each decision record.

One measurement can refuse a decision; to support it takes every necessary one. Nothing is added up: a large read ratio
does not buy off a failed veto. A record that decides several things at once is judged part by part.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from perfweek.decisions import caching, cqrs, federation, kafka, turborepo
from perfweek.decisions.confidence import Confidence, confidence
from perfweek.decisions.criteria import Criterion, Threshold, Verdict, verdict
from perfweek.decisions.material import Evidence
from perfweek.decisions.parts import Part
from perfweek.decisions.records import Record
from perfweek.errors import RecordError, TargetError
from perfweek.target_decisions import Limit

SUBJECTS = {"ADR-001": kafka, "ADR-002": cqrs, "ADR-003": caching, "ADR-004": turborepo, "ADR-005": federation}
TITLES = {"ADR-001": "kafka|event.driven", "ADR-002": "cqrs", "ADR-003": "cach", "ADR-004": "turborepo|monorepo", "ADR-005": "graphql"}
"""What a record's title says of its subject: the records of others have numbers of their own."""
CRITERIA: tuple[Callable[[Evidence], Criterion], ...] = tuple(compute for subject in SUBJECTS.values() for compute in subject.CRITERIA)


@dataclass(frozen=True)
class Judged:
    """A part of a decision, its criteria, and what they say together."""

    part: Part
    criteria: tuple[Criterion, ...]
    verdict: Verdict
    confidence: Confidence

    @property
    def deciding(self) -> tuple[Criterion, ...]:
        """What the verdict rests on: what refuses it, else what is necessary."""
        refusing = tuple(one for one in self.criteria if refuses(one, self.criteria))
        return refusing or tuple(one for one in self.criteria if one.rule.role != "supporting") or self.criteria


@dataclass(frozen=True)
class Decision:
    """A record with its criteria, its parts, and what the evidence says in sum. `subject`: which of our five it is about ('ADR-001' for brokers and
    so on), '' for none of them; such a record has no criteria: no data."""

    record: Record
    subject: str
    criteria: tuple[Criterion, ...]
    parts: tuple[Judged, ...]
    verdict: Verdict
    confidence: Confidence

    @property
    def deciding(self) -> tuple[Criterion, ...]:
        """The criteria that the verdict rests on, each once."""
        wanted = [part for part in self.parts if part.part.proposed and part.verdict == self.verdict] or list(self.parts)
        found = {criterion.rule.id: criterion for part in wanted for criterion in part.deciding}
        return tuple(found.values()) or self.criteria

    @property
    def open(self) -> tuple[Criterion, ...]:
        """What would have to be known before evidence can support it: necessary, and not decided."""
        wanted = {one.rule.id: one for part in self.parts if part.part.proposed for one in part.criteria if one.rule.role != "supporting"}
        return tuple(one for one in wanted.values() if one.verdict in ("no data", "inconclusive"))


def judge(records: Sequence[Record], evidence: Evidence) -> tuple[Decision, ...]:
    """The verdict on every record, in their order. Raises TargetError for a threshold of a criterion that does not exist."""
    found = with_limits([compute(evidence) for compute in CRITERIA], evidence.known.thresholds)
    return tuple(decided(record, [one for one in found if one.rule.record == subject_of(record)]) for record in records)


def subject_of(record: Record) -> str:
    """A key of SUBJECTS by the words of the title; '' where it is about something else."""
    return next((name for name, words in TITLES.items() if re.search(words, record.title, re.IGNORECASE)), "")


def with_limits(criteria: Sequence[Criterion], limits: Sequence[Limit]) -> list[Criterion]:
    """The criteria judged by the thresholds that the target sets in place of ours; their grade is then 'our default'."""
    given: Mapping[str, Limit] = {limit.criterion: limit for limit in limits}
    if unknown := sorted(given.keys() - {one.rule.name for one in criteria}):
        raise TargetError(
            f"decisions.thresholds names {unknown[0]!r}, which is no criterion", remedy="The records name them, such as ADR-001.peak-write-rate."
        )
    return [_limited(one, given[one.rule.name]) if one.rule.name in given else one for one in criteria]


def _limited(one: Criterion, limit: Limit) -> Criterion:
    old = one.rule.threshold
    try:
        threshold = Threshold(old.direction, limit.supports, limit.opposes, "J", f"{old.meaning} (limits set in target.toml)")
    except ValueError as error:
        raise TargetError(
            f"the limits of {limit.criterion} contradict themselves: it is supported {old.direction} a value",
            remedy="Give supports and opposes so that no value does both.",
        ) from error
    decided_now = one.verdict if one.verdict == "no data" else verdict(threshold, one.estimate)
    return replace(one, rule=replace(one.rule, threshold=threshold), verdict=decided_now)


def decided(record: Record, criteria: Sequence[Criterion]) -> Decision:
    """A record judged by its criteria, part by part."""
    subject = subject_of(record)
    criteria = [replace(one, rule=replace(one.rule, record=record.id)) for one in criteria]
    parts = tuple(_judged(part, criteria) for part in (SUBJECTS[subject].PARTS if subject else ()))
    together = sum_of([part.verdict for part in parts if part.part.proposed])
    necessary = {one.rule.id: one for part in parts if part.part.proposed for one in part.criteria}
    return Decision(record, subject, tuple(criteria), parts, together, confidence(tuple(necessary.values())))


def decision_of(decisions: Sequence[Decision], subject: str) -> Decision:
    """The first decision about a subject, such as 'ADR-001' for brokers, that is not superseded. Raises RecordError where there is none."""
    standing = sorted(decisions, key=lambda one: one.record.status.startswith("superseded"))
    found = next((decision for decision in standing if decision.subject == subject), None)
    if found is None:
        folder = str(decisions[0].record.path.parent) if decisions else ""
        raise RecordError(f"there is no record {subject}", folder, "Bring the file back: records are superseded, not deleted.")
    return found


def _judged(part: Part, criteria: Sequence[Criterion]) -> Judged:
    by_id = {one.rule.id: one for one in criteria}
    own = tuple(replace(by_id[id_], rule=replace(by_id[id_].rule, role=part.role(by_id[id_].rule))) for id_ in part.criteria if id_ in by_id)
    return Judged(part, own, combined(own), confidence(own))


def waived(criterion: Criterion, criteria: Sequence[Criterion]) -> bool:
    """Whether something that supports stands in for it."""
    return any(one.rule.id in criterion.rule.waived_by and one.verdict == "supports" for one in criteria)


def refuses(criterion: Criterion, criteria: Sequence[Criterion] = ()) -> bool:
    """A veto that opposes, or a necessary condition that clearly fails, with nothing in its place: nothing else can make up for either."""
    return criterion.verdict == "opposes" and criterion.rule.role != "supporting" and not waived(criterion, criteria)


def combined(criteria: Sequence[Criterion]) -> Verdict:
    """Opposes where one criterion refuses; supports where all necessary ones and vetoes support or are waived; else inconclusive, and no data
    where nothing that decides is known."""
    if any(refuses(one, criteria) for one in criteria):
        return "opposes"
    deciding = [one for one in criteria if one.rule.role != "supporting"]
    if all(one.verdict == "no data" for one in deciding or criteria):
        return "no data"
    held = [one.verdict == "supports" or waived(one, criteria) for one in deciding]
    return "supports" if held and all(held) else "inconclusive"


def sum_of(verdicts: Sequence[Verdict]) -> Verdict:
    """Of a record: opposes where a part of what it proposes does, supports where all do, no data where nothing is known, else inconclusive."""
    if "opposes" in verdicts:
        return "opposes"
    if all(one == "no data" for one in verdicts):
        return "no data"
    return "supports" if all(one == "supports" for one in verdicts) else "inconclusive"
