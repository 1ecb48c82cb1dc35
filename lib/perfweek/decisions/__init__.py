"""Tuesday: decision records, the criteria that the evidence answers, and what it says on each record."""

from perfweek.decisions.criteria import Criterion
from perfweek.decisions.figures import criteria_figure
from perfweek.decisions.findings import facts_of, key_figures, write_evidence
from perfweek.decisions.judge import CRITERIA, Decision, decision_of, judge
from perfweek.decisions.measure import gather
from perfweek.decisions.records import Record, read_record, read_records
from perfweek.decisions.tables import criteria_table, records_table

__all__ = [
    "CRITERIA",
    "Criterion",
    "Decision",
    "Record",
    "criteria_figure",
    "criteria_table",
    "decision_of",
    "facts_of",
    "gather",
    "judge",
    "key_figures",
    "read_record",
    "read_records",
    "records_table",
    "write_evidence",
]
