"""What Thursday reads of the week: the trace, and what Monday and Wednesday measured of misses and of the origin."""

from perfweek import facts
from perfweek.caching.measure import read_trace
from perfweek.caching.study import Study
from perfweek.caching.tiers.design import Design
from perfweek.caching.worth.whole import Worth, worth_of
from perfweek.target import Target
from perfweek.week import Week


def take_study(week: Week, target: Target) -> Study:
    """The access log of Monday's load, or the file that the target names."""
    return Study(read_trace(week, target))


def take_worth(week: Week, target: Target, study: Study) -> Worth | None:
    """The designs tried on the trace; None where there is too little of it, or no tier is planned. Takes a minute for millions of requests."""
    return worth_of(study, target, facts.read(week, "monday"), facts.read(week, "wednesday"))


def proposed(worth: Worth | None) -> Design | None:
    """The design that the day proposes; None where it proposes none."""
    return worth.proposed.design if worth else None
