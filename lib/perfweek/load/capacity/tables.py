"""The levels of the load as a table."""

import pandas as pd

from perfweek.load.capacity.cells import Cell
from perfweek.load.capacity.result import Capacity
from perfweek.wording import interval_text

CELL_FORMATS = {
    "arrivals/s": ".3g",
    "answers/s": ".1f",
    "under way": ".1f",
    "p50 ms": ".0f",
    "p95 ms": ".0f",
    "late %": ".1f",
    "service, cores": ".2f",
    "k6, cores": ".2f",
}


def cell_table(capacity: Capacity) -> pd.DataFrame:
    """One row a level of load: what was asked and answered, requests under way, response times, late arrivals, CPU and the verdict."""
    return pd.DataFrame([_row(cell) for cell in capacity.cells])


def _row(cell: Cell) -> dict[str, object]:
    return {
        "arrivals/s": cell.offered,
        "answers/s": cell.throughput.value,
        "under way": cell.in_flight.value,
        "p50 ms": cell.p50.value,
        "p95 ms": cell.p95.value,
        "95 % interval": interval_text(cell.p95),
        "late %": 100 * cell.late.value,
        "dropped": cell.dropped,
        "service, cores": cell.service_cores,
        "k6, cores": cell.generator_cores,
        "budget": cell.verdict if cell.whole else f"{cell.verdict}, broken off",
    }
