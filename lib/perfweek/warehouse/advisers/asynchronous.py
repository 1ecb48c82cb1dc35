"""Requests that could run their SELECTs together instead of one after the other."""

import numpy as np
import pandas as pd

from perfweek.warehouse.advisers.finding import Finding
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.asynchronous.detection import Pattern, patterns
from perfweek.wording import bracketed, count

FEWEST = 5
"""Requests of a pattern."""
WORTH = 0.1
"""Of the time that its statements take."""
SHOWN = 5


def patterns_of(material: Material) -> list[Pattern]:
    """The patterns of the history; none where it is too long to be replayed."""
    return patterns(material.look.answers.get("executions", pd.DataFrame()))


def advise(material: Material) -> list[Finding]:
    """A finding for each of the SHOWN patterns that could save the most."""
    worth = [one for one in material.once(patterns_of) if one.requests >= FEWEST and one.saved.value > WORTH * one.alone.value]
    return [_finding(one) for one in worth[:SHOWN]]


def _finding(one: Pattern) -> Finding:
    high = one.saved.value if np.isnan(one.saved.high) else one.saved.high
    way = "threads" if one.saved_polled.value < 0.9 * one.saved.value else "threads or execute_async"
    told = "as the query tags tell" if one.tagged else "as pauses between a session's statements tell: nothing tags its requests"
    again = "; one text with other values each time: one statement for all of them would save more, unless each page needs the last" * one.one_text
    what = f"the {one.runs} runs of one SELECT" if one.one_text else f"{one.runs} SELECTs"
    return Finding(
        adviser="async queries",
        title=f"run {what} of {one.route or 'a request'} together, with {way}",
        low=0.0,
        likely=one.whole_s,
        high=high * one.requests,
        unit="s",
        confidence="estimated",
        evidence=f"{count(one.requests, 'request')} ran them one after the other ({told}), {bracketed(one.alone, 's')} each; together they take as "
        f"long as the slowest: {bracketed(one.saved, 's')} less, or {bracketed(one.saved_polled, 's')} less as the connector asks{again}",
        assumes="together they take as long as the slowest of them takes alone",
        cannot_judge="whether one needs another's result: a history cannot prove that they are independent; how much slower they are side by side",
        fingerprints=tuple(dict.fromkeys(one.texts)),
    )
