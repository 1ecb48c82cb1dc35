"""Tuesday's inputs and judgements, gathered once for all sections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfweek.decisions.diagrams.calls import Observed, calls_of_spans, observed_of
from perfweek.decisions.judge import Decision, judge
from perfweek.decisions.log import earlier_evidence, verdicts_of
from perfweek.decisions.material import Evidence, Missing
from perfweek.decisions.measure import gather, keep_records, records_folder
from perfweek.decisions.records import Record, read_records
from perfweek.decisions.suggestion import Suggestion, suggest
from perfweek.target import Target
from perfweek.week import Week


@dataclass(frozen=True)
class Judging:
    """The evidence, what it says of each record, what earlier weeks said (oldest first), and the suggestions. `source`: the list of records."""

    week: str
    evidence: Evidence
    decisions: tuple[Decision, ...]
    logged: Sequence[Mapping[str, Any]]
    suggestions: Mapping[str, Suggestion]
    source: str

    @property
    def records(self) -> tuple[Record, ...]:
        return tuple(decision.record for decision in self.decisions)


def take(week: Week, target: Target, commits: int) -> Judging:
    """Gather the evidence and judge the target's records by it and by earlier weeks. Raises RecordError for a damaged record."""
    folder: Path = records_folder(target)
    evidence = gather(week, target, commits)
    decisions, logged = judge(read_records(folder), evidence), earlier_evidence(week)
    said = {one.record.id: [*(verdict for _, verdict in verdicts_of(logged, one.record.id)), one.verdict] for one in decisions}
    suggestions = {one.record.id: suggest(one.record.status, said[one.record.id]) for one in decisions}
    return Judging(week.name, evidence, decisions, logged, suggestions, keep_records(week, folder))


def observed(judging: Judging) -> Observed | None:
    """The calls between services that traces show, for the diagrams; None without traces."""
    traces = judging.evidence.traces
    if isinstance(traces, Missing):
        return None
    found = [call for trace in traces.traces for call in calls_of_spans(trace.spans)]
    return observed_of(found, traces.traces[0].root.service) if found else None
