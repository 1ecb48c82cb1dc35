"""Monday's sentences about the profile and the commands."""

from collections.abc import Sequence
from statistics import mean

from perfweek.profiling.commands import Timing
from perfweek.profiling.findings import durations, failures
from perfweek.profiling.window import Window
from perfweek.wording import bracketed, count, number, percent, with_interval

NO_COMMANDS = "No data: the target names no build or test command. Give [commands] build and test in target.toml to time them."


def profile_sentence(window: Window) -> str:
    """The function with most samples of its own and the share of those with it on the stack; or why there is no profile."""
    if window.profile.reason:
        return f"No profile: {window.profile.reason}. {window.profile.remedy}"
    if not window.samples:
        return "No profile: the service did nothing in Python while it was watched."
    first = window.functions[0]
    return (
        f"Most samples are taken in `{first.function}`: {bracketed(first.own, '%')} of them; "
        f"the five functions at the top take {percent(sum(one.own.value for one in window.functions[:5]))}."
    )


def profile_note(window: Window) -> str:
    """How the profile was taken: length, rate, version and mode, what was dropped, and how it agrees with the operating system."""
    profile = window.profile
    if profile.reason:
        return "No profile was taken."
    busy_s = window.samples / profile.rate_hz
    return (
        f"py-spy {profile.version}, {profile.rate_hz} samples a second for {number(profile.wall_s)} s under load, n = {window.samples:,} samples of "
        f"working threads; {count(window.idle, 'idle sample')} dropped. They stand for {number(busy_s)} s of threads that ran or waited for a CPU; "
        f"the service used {number(window.cpu_s)} s of CPU. The profiler slows the service: no latency comes from this window."
    )


def commands_sentence(timings: Sequence[Timing]) -> str:
    """How long build and test take, and which of them failed."""
    if not timings:
        return NO_COMMANDS
    parts = []
    for name, estimate in durations(timings).items():
        user_s = mean(timing.user_s for timing in timings if timing.command == name)
        parts.append(
            f"The {name} command takes {with_interval(estimate, 's')}, with {number(user_s)} s of user CPU time ({count(estimate.n, 'run')})."
        )
    for name, timing in failures(timings).items():
        how = "could not be started" if timing.exit_code == 127 else f"failed with exit code {timing.exit_code}"
        parts.append(f"The {name} command {how}: no baseline; its output is in `{name}.log` beside the evidence.")
    return " ".join(parts)
