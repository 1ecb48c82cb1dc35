"""The statements that the load caused, as the warehouse recorded them."""

from dataclasses import dataclass

from perfweek import evidence
from perfweek.evidence import Measurement
from perfweek.load.run import LoadRun, on_plateau
from perfweek.warehouse.history import FILE, EndpointTiming, endpoint_timings, load_history, seconds
from perfweek.week import Week


@dataclass(frozen=True)
class Queries:
    """Timings by endpoint of the statements that started on the plateau, those with most time first; none where none were recorded."""

    timings: list[EndpointTiming]
    source: str


def read_queries(week: Week, measurement: Measurement, run: LoadRun) -> Queries:
    """The timings of the query history that the service's own warehouse recorded during the load."""
    if not measurement.has(FILE):
        return Queries([], run.record_source)
    statements = load_history(measurement.path(FILE))
    statements = statements[statements["start_time"].notna()]
    if run.plan.plateaus:
        statements = on_plateau(statements.assign(time=seconds(statements), scenario=run.plan.plateaus[0].scenario), run.plan, run.origin)
    return Queries(endpoint_timings(statements), evidence.relative(week, measurement.path(FILE)))
