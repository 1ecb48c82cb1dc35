"""Monday's sentences about the flow of requests: offered and done, what failed and when, the script's own thresholds."""

import math

import numpy as np

from perfweek.load.baseline import Baseline
from perfweek.load.thresholds import Threshold
from perfweek.load.throughput import FAILURES, over_time
from perfweek.wording import bracketed, count, listed, number, percent, with_interval


def throughput_sentence(baseline: Baseline) -> str:
    """Offered against done on the level with most load."""
    if not baseline.levels:
        return f"{bracketed(baseline.overall.rate, 'requests/s')} were asked; the plan of the load is not known, so neither is what was offered."
    top = max(baseline.levels, key=lambda level: level.done.value if math.isnan(level.offered) else level.offered)
    done = f"{bracketed(top.done, 'iterations/s')} finished"
    many = f" on the highest of {len(baseline.levels)} levels" if len(baseline.levels) > 1 else ""
    if math.isnan(top.offered):
        return f"With {count(round(top.phase.low), 'caller')} that wait for answers{many}, {done}: a slower service is asked less."
    dropped = f"; {top.dropped:,} could not be started" if top.dropped else "; every one was started"
    return f"Of {number(top.offered)} arrivals/s offered{many}, {done}{dropped}."


def errors_sentence(baseline: Baseline) -> str:
    """How much failed in the whole run, ramps included, why, and in which seconds most."""
    seconds = over_time(baseline.run)
    lengths = seconds["end_s"] - seconds["start_s"]
    totals = {name: round(float((seconds[name] * lengths).sum())) for name in FAILURES}
    causes = [f"{total:,} {name}" for name, total in totals.items() if total]
    if not causes:
        return "No request failed and none was left unsent, ramps included."
    worst = seconds.iloc[int(np.argmax(seconds[list(FAILURES)].sum(axis=1)))]
    when = f"most between {number(worst['start_s'])} and {number(worst['end_s'])} s"
    share = with_interval(baseline.overall.errors, "%") if baseline.overall.requests else "no data"
    return f"In the whole run {listed(causes)}, {when}; on the plateau the share of failed requests is {share}."


def heat_sentence(baseline: Baseline) -> str:
    """Where most response times lie, and how far the slowest is from them."""
    overall = baseline.overall
    if not overall.n:
        return "No request was answered as expected."
    requests = baseline.run.plateau
    slowest = requests[~requests["failed"]].nlargest(1, "duration_ms").iloc[0]
    return (
        f"Half of all requests take at most {bracketed(overall.p50, 'ms')}; the slowest took {number(slowest['duration_ms'])} ms, "
        f"{number(slowest['time'] - baseline.run.origin)} s into the load (`{slowest['endpoint']}`)."
    )


def thresholds_sentence(baseline: Baseline) -> str:
    """How many of the script's thresholds are met, and each that is missed with its value."""
    if not baseline.thresholds:
        return "The load script has no thresholds, or its summary is not among the results."
    missed = [one for one in baseline.thresholds if one.verdict == "missed"]
    near = sum(one.near for one in baseline.thresholds)
    total = len(baseline.thresholds)
    verdict = "The script's only threshold is met" if total == 1 else f"All {total} thresholds of the script are met"
    if missed:
        verdict = f"{len(missed)} of {count(total, 'threshold')} of the script {'is' if len(missed) == 1 else 'are'} missed"
    told = f": {listed([_told(one) for one in missed[:3]])}" if missed else ""
    doubt = f" For {near} the limit lies within the interval: another run may end the other way." if near else ""
    return f"{verdict}{told}.{doubt}"


def threshold_note(baseline: Baseline) -> str:
    """What the values of thresholds count."""
    return f"As k6 counts: the whole run, n = {count(len(baseline.run.results.requests), 'request')}, ramps, warm-up and failures included."


def known_share_sentence(baseline: Baseline) -> str:
    """How much of what was asked for has a response time; beyond that share no quantile is known."""
    overall = baseline.overall
    if not overall.requests:
        return "No request was measured on the plateau."
    if overall.known_share == 1:
        return "Every request of the plateau has a response time, so every quantile is known."
    return f"{percent(overall.known_share)} of the requests that should have been answered were: nothing is known of any quantile beyond."


def _told(threshold: Threshold) -> str:
    value = f" ({with_interval(threshold.value, threshold.unit)})" if not math.isnan(threshold.value.value) else ""
    return f"`{threshold.metric}: {threshold.expression}`{value}"
