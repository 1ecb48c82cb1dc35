"""Monday's sentences about continuous profiles."""

import math

from perfweek.profiling.pyroscope.study import UNTAGGED, Continuous
from perfweek.wording import bracketed, count, number, percent

WIDEST = 0.2
FEWEST_WINDOWS = 16
"""Fewer give an interval so wide that it says little."""


def pyroscope_sentence(study: Continuous) -> str:
    """The function with most CPU of its own, and the endpoint where the service tags them; or why there is no profile and what to do."""
    record = study.record
    if record.reason:
        return f"No continuous profile: {record.reason}. {record.remedy}"
    if not study.stacks:
        return f"No data: the service used no CPU in Python from the first to the last request. {_origin(study)}."
    first = study.functions[0]
    told = f"Most CPU is used in `{first.function}`: {bracketed(first.own, '%')} of {number(study.samples * study.sample_s)} s"
    tagged = next((name for name in study.endpoints if name != UNTAGGED), "")
    return f"{told}; of the endpoints `{tagged}` uses most, {bracketed(study.endpoints[tagged], '%')}." if tagged else f"{told}."


def pyroscope_note(study: Continuous) -> str:
    """Where the profile comes from, its windows, samples and what was dropped."""
    record = study.record
    if record.reason:
        return "No continuous profile was read."
    few = f"; {FEWEST_WINDOWS} windows or more make useful intervals" if len(study.windows) < FEWEST_WINDOWS else ""
    idle = f" {count(study.idle, 'sample')} of waiting threads dropped." if study.idle else ""
    refused = f" {count(sum(record.refused.values()), 'request')} refused." if record.refused else ""
    windows = count(len(study.windows), "window")
    return (
        f"{_origin(study)}: {windows} of {number(record.window_s)} s under load, n = {study.samples:,} samples at {number(study.rate_hz)} a second"
        f"{few}.{idle}{refused} {_accounted(study)}"
    )


def _accounted(study: Continuous) -> str:
    """What the profile stands for against what the operating system counted: they differ where the agent does not see, or sees too much."""
    if math.isnan(study.used_s) or not study.used_s:
        return "The CPU time of the service is not known from elsewhere: what the agent did not see cannot be told."
    if not study.is_comparable:
        return "The load was too short to compare it with the CPU time that the operating system counted: a push more or less decides."
    ratio = study.cpu_s / study.used_s
    told = f"It stands for {number(study.cpu_s)} s; the service used {number(study.used_s)} s of CPU by the operating system"
    if abs(ratio - 1) <= WIDEST:
        return f"{told}."
    if ratio > 1:
        return f"{told}: threads that wait for a core are sampled, too. CPU times are scaled to what was used."
    return (
        f"{told}, so {percent(1 - ratio)} was not seen: with its default gil_only=True pyroscope-io leaves out code that runs without Python's lock, "
        "and processes that push nothing are missing."
    )


def _origin(study: Continuous) -> str:
    record = study.record
    if record.origin == "server":
        return f"Pulled from {record.url} for service {record.service}"
    return f"Pushed by the service to perfweek's receiver ({count(record.accepted, 'push', 'pushes')})"
