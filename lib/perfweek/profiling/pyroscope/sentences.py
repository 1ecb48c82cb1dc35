"""Monday's sentences about continuous profiles."""

from perfweek.profiling.pyroscope.study import UNTAGGED, Continuous
from perfweek.wording import bracketed, count, number

FEWEST_WINDOWS = 16
"""Fewer give an interval so wide that it says little."""


def pyroscope_sentence(study: Continuous) -> str:
    """The function with most CPU of its own, and the endpoint where the service tags them; or why there is no profile and what to do."""
    record = study.record
    if record.reason:
        return f"No continuous profile: {record.reason}. {record.remedy}"
    if not study.stacks:
        return f"No data: the service used no CPU in Python from the first to the last request, by what {_origin(study)}."
    first = study.functions[0]
    told = f"Most CPU is used in `{first.function}`: {bracketed(first.own, '%')} of {number(study.cpu_s)} s"
    tagged = next((name for name in study.endpoints if name != UNTAGGED), "")
    return f"{told}; of the endpoints `{tagged}` uses most, {bracketed(study.endpoints[tagged], '%')}." if tagged else f"{told}."


def pyroscope_note(study: Continuous) -> str:
    """Where the profile comes from, its windows, samples and what was dropped."""
    record = study.record
    if record.reason:
        return "No continuous profile was read."
    samples = f", n = {round(study.cpu_s * study.rate_hz):,} samples at {number(study.rate_hz)} a second" if study.rate_hz else ""
    few = f"; {FEWEST_WINDOWS} windows or more make useful intervals" if len(study.windows) < FEWEST_WINDOWS else ""
    idle = f" {number(study.idle_s)} s of waiting threads dropped." if study.idle_s else ""
    refused = f" {count(sum(record.refused.values()), 'request')} refused." if record.refused else ""
    origin, windows = _origin(study), count(len(study.windows), "window")
    return (
        f"{origin[:1].upper()}{origin[1:]}: {windows} of {number(record.window_s)} s under load{samples}{few}."
        f"{idle}{refused} An agent in the service sees threads that run Python code, not those that wait for a lock or a disk."
    )


def _origin(study: Continuous) -> str:
    record = study.record
    if record.origin == "server":
        return f"{record.url} has of service {record.service}"
    return f"the service pushed to perfweek's receiver ({count(record.accepted, 'push', 'pushes')})"
