"""Several histories of one workload, each of a warehouse of another size, as one."""

import math
from collections.abc import Sequence

from perfweek.errors import WarehouseError
from perfweek.warehouse.look import MOST_TEXTS
from perfweek.warehouse.prices import credits_per_hour, sizes
from perfweek.warehouse.sizing.runs import Run, pooled, runs_of
from perfweek.warehouse.sizing.study import Sizing, sizing_of, templates_of
from perfweek.warehouse.source import history_of
from perfweek.warehouse.sql import read_sql
from perfweek.wording import listed


def scaling(given: Sequence[str], asked: Sequence[str] = ()) -> Sizing | None:
    """The sizes of all histories together, the longest run of each size; `given`: files or connections, as for perfweek history; `asked`: the
    sizes to forecast, by default those around the known ones.

    None where no statement ran on a size with a rate. Raises EvidenceError and WarehouseError as reading a history does, and WarehouseError
    for a size that Snowflake does not have.
    """
    runs = pooled(_runs(one) for one in given)
    if not runs:
        return None
    rates = [_rate(one, runs[0].kind) for one in asked]
    return sizing_of("of " + ", ".join(dict.fromkeys(run.warehouse for run in runs)), runs, rates=rates)


def _rate(size: str, kind: str) -> float:
    found = credits_per_hour(size.strip(), kind)
    if math.isnan(found):
        raise WarehouseError(f"there is no {kind.lower()} warehouse of this size", size, f"Sizes are {listed(list(sizes(kind)))}.")
    return found


def _runs(given: str) -> list[Run]:
    with history_of(given) as (warehouse, since, _):
        values = {"since": since, "top": MOST_TEXTS}
        executions = warehouse.query(read_sql("history/executions"), values, {"route": "perfweek sizes"}).to_pandas()
        texts = warehouse.query(read_sql("history/texts"), values, {"route": "perfweek sizes"}).to_pandas()
    return runs_of(executions, templates_of(texts))
