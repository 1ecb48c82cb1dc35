"""Several histories of one workload, each of a warehouse of another size, as one."""

from collections.abc import Sequence

from perfweek.warehouse.look import MOST_TEXTS
from perfweek.warehouse.sizing.runs import Run, pooled, runs_of
from perfweek.warehouse.sizing.study import Sizing, sizing_of, templates_of
from perfweek.warehouse.source import history_of
from perfweek.warehouse.sql import read_sql


def scaling(given: Sequence[str]) -> Sizing | None:
    """The sizes of all histories together, the longest run of each size; `given`: files or connections, as for perfweek history.

    None where no statement ran on a size with a rate. Raises EvidenceError and WarehouseError as reading a history does.
    """
    runs = pooled(_runs(one) for one in given)
    return sizing_of("of " + ", ".join(dict.fromkeys(run.warehouse for run in runs)), runs) if runs else None


def _runs(given: str) -> list[Run]:
    with history_of(given) as (warehouse, since, _):
        values = {"since": since, "top": MOST_TEXTS}
        executions = warehouse.query(read_sql("history/executions"), values, {"route": "perfweek sizes"}).to_pandas()
        texts = warehouse.query(read_sql("history/texts"), values, {"route": "perfweek sizes"}).to_pandas()
    return runs_of(executions, templates_of(texts))
