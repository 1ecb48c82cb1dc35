"""Friday's sentences."""

import math
from collections.abc import Sequence
from statistics import NormalDist

from perfweek.predictions import Prediction
from perfweek.progress.compare import Comparison, Verdict, by_endpoint, overall
from perfweek.progress.control import Control
from perfweek.progress.measure import Sides
from perfweek.progress.papers.checklists import Answer, Item
from perfweek.progress.replicates import Effect
from perfweek.progress.result import Progress
from perfweek.progress.scoring import score_sentence
from perfweek.progress.trends import FEWEST as FEWEST_WEEKS
from perfweek.progress.trends import Trend
from perfweek.stats import CONFIDENCE
from perfweek.wording import count, listed, with_interval

_Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
NO_DATA = "No data: the target names k6 results to analyse, so there is no service to load a second time."
REMEDY = "Give service.url and service.start in target.toml, and take load.results out, to measure progress."
TOLD = ("p95", "p99", "p50", "errors", "throughput")
"""Which change of an endpoint is told where several moved: the one that the budget is about first."""
WITHIN = (
    "One run a side: the interval holds how a run varied within itself, not how two runs of the same version differ, so there is no verdict. In a "
    "trial of eight identical runs the median differed by 2 % and the 99th percentile by 4 % from run to run (standard deviation), one endpoint's "
    "95th percentile by 34 %. Repeat the runs: [load] repeats in the target, or several files a side on the command line."
)


def verdict_sentence(comparisons: Sequence[Comparison], refused: str = "") -> str:
    """Which endpoints improved, regressed, stayed the same; of which the data cannot tell."""
    if refused:
        return refused
    if not comparisons:
        return NO_DATA
    endpoints = by_endpoint(comparisons)
    verdicts = {endpoint: overall(rows) for endpoint, rows in endpoints.items()}
    order: tuple[Verdict, ...] = ("regressed", "improved", "same", "cannot tell")
    parts = [f"{verdict}: {_listed(endpoints, verdicts, verdict)}" for verdict in order if verdict in verdicts.values()]
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def headline(comparisons: Sequence[Comparison]) -> str:
    """How many endpoints improved and regressed, and the largest change of a 95th percentile that is sure."""
    verdicts = [overall(rows) for rows in by_endpoint(comparisons).values()]
    improved, regressed, unknown = verdicts.count("improved"), verdicts.count("regressed"), verdicts.count("cannot tell")
    parts = [f"{improved} of {len(verdicts)} endpoints improved", f"{regressed or 'none'} regressed"]
    if unknown:
        parts.append(f"of {unknown} the data cannot tell")
    sure = [one for one in comparisons if one.quantity == "p95" and one.verdict in ("improved", "regressed")]
    largest = max(sure, key=lambda one: abs(math.log(one.effect.value)), default=None)
    moved = f"; the 95th percentile of {largest.endpoint} went from {largest.before:,.3g} to {largest.after:,.3g} ms" if largest else ""
    return f"{', '.join(parts)}{moved}."


def change_sentence(comparisons: Sequence[Comparison], refused: str = "") -> str:
    """The largest change of a 95th percentile, with its interval."""
    known = [one for one in comparisons if one.quantity == "p95" and one.effect.value > 0 and not math.isnan(one.effect.low)]
    if not known:
        return NO_DATA if not comparisons else "No endpoint had enough requests in both runs to compare its 95th percentile."
    largest = max(known, key=lambda one: abs(math.log(one.effect.value)))
    word = "fell" if largest.effect.value < 1 else "rose"
    return (
        f"The largest change of a 95th percentile: {largest.endpoint} {word} from {largest.before:,.3g} to {largest.after:,.3g} ms, "
        f"{_ratio(largest)} of what it was" + (", which the different loads may explain alone." if refused else ".")
    )


def detectable_sentence(comparisons: Sequence[Comparison]) -> str:
    """The smallest fall of a 95th percentile that this pair would have shown."""
    falls = {one.endpoint: 1 - one.detectable for one in comparisons if one.quantity == "p95" and not math.isnan(one.detectable)}
    if not falls:
        return "What these runs could have shown is not known: it takes several runs a side, each with enough requests."
    best, worst = min(falls, key=lambda name: falls[name]), max(falls, key=lambda name: falls[name])
    span = f"{100 * falls[best]:.0f} % ({best})" + (f" to {100 * falls[worst]:.0f} % ({worst})" if worst != best else "")
    return f"A fall of the 95th percentile by {span} or more would have been called improved with a probability of 80 %; a smaller one may be missed."


def tolerance_sentences(comparisons: Sequence[Comparison]) -> list[str]:
    """For one run a side: how much two runs of one version may differ before the difference seen is no longer one."""
    found = []
    for one in comparisons:
        if one.quantity != "p95" or one.effect.replicated or math.isnan(one.effect.low):
            continue
        spread = tolerated_spread(one.effect, one.band)
        word = "faster" if one.effect.value < 1 else "slower"
        found.append(
            f"{one.endpoint}: in these two runs the 95th percentile was {word} after, {_ratio(one)} of what it was; that is a change of the version "
            f"if runs of one version differ by less than {100 * spread:.1f} % (standard deviation), which only further runs can tell."
            if spread
            else f"{one.endpoint}: even in these two runs the 95th percentile did not clearly change, {_ratio(one)} of what it was."
        )
    return found


def tolerated_spread(effect: Effect, band: tuple[float, float]) -> float:
    """The largest standard deviation between runs (of the logarithm) with which the interval of two runs would still end beyond the band; 0 where
    it does not even without any. Variances within and between add up, and each run has both."""
    distance = max(math.log(band[0]) - math.log(effect.value), math.log(effect.value) - math.log(band[1]))
    if distance <= 0:
        return 0.0
    within = math.log(effect.high / effect.low) / 2 / _Z
    return math.sqrt(max(0.0, (distance / _Z) ** 2 - within**2) / 2)


def environment_sentence(progress: Progress) -> str:
    """Whether both runs asked the same of the service, and how many arrivals each could not start."""
    if not progress.baselines:
        return NO_DATA
    changed = progress.differences[~progress.differences["same"]]["property"].tolist()
    asked = "Both versions were asked the same today" if progress.sides.in_turn else "Both runs asked the same of the service"
    same = asked + (f"; what differs from Monday: {', '.join(changed)}." if changed else ", and nothing differs from Monday.")
    monday, friday = (with_interval(baseline.dropped, "%") for baseline in progress.baselines)
    return f"{progress.refused or same} Arrivals that could not be started, whose latency nobody knows: {monday} on Monday; {friday} on Friday."


def p95_change(progress: Progress) -> str:
    """The tile's comparison: what the 95th percentile of all requests was on Monday."""
    return f"Monday: {with_interval(progress.baselines[0].overall.p95, 'ms')}" if progress.baselines else ""


def control_sentence(control: Control) -> str:
    """What the comparison says of a version compared with itself."""
    if not control.comparisons:
        return "No control: a version is compared with itself where it has four runs or more."
    return (
        f"The control compares each version with itself: {count(control.alarms, 'false alarm')} in {control.comparisons} comparisons "
        f"({100 * control.rate:.1f} %; at most 5 % are expected), over {count(control.splits, 'split')} of its runs."
    )


def sides_sentence(sides: Sides) -> str:
    """How many runs a side, and how they were taken."""
    before, after = len(sides.before), len(sides.after)
    if min(before, after) < 2:
        return WITHIN
    order = "in turn, A B B A, so that a slow minute of the machine hits both versions" if sides.in_turn else _order(sides)
    return f"{before} runs before and {after} after, {order}. The run is what is repeated: intervals come from how runs of one version differ."


def _order(sides: Sides) -> str:
    """By the times of their requests: whatever changed between the two sides beside the version is in the difference too."""
    times = [[run.requests["time"] for run in side if len(run.requests)] for side in (sides.before, sides.after)]
    if not all(times):
        return "at times that are not known"
    (first, end), (later, last) = ((min(one.min() for one in side), max(one.max() for one in side)) for side in times)
    if later > end:
        return f"the earlier ones {_time_apart(later - end)} before the others"
    return f"those called after {_time_apart(first - last)} before the others" if first > last else "mixed in time"


def _time_apart(seconds: float) -> str:
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            return count(round(seconds / length), unit)
    return count(round(seconds), "second")


def method_note(comparisons: Sequence[Comparison], smallest_effect: float) -> str:
    """How the comparison was made."""
    n = sum(one.effect.n for one in comparisons if one.quantity == "throughput")
    if not n:
        return "Nothing was compared."
    runs = max((one.effect.runs for one in comparisons), default=(0, 0))
    several = f"{runs[0]} and {runs[1]} runs; a hierarchical bootstrap over runs and blocks of time, Student's t for so few runs"
    return (
        f"n = {n:,} requests on the plateau of the load, {several if min(runs) > 1 else 'one run a side'}; error shares as a difference. "
        f"Within {100 * smallest_effect:g} % counts as the same (errors: within one in a hundred); improved and regressed need the whole interval "
        f"beyond that, and p below 5 % after Benjamini and Hochberg's correction for {len(comparisons)} comparisons."
        + ("" if min(runs) > 1 else f" {WITHIN}")
    )


def shift_note(comparisons: Sequence[Comparison]) -> str:
    """How the quantiles of the second figure were compared."""
    n = sum(one.effect.n for one in comparisons if one.quantity == "throughput")
    if not n:
        return "Nothing was compared."
    return f"n = {n:,} requests on the plateau; bands are 95 % intervals, as above; quantiles that too few requests know are left out."


def next_sentence(comparisons: Sequence[Comparison], budget_ms: float, refused: str = "") -> str:
    """What to look at next: regressions first, then endpoints that are still beyond the latency budget."""
    if not comparisons:
        return NO_DATA
    if refused:
        return "Measure again with the load of Monday before anything is concluded."
    return _what_is_next(comparisons, budget_ms)


def _what_is_next(comparisons: Sequence[Comparison], budget_ms: float) -> str:
    regressed = [name for name, rows in by_endpoint(comparisons).items() if overall(rows) == "regressed"]
    slow = [one for one in comparisons if one.quantity == "p95" and one.after > budget_ms]
    if all(overall(rows) == "cannot tell" for rows in by_endpoint(comparisons).values()):
        return _unsure(comparisons)
    if regressed:
        return f"Next: find out why {', '.join(regressed)} regressed, before the change is rolled out."
    if slow:
        named = ", ".join(f"{one.endpoint} ({one.after:,.3g} ms)" for one in sorted(slow, key=lambda one: -one.after))
        return f"Next: {named} still {'miss' if len(slow) > 1 else 'misses'} the budget of {budget_ms:g} ms at the 95th percentile."
    return f"Next: keep the change; each 95th percentile lies within the budget of {budget_ms:g} ms."


def _unsure(comparisons: Sequence[Comparison]) -> str:
    if not any(one.effect.replicated for one in comparisons):
        return "Next: repeat both runs ([load] repeats in the target): with one run a side nothing can be told apart."
    return "Next: measure for longer (profile week1) or more often ([load] repeats): these runs are too short, or too unsteady, to tell anything."


def decision(progress: Progress, scored: Sequence[Prediction]) -> list[str]:
    """The day's verdict: did it work, were the predictions right, what is next."""
    if not progress.baselines:
        return [NO_DATA, REMEDY]
    return [
        progress.refused or headline(progress.comparisons),
        score_sentence(scored),
        next_sentence(progress.comparisons, progress.budget_ms, progress.refused),
    ]


def _listed(endpoints: dict[str, list[Comparison]], verdicts: dict[str, Verdict], verdict: Verdict) -> str:
    """The endpoints of a verdict; where something moved, by the first of TOLD."""
    named = []
    for endpoint in (name for name in endpoints if verdicts[name] == verdict):
        moved = {one.quantity: one for one in endpoints[endpoint] if one.verdict == verdict and verdict in ("improved", "regressed")}
        told = next((moved[name] for name in TOLD if name in moved), None)
        named.append(endpoint + (f" ({told.quantity} {_ratio(told)})" if told else ""))
    return ", ".join(named)


def _ratio(one: Comparison) -> str:
    effect = one.effect
    if effect.kind == "difference":
        return f"{100 * effect.value:+.2g} points ({100 * effect.low:+.2g} to {100 * effect.high:+.2g})"
    return f"{_number(effect.value)} times ({_number(effect.low)} to {_number(effect.high)})"


def _number(ratio: float) -> str:
    return f"{ratio:.2f}" if 0.1 <= ratio < 100 else f"{ratio:.2g}"


def trend_sentence(trends: Sequence[Trend]) -> str:
    """How many series there are over the weeks, and which have a new level."""
    if not trends:
        return "This is the first week: series over the weeks begin with the second."
    weeks = max(len(trend.weeks) for trend in trends)
    changed = [trend for trend in trends if trend.change]
    if weeks < FEWEST_WEEKS:
        return f"{count(len(trends), 'series', 'series')} over {weeks} weeks; a new level can be told from chance from {FEWEST_WEEKS} weeks on."
    if not changed:
        return f"None of {count(len(trends), 'series', 'series')} over {weeks} weeks has a new level that chance would not explain."
    named = "; ".join(f"{trend.name} since {trend.change}" for trend in changed[:3])
    return f"{len(changed)} of {len(trends)} series over {weeks} weeks have a new level: {named}."


def trend_note(trends: Sequence[Trend]) -> str:
    """How a new level is told."""
    weeks = max((len(trend.weeks) for trend in trends), default=0)
    return (
        f"n = {weeks} weeks; the best split of each series against those of simulated series without a change and as correlated from week to week, "
        f"corrected for {len(trends)} series."
    )


def checklist_sentence(found: Sequence[tuple[Item, Answer]]) -> str:
    """How many boxes were seen to be done, are missing, and only people can tick."""
    states = [answer.state for _, answer in found]
    missing = [item.title for item, answer in found if answer.state == "missing"]
    said = f"{states.count('done')} of {len(found)} boxes of the first week are seen to be done, {states.count('ask')} are for people to say"
    return f"{said}, {len(missing)} missing: {listed(missing)}." if missing else f"{said}, none is missing."
