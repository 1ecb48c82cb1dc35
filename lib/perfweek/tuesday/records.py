"""What the evidence says of the decision records: of all in sum, and of each with its criteria."""

from perfweek.decisions import findings, sentences, tables
from perfweek.decisions.judge import decision_of
from perfweek.exhibit import Listing, Section, Sentence
from perfweek.tuesday.judging import Judging


def overview(judging: Judging) -> Section:
    """What there is to judge by, every record with its verdict, and what is suggested."""
    return [
        Sentence(sentences.evidence_sentence(judging.evidence)),
        Listing(tables.records_table(judging.decisions), "Decision records", judging.source),
        Sentence(sentences.suggestion_sentence(judging.decisions, judging.suggestions)),
    ]


def record(judging: Judging, subject: str) -> Section:
    """The record about a subject ('ADR-001' as ours is numbered): its verdict part by part, its criteria, how sure that is, and what to do. Says so
    where the target's own records have none about it."""
    if subject not in {one.subject for one in judging.decisions}:
        return [Sentence("None of this target's records is about it.")]
    decision = decision_of(judging.decisions, subject)
    table, source = tables.criteria_table(decision), findings.source_of([decision]) or judging.source
    return [
        Sentence(sentences.decision_sentence(decision)),
        Listing(table, f"Criteria of {decision.record.id}", source),
        Sentence(sentences.confidence_sentence(decision)),
        Sentence(sentences.next_sentence(decision)),
    ]
