"""What the load in steps says, in words."""

import math

from perfweek.load.capacity.result import Capacity
from perfweek.load.capacity.usl import FARTHEST, NoScaling, Scaling
from perfweek.wording import bracketed, count, listed, number


def capacity_sentence(capacity: Capacity) -> str:
    """The highest rate that kept the budget, with the levels between which it was lost; or why there is none."""
    if not capacity.cells:
        return f"No data: {capacity.reason}. {capacity.remedy}"
    if capacity.generator.verdict == "the limit":
        return f"The load generator was the limit, not the service: {listed(capacity.generator.signs)}. What is said below of capacity is its own."
    budget = f"the budget of {number(capacity.budget_ms)} ms for p95 of all requests together"
    found, lowest, highest = capacity.highest, capacity.cells[0].offered, max(cell.offered for cell in capacity.cells)
    if math.isnan(found.value):
        told = "is missed" if not math.isnan(found.high) else "is not surely kept"
        return f"Even at the lowest load of {_rate(lowest)} {budget} {told}."
    surely = f"surely at {_rate(found.low)}" if not math.isnan(found.low) else "surely at none"
    lost = f"surely lost at {_rate(found.high)}" if not math.isnan(found.high) else f"it was not lost up to {_rate(highest)}, the most that was tried"
    sentence = f"{budget[0].upper()}{budget[1:]} is kept up to {_rate(found.value)}: {surely}, {lost}."
    return sentence + _against_baseline(capacity, found.value)


def knee_sentence(capacity: Capacity) -> str:
    """Where response times bend upwards, and where requests pile up."""
    if not capacity.cells:
        return f"No data: {capacity.reason}."
    knee, saturated = capacity.knee, capacity.saturated
    told = f"No knee: {knee.reason}."
    if not math.isnan(knee.rate.value):
        told = (
            f"Response times bend upwards at {bracketed(knee.rate, 'arrivals a second')}: "
            f"p95 is {number(knee.p95_ms)} ms up to there, and {number(knee.rise)} times as long at the highest load."
        )
    if saturated is None:
        return f"{told} At no level did requests pile up."
    answered = f"of {_rate(saturated.offered)} it answers {number(saturated.throughput.value)}"
    return f"{told} From {_rate(saturated.offered)} on requests pile up: {answered}, and those under way become more while the load stays the same."


def scaling_sentence(capacity: Capacity) -> str:
    """The Universal Scalability Law in words: contention, coherency and the peak, each only as far as the data tell it."""
    scaling = capacity.scaling
    if isinstance(scaling, NoScaling):
        return f"The scaling law is not fitted: {scaling.reason}."
    contention = f"By the scaling law {bracketed(scaling.a, '%')} of the work waits its turn"
    if scaling.a.low <= 0:
        contention = f"By the scaling law at most {number(100 * scaling.a.high)} % of the work waits its turn"
    return f"{contention}; {_peak(scaling)}. Beyond {number(FARTHEST * scaling.tested)} requests under way, twice what was tested, it says nothing."


def generator_sentence(capacity: Capacity) -> str:
    """Whether k6 was the limit, from what it used itself."""
    generator = capacity.generator
    if not capacity.cells:
        return f"No data: {capacity.reason}."
    if generator.verdict == "cannot tell":
        return f"Whether the load generator was the limit, the data cannot tell: {listed(generator.signs)}."
    if generator.verdict == "the limit":
        signs = listed(generator.signs)
        return f"The load generator was the limit: {signs}. Give it a machine of its own, or more virtual users (MAX_VUS of capacity.js)."
    used = f"k6 took at most {number(generator.cores, 2)} of {count(capacity.machine_cores, 'core')}"
    if generator.verdict == "shared":
        return f"{used}, and the service the rest: alone on the machine it would take more. {generator.signs[0][0].upper()}{generator.signs[0][1:]}."
    return f"The load generator was not the limit: {used}, made all arrivals in time and had virtual users left."


def capacity_note(capacity: Capacity) -> str:
    """How it was measured: levels, what was cut, what ended it, and how the intervals were made."""
    if not capacity.cells:
        return "Nothing was measured."
    cells = capacity.cells
    settled = {round(cell.end_s - cell.start_s, 3) for cell in cells if cell.whole}
    seconds = f" of {number(max(settled), 1)} s" if settled else ""
    arrivals = sum(cell.arrivals for cell in cells)
    ended = " When all virtual users were waiting it asked no more, and took in the answers that were due." if capacity.stopped else ""
    cut = [cell for cell in cells if not cell.whole]
    short = f" {count(len(cut), 'level')} broken off: hollow, and in no fit." if cut else ""
    return (
        f"k6, arrival rate in {count(len(cells), 'step')}{seconds} from {_rate(cells[0].offered)} to {_rate(cells[-1].offered)}, "
        f"n = {arrivals:,} arrivals; the beginning of each step, while the queue of the step before is worked off, is cut.{ended}{short} "
        f"Intervals of response times: {cells[0].p95.method.partition(';')[0]}; of throughput: {cells[0].throughput.method}."
    )


def _peak(scaling: Scaling) -> str:
    if not scaling.falls:
        return "whether throughput falls again at a higher load, the data cannot tell (the interval of coherency includes zero)"
    if math.isnan(scaling.peak.value):
        return f"throughput falls again at a higher load, but {scaling.peak.method}"
    most = bracketed(scaling.most, "answers a second")
    return f"throughput is largest with {bracketed(scaling.peak, 'requests')} under way, {most}, and falls again beyond"


def _against_baseline(capacity: Capacity, rate: float) -> str:
    baseline = float(capacity.record["rate"])
    return f" That is {number(rate / baseline, 1)} times the baseline's {_rate(baseline)}."


def _rate(rate: float) -> str:
    return f"{number(rate)}/s"
