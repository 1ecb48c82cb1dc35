"""What Monday knows of bottlenecks: requests paired with what the service noted, divided into parts, and everything found in one list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from perfweek import evidence
from perfweek.access_log import SCHEMA, read_access_log
from perfweek.bottlenecks.causes import causes_of
from perfweek.bottlenecks.cpu import cpu_by_endpoint
from perfweek.bottlenecks.division import Division, divide
from perfweek.bottlenecks.finding import Finding, ranked
from perfweek.bottlenecks.pairs import Pairs, pair
from perfweek.bottlenecks.parts import Cpu
from perfweek.bottlenecks.removal import Requests
from perfweek.evidence import Measurement
from perfweek.load.database.statements import Statements
from perfweek.load.measure import ACCESS_LOG
from perfweek.load.run import LoadRun
from perfweek.profiling.run import ProfileRun
from perfweek.week import Week


@dataclass(frozen=True)
class Study:
    """`log`: all rows of the access log; `others`: findings that other parts of the day add. `source`: the file that the division rests on."""

    run: LoadRun
    log: pd.DataFrame
    statements: Statements
    cpu: Mapping[str, Cpu]
    source: str
    others: tuple[Finding, ...] = field(default=())

    @cached_property
    def pairs(self) -> Pairs:
        return pair(self.run.plateau, self.log, self.run.results.resolution_s)

    @cached_property
    def requests(self) -> Requests:
        return Requests(self.pairs.frame)

    @cached_property
    def divisions(self) -> list[Division]:
        """The endpoint with most response time first."""
        return divide(self.requests, self.cpu)

    @cached_property
    def findings(self) -> list[Finding]:
        """The one list, best first. What two of them give back may overlap: gains do not add up."""
        profile = next((one.source for one in self.cpu.values()), self.source)
        return ranked([*causes_of(self.requests, self.divisions, self.statements, self.log, self.source, profile), *self.others])


def read_study(
    week: Week, measurement: Measurement, run: LoadRun, statements: Statements, profile: ProfileRun | None = None, others: Iterable[Finding] = ()
) -> Study:
    """The bottlenecks of a measured load; `profile` of the same service under the same load. Raises EvidenceError for a damaged access log."""
    log, source = SCHEMA.empty_table().to_pandas(), run.source
    if measurement.has(ACCESS_LOG):
        log, source = read_access_log(measurement.path(ACCESS_LOG)).frame, evidence.relative(week, measurement.path(ACCESS_LOG))
    return Study(run, log, statements, cpu_by_endpoint(profile, run) if profile else {}, source, tuple(others))
