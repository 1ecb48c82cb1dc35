"""Traps that make a measurement say something else than what happened."""

import re

from perfweek.load.traps.trap import Observed, Trap
from perfweek.stats import wilson
from perfweek.wording import bracketed, count, listed, number, percent

SATURATED = 0.9
REFUSED = 0.01
SLOWED = 0.9
WHOLE_SECONDS = 1.0
_CUMULATIVE = re.compile(r"k6_\w+_(p\d+|avg|med|min|max)")


def saturated_generator(observed: Observed) -> Trap | None:
    """k6 has no CPU or no virtual user left: it measures its own queue."""
    seen, machine = observed.generator, observed.machine
    if not seen:
        return None
    signs = []
    if machine and seen.cores.value >= SATURATED * machine.cores:
        signs.append(f"it used {bracketed(seen.cores)} of {machine.cores} cores")
    if seen.dropped and seen.most_users and seen.users >= seen.most_users:
        lost = bracketed(wilson(seen.dropped, max(seen.arrivals, seen.dropped)), "%")
        signs.append(f"all {seen.most_users:,} virtual users were busy and {seen.dropped:,} arrivals ({lost}) were not started")
    if not signs:
        return None
    return Trap(
        "Saturated load generator",
        f"k6 was at its limit: {listed(signs)}. Response times include its own waiting, and what was not started has none.",
        "Give k6 more virtual users (preAllocatedVUs, maxVUs) or a machine of its own, or lower the rate; then measure again.",
        misleads=True,
    )


def coordinated_omission(observed: Observed) -> Trap | None:
    """A closed model asks less while the service is slow, so that the slow times are seen least."""
    slow = observed.slow_rate
    if observed.model != "closed" or slow is None or not slow.high < 1 or slow.value > SLOWED:
        return None
    return Trap(
        "Coordinated omission",
        f"The load waits for answers: in the slowest tenth of its seconds it asked only {bracketed(slow)} times as often as in the others. "
        "Every quantile is too low by what was not asked then.",
        "Load with an arrival rate (ramping-arrival-rate, constant-arrival-rate), or quote throughput instead of quantiles.",
        misleads=True,
    )


def refused_as_fast(observed: Observed) -> Trap | None:
    """Refused connections take 0 ms in k6's files: a dead server has the best percentiles of all."""
    hit = [one for one in observed.endpoints if one.requests and wilson(one.refused, one.requests).low > REFUSED]
    if not hit:
        return None
    worst = max(hit, key=lambda one: one.refused / one.requests)
    share = wilson(worst.refused, worst.requests)
    shown = next(
        (f"k6's own p{place} of it is 0 ms" for place in (99, 95, 90, 50) if share.value >= place / 100), "k6's own quantiles count them as 0 ms"
    )
    others = f"; {count(len(hit) - 1, 'other endpoint')} refused requests too" if len(hit) > 1 else ""
    return Trap(
        "0 ms of a dead server",
        f"{bracketed(share, '%')} of the requests to {worst.name} got no connection, and {shown}{others}.",
        "Leave refused requests out of latency and report them as failures, as this page does; do not compare k6's summary with it.",
        misleads=True,
    )


def whole_seconds(observed: Observed) -> Trap | None:
    """k6 writes whole seconds unless told otherwise: what happened within one cannot be ordered."""
    if not observed.resolution_s >= WHOLE_SECONDS:
        return None
    return Trap(
        "Times in whole seconds",
        f"k6 wrote its times to {number(observed.resolution_s)} s: starts, series by the second and joins with logs are off by as much.",
        "Set K6_CSV_TIME_FORMAT=unix_micro, as the bundled scripts are run.",
        misleads=True,
    )


def cumulative_quantiles(observed: Observed) -> Trap | None:
    """k6's trend gauges in Prometheus hold the quantile since the start of the test: they hardly move when the service does."""
    cumulative = [name for name in observed.gauges if _CUMULATIVE.fullmatch(name)]
    if not cumulative:
        return None
    return Trap(
        "Quantiles since the start of the test",
        f"{listed([f'`{name}`' for name in cumulative[:3]])} {'holds' if len(cumulative) == 1 else 'hold'} the value of the whole test so far: "
        f"after an hour, a minute in which everything is slow is {percent(1 / 61)} of it.",
        "Write native histograms (K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM=true) and take histogram_quantile over a window, or k6's raw output.",
        misleads=True,
    )


def profiles_of_different_kinds(observed: Observed) -> Trap | None:
    """Shares depend on profiler, version, mode and Python; a difference between two kinds is not one of the service."""
    if not observed.compared:
        return None
    before, after = observed.compared
    fields = ("tool", "version", "python", "flags", "rate_hz")
    differing = [
        f"{name.removesuffix('_hz')} {_shown(getattr(before, name))} and {_shown(getattr(after, name))}"
        for name in fields
        if getattr(before, name) != getattr(after, name)
    ]
    if not differing:
        return None
    return Trap(
        "Profiles of different kinds",
        f"The two profiles cannot be compared: {listed(differing)}.",
        "Take both with the same profiler, version, flags and Python.",
        misleads=True,
    )


def _shown(value: object) -> str:
    return (" ".join(value) or "none") if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else str(value)
