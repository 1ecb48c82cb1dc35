"""What Monday leaves behind about profile and commands: facts."""

import math
from collections.abc import Mapping, Sequence

from perfweek.facts import Fact
from perfweek.profiling.commands import Timing
from perfweek.profiling.window import Window
from perfweek.stats import Estimate, mean_of_windows

TOP_FUNCTIONS = 20


def facts_of(window: Window, timings: Sequence[Timing], commands_source: str) -> list[Fact]:
    """profile.share of the functions with most samples of their own, command.duration of the commands that succeed."""
    shares = [Fact("profile.share", one.own, window.source, {"function": one.function}) for one in window.functions[:TOP_FUNCTIONS] if one.own.value]
    return shares + [Fact("command.duration", estimate, commands_source, {"command": name}) for name, estimate in durations(timings).items()]


def durations(timings: Sequence[Timing]) -> Mapping[str, Estimate]:
    """Wall seconds of each command that never failed, with the t interval of its runs."""
    failed = failures(timings)
    names = [name for name in dict.fromkeys(timing.command for timing in timings) if name not in failed]
    return {name: _duration([timing.wall_s for timing in timings if timing.command == name]) for name in names}


def failures(timings: Sequence[Timing]) -> Mapping[str, Timing]:
    """The failed run of each command that failed."""
    return {timing.command: timing for timing in timings if timing.exit_code}


def _duration(walls_s: Sequence[float]) -> Estimate:
    found = mean_of_windows(walls_s)
    if math.isnan(found.low):
        return Estimate(found.value, math.nan, math.nan, len(walls_s), "one run: no interval")
    return Estimate(found.value, max(0.0, found.low), found.high, len(walls_s), f"t interval over {len(walls_s)} runs")
