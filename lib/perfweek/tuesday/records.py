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


def record(judging: Judging, name: str) -> Section:
    """One record: its verdict part by part, its criteria, how sure that is, and what to do. Says so where the target's folder has no such record."""
    if name not in {one.id for one in judging.records}:
        return [Sentence(f"There is no {name} among the records of this target.")]
    decision = decision_of(judging.decisions, name)
    table = tables.criteria_table(decision)
    return [
        Sentence(sentences.decision_sentence(decision)),
        Listing(table, f"Criteria of {name}", findings.source_of([decision]) or judging.source),
        Sentence(sentences.confidence_sentence(decision)),
        Sentence(sentences.next_sentence(decision)),
    ]
