"""What Monday leaves behind about bottlenecks: facts."""

import math

from perfweek.bottlenecks.study import Study
from perfweek.facts import Fact


def facts_of(study: Study) -> list[Fact]:
    """http.part.ms by endpoint and part: the parts of the 95th percentile that can be told from others."""
    parts = [part for division in study.divisions for part in division.parts if part.known]
    return [
        Fact("http.part.ms", part.p95, study.source, {"endpoint": part.endpoint, "part": part.part})
        for part in parts
        if not math.isnan(part.p95.value)
    ]
