"""When the profiler is on: windows of one length on the plateau of a load, on and off in turn."""

from dataclasses import dataclass

from perfweek.load.plan import Plan

SETTLE_S = 1.0
SHORTEST_S = 0.5
CHANGE_S = 0.5
"""What starting and ending the profiler takes of a pair of windows, about."""


@dataclass(frozen=True)
class Schedule:
    """`begin_s` after the start of the load come windows of `window_s` each, one for each of `on`: whether the profiler runs in it. None reaches
    beyond `end_s`, where the load changes."""

    begin_s: float
    end_s: float
    window_s: float
    on: tuple[bool, ...]


def schedule(plan: Plan, windows: int, window_s: float) -> Schedule:
    """`windows` (rounded up to pairs) on the longest plateau of `plan`, shorter than `window_s` where the plateau is too short for them.

    Off on, on off, off on, ...: a load or a machine that drifts meets both alike. Fewer windows where they would be shorter than half a
    second. A plan that is not known is taken to be constant.
    """
    pairs = max(1, (windows + 1) // 2)
    longest = max(plan.plateaus, key=lambda phase: phase.end_s - phase.start_s, default=None)
    if longest is None:
        return Schedule(SETTLE_S, SETTLE_S + pairs * (2 * window_s + CHANGE_S), window_s, order(pairs))
    room = max(0.0, longest.end_s - longest.start_s - SETTLE_S)
    pairs = max(1, min(pairs, int(room / (2 * SHORTEST_S + CHANGE_S))))
    fitting = max(SHORTEST_S, min(window_s, (room / pairs - CHANGE_S) / 2))
    begin_s = longest.start_s + SETTLE_S
    return Schedule(begin_s, max(longest.end_s, begin_s + pairs * (2 * fitting + CHANGE_S)), fitting, order(pairs))


def order(pairs: int) -> tuple[bool, ...]:
    """(off, on), (on, off), (off, on), ... as whether the profiler is on."""
    return tuple(on for pair in range(pairs) for on in ((False, True) if pair % 2 == 0 else (True, False)))
