"""The figure of the slowest tests; of the slowest imports where there is no test."""

import math
from collections.abc import Sequence

from matplotlib.figure import Figure

from perfweek.profiling.timings.read import Timings
from perfweek.profiling.timings.slowest import import_total, slowest_imports, slowest_tests
from perfweek.stats import Estimate

MOST_BARS, LEAST_SHARE = 12, 0.005
_LONGEST_NAME = 48


def slowest_figure(timings: Timings) -> Figure:
    """A bar for each of the slowest tests with its interval and its share of all test time, the slowest on top.

    Intervals are cut at twice the longest bar; what takes less than LEAST_SHARE has none.
    """
    tests = slowest_tests(timings)
    if tests.times:
        return _bars([(one.name, one.time_s) for one in tests.times], tests.total_s, "time of the test, s", "all test time")
    imports = slowest_imports(timings)
    if imports:
        return _bars([(one.module, one.self_ms) for one in imports], import_total(timings).value, "time of the module's own code, ms", "the import")
    figure = Figure(figsize=(7, 1.2))
    figure.text(0.5, 0.5, "no data", ha="center", va="center")
    return figure


def _bars(times: Sequence[tuple[str, Estimate]], total: float, label: str, of: str) -> Figure:
    worth = [one for one in times if one[1].value >= LEAST_SHARE * total]
    shown = (worth or times)[:MOST_BARS]
    longest = max(time.value for _, time in shown) or 1.0
    edge = min(max(_high(time) for _, time in shown), 2 * longest) or 1.0
    figure = Figure(figsize=(7, 0.9 + 0.3 * len(shown)), layout="constrained")
    axes = figure.add_subplot()
    axes.barh(range(len(shown)), [time.value for _, time in shown], color="C0", height=0.7)
    for place, (_, time) in enumerate(shown):
        if not math.isnan(time.low):
            axes.plot([time.low, min(time.high, edge)], [place, place], color="0.35", linewidth=1.5)
        share = f"{100 * time.value / total:.1f} %" if total else ""
        axes.text(min(_high(time), edge) + 0.015 * edge, place, share, va="center")
    axes.set_yticks(range(len(shown)), [_short(name) for name, _ in shown])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.2 * edge)
    axes.set_xlabel(f"{label}; labels: share of {of}")
    return figure


def _high(time: Estimate) -> float:
    return time.value if math.isnan(time.high) else time.high


def _short(name: str) -> str:
    plain = "".join(letter if letter.isprintable() else " " for letter in name)
    return plain if len(plain) <= _LONGEST_NAME else f"{plain[: _LONGEST_NAME // 2 - 1]}…{plain[-_LONGEST_NAME // 2 :]}"
