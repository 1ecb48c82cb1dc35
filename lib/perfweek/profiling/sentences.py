"""Sentences about the profile."""

import math
from dataclasses import replace

from perfweek.profiling.cost import FARTHEST, accounted, function_costs
from perfweek.profiling.differential import Change, Differential
from perfweek.profiling.endpoints import EndpointCosts
from perfweek.profiling.overhead import overhead
from perfweek.profiling.run import ProfileRun
from perfweek.wording import bracketed, count, listed, number, percent

NOTHING_DONE = "No profile: the service did nothing in Python while it was watched."


def profile_sentence(run: ProfileRun) -> str:
    """The function with most samples of its own, their share and its CPU time a request; or why there is no profile."""
    if run.profile.reason:
        return f"No profile: {run.profile.reason}. {run.profile.remedy}"
    if not run.samples:
        return NOTHING_DONE
    first = run.functions[0]
    cost = next((one.own for one in function_costs(run) if one.function == first.function), None)
    took = f", {bracketed(cost, 'ms')} of CPU time a request" if cost and not math.isnan(cost.value) else ""
    return (
        f"Most samples are taken in `{first.function}`: {bracketed(first.own, '%')} of them{took}; "
        f"the five functions at the top take {percent(sum(one.own.value for one in run.functions[:5]))}."
    )


def choice_sentence(run: ProfileRun) -> str:
    """Which profiler was chosen, and why."""
    return run.profile.choice


def profile_note(run: ProfileRun) -> str:
    """How the profile was taken: windows, rate, version and mode, what was dropped, and how the intervals were made."""
    profile = run.profile
    if profile.reason:
        return "No profile was taken."
    waiting = count(run.idle, "sample")
    how = "t intervals over the windows" if len(run.on) > 1 else "one window, so the intervals are lower bounds of the width"
    mode = "without stopping the service" if "--nonblocking" in profile.flags else "stopping the service for each sample"
    return (
        f"{profile.tool} {profile.version}, {profile.rate_hz} samples a second in {count(len(run.on), 'window')} of together "
        f"{number(profile.wall_s)} s under load, {mode}; n = {run.samples:,} samples of working threads, {waiting} of waiting ones dropped; {how}. "
        "No latency on this page comes from these windows."
    )


def accounted_sentence(run: ProfileRun) -> str:
    """How the profile agrees with the operating system on how busy the service was, with a warning beyond 20 %."""
    found = accounted(run)
    if math.isnan(found.value):
        return "No data: no CPU time was accounted to the service while it was profiled."
    busy_s = run.samples / run.profile.rate_hz
    agreed = f"The profile stands for {number(busy_s)} s of busy threads, the operating system accounts for {number(run.cpu_s)} s of CPU time"
    ratio = f"ratio {bracketed(found)}"
    if abs(found.value - 1) <= FARTHEST:
        return f"{agreed}: they agree within 20 % ({ratio})."
    if found.value > 1:
        cause = "threads that wait for a CPU or for the interpreter's lock were sampled as busy, so functions that wait look larger than they are"
    else:
        cause = "part of the work is in native threads or processes that were not looked into, or the profiler fell behind, and no function shows it"
    return f"Warning: {agreed[0].lower()}{agreed[1:]} ({ratio}): {cause}."


def overhead_sentence(run: ProfileRun) -> str:
    """What the profiler cost the service, from neighbouring windows with and without it."""
    cost = overhead(run)
    named = {"the median response time": cost.p50, "the 95th percentile": cost.p95, "CPU time a request": cost.cpu}
    known = {name: ratio for name, ratio in named.items() if not math.isnan(ratio.value)}
    if not known:
        return "No data: what the profiler costs is not known, since too few requests were answered in its windows."
    parts = [f"{name} {bracketed(ratio)}" for name, ratio in known.items()]
    sure = [name for name, ratio in known.items() if not math.isnan(ratio.low) and not ratio.low <= 1 <= ratio.high]
    verdict = f"More than chance: {listed(sure)}." if sure else "None of them can be told from 1: the profiler may cost nothing."
    return (
        f"What the profiler costs, as a factor: {listed(parts)}, from {count(next(iter(known.values())).n, 'pair')} of windows with and without it; "
        f"py-spy itself keeps {bracketed(cost.profiler_cores)} of a core busy. {verdict}"
    )


def endpoint_sentence(costs: EndpointCosts) -> str:
    """The endpoint whose requests cost most CPU time, and how that is known."""
    known = [row for row in costs.rows if not math.isnan(row.cost.value)]
    if not known:
        return "Cannot tell: the requests of the endpoints do not vary enough against each other to say which of them takes the CPU time."
    first = known[0]
    lost = len(costs.rows) - len(known)
    untold = f" Of {count(lost, 'endpoint')} one cannot tell." if lost else ""
    if costs.method == "stacks":
        how = f"counted below its handler; every request takes another {bracketed(costs.rest, 'ms')} outside of the handlers"
    else:
        how = "by regression of the CPU time on the requests of each second"
    return f"A request of `{first.endpoint}` takes most CPU time, {bracketed(first.cost, 'ms')}: {how}.{untold}"


def differential_sentence(difference: Differential) -> str:
    """What changed between two profiles, or why they are not compared."""
    if difference.refused:
        return f"The two profiles are not compared: {difference.refused}."
    sure = {function: change for function, change in difference.functions.items() if change.verdict != "cannot tell"}
    if not sure:
        compared = count(len(difference.functions), "function")
        return f"Cannot tell: of {compared} none changed by more than chance over {difference.pairs} pairs of windows."
    ordered = sorted(sure.items(), key=lambda item: -abs(item[1].difference.value))
    first = [_changed(function, change) for function, change in ordered[:3]]
    return f"{count(len(sure), 'function')} of {len(difference.functions)} changed: {listed(first)}; of the others one cannot tell."


def differential_note(difference: Differential) -> str:
    """How the comparison was made."""
    return (
        f"CPU time a request by window, {difference.pairs} pairs of windows, t test of the differences, adjusted for "
        f"{len(difference.paths):,} calls and {len(difference.functions):,} functions (Benjamini-Hochberg, false discovery rate 5 %)."
    )


def _changed(function: str, change: Change) -> str:
    low, high = sorted((abs(change.difference.low), abs(change.difference.high)))
    size = replace(change.difference, value=abs(change.difference.value), low=low, high=high)
    return f"`{function}` takes {bracketed(size, 'ms')} {change.verdict} a request"
