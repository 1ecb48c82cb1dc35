"""What Monday leaves behind about continuous profiles: facts."""

from collections.abc import Mapping

from perfweek.facts import Fact
from perfweek.profiling.pyroscope.study import Continuous
from perfweek.stats import Estimate

TOP_FUNCTIONS = 20


def facts_of(study: Continuous) -> list[Fact]:
    """profile.share of the functions with most CPU of their own, labelled with their profiler: shares of two profilers do not compare."""
    labels: Mapping[str, str] = {"profiler": f"pyroscope {study.record.origin}"}
    shares: list[tuple[str, Estimate]] = [(one.function, one.own) for one in study.functions[:TOP_FUNCTIONS] if one.own.value]
    return [Fact("profile.share", share, study.source, {"function": function, **labels}) for function, share in shares]
