"""Differential flame graphs: the same calls before and after, coloured and signed by whether they cost more or less; grey where one cannot tell."""

from collections.abc import Callable, Mapping
from typing import Protocol

from perfweek.report.flamegraph import Box, Path, Stacks, frame_html, layout, rows_html, table_html
from perfweek.stats import Estimate
from perfweek.wording import bracketed, interval_text, number, value_text

SIGNS = {"more": ("pw-more", "▲ "), "less": ("pw-less", "▼ ")}
UNSURE = "pw-unsure"
TOP = 20
LEGEND = (
    '<p class="pw-legend"><span class="pw-key pw-more">▲ orange</span> costs more than before, <span class="pw-key pw-less">▼ blue</span> less; '
    '<span class="pw-key pw-unsure">grey</span>: one cannot tell, the windows differ by as much among themselves. '
    "A call counts with all that it calls.</p>"
)


class Change(Protocol):
    """CPU-milliseconds a request before and after, their difference with its interval, and 'more', 'less' or 'cannot tell'."""

    @property
    def before(self) -> float: ...
    @property
    def after(self) -> float: ...
    @property
    def difference(self) -> Estimate: ...
    @property
    def verdict(self) -> str: ...


def differential_html(before: Stacks, after: Stacks, paths: Mapping[Path, Change], functions: Mapping[str, Change], label: str) -> str:
    """Both layouts and their table as safe HTML, complete without script: as wide as after, so that what is new can be seen, and as wide as
    before, so that what is gone can."""
    draw = _drawn(paths)
    layouts = (("After", "what is new is here, what is gone is not", after), ("Before", "what is gone is here, what is new is not", before))
    drawn = "".join(
        f'<p class="pw-direction"><strong>{when}</strong>: each call as wide as its share of the {number(sum(stacks.values()))} ms of CPU time '
        f"a request then; {what}.</p>{rows_html(layout(stacks), f'{when}: {label}', draw)}"
        for when, what, stacks in layouts
    )
    return LEGEND + drawn + _table(functions)


def differential_text(functions: Mapping[str, Change]) -> str:
    """What changed as plain text, one function a line."""
    sure = [(name, change) for name, change in _ordered(functions) if change.verdict != "cannot tell"]
    return "\n".join(f"{change.difference.value:+.2f} ms  {name}" for name, change in sure)


def _drawn(paths: Mapping[Path, Change]) -> Callable[[Box], str]:
    def draw(box: Box) -> str:
        change = None if box.merged else paths.get(box.path)
        style, sign = SIGNS.get(change.verdict, (UNSURE, "")) if change else (UNSURE, "")
        return frame_html(box, style, sign + box.name, f"{box.name}: {_words(change)}")

    return draw


def _words(change: Change | None) -> str:
    if change is None:
        return "too little of it to compare"
    verdict = "cannot tell" if change.verdict == "cannot tell" else f"costs {change.verdict}"
    return f"{number(change.before)} ms a request before, {number(change.after)} ms after; difference {bracketed(change.difference, 'ms')}: {verdict}"


def _table(functions: Mapping[str, Change]) -> str:
    shown = _ordered(functions)[:TOP]
    rows = [
        (name, number(one.before), number(one.after), value_text(one.difference), interval_text(one.difference), one.verdict) for name, one in shown
    ]
    caption = f"Functions by the change of their own CPU time, ms a request: {len(shown)} of {len(functions)}"
    return table_html(caption, ("Function", "Before", "After", "Difference", "95 % interval", "Verdict"), rows)


def _ordered(functions: Mapping[str, Change]) -> list[tuple[str, Change]]:
    """Those that are sure first, the largest change first."""
    return sorted(functions.items(), key=lambda item: (item[1].verdict == "cannot tell", -abs(item[1].difference.value), item[0]))
