"""Were we right: the week's predictions scored, and what each adviser's record does to its next ones."""

from collections.abc import Sequence

from perfweek.exhibit import Listing, Section, Sentence
from perfweek.predictions import Prediction
from perfweek.progress import scoring, tables
from perfweek.progress.bias import earlier_records, record_table, records_of
from perfweek.progress.result import Progress
from perfweek.week import Week

RECORD_FORMATS = {"realised over predicted": ".2f", "probability of success": ".0%"}


def scores(week: Week, progress: Progress, scored: Sequence[Prediction]) -> Section:
    """Inside its range or not, realised over predicted, by adviser; with the earlier weeks' record where there is one."""
    records = records_of(scored)
    earlier = earlier_records(week)
    return [
        Sentence(scoring.score_sentence(scored)),
        *([Sentence(progress.pair.statements.why)] if scored and progress.pair.statements.why else []),
        Listing(tables.prediction_table(scored), "Predictions and what was measured", progress.source, tables.SCORE_FORMATS),
        Sentence(scoring.record_sentence(records, earlier)),
        Listing(record_table(records), "This week's scores by adviser", progress.source, RECORD_FORMATS),
        Listing(record_table(earlier), "Scores of earlier weeks by adviser: these correct the next estimates", progress.source, RECORD_FORMATS),
    ]
