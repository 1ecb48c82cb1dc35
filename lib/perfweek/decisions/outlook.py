"""What may change a verdict: thresholds put elsewhere, trends, unknowns, and the cheapest alternative; as tables and sentences."""

import math
from collections.abc import Sequence

import pandas as pd

from perfweek.decisions.alternatives import Alternative
from perfweek.decisions.sensitivity import FACTORS, Sensitivity
from perfweek.decisions.tripwire import FEWEST_WEEKS, Tripwire
from perfweek.decisions.unknowns import Unknown
from perfweek.wording import count, listed, number

_MARKS = {"supports": "supports", "opposes": "opposes", "inconclusive": "unclear", "no data": "no data"}
_SHOWN = (0.5, 0.71, 1.0, 1.41, 2.0)
MOST_ROWS = 50


def sensitivity_table(found: Sequence[Sensitivity]) -> pd.DataFrame:
    """One row a criterion with data: its verdict at half its threshold up to twice, and whether the record's verdict holds throughout."""
    places = [FACTORS.index(factor) for factor in _SHOWN]
    rows = [
        (one.criterion.rule.record, one.criterion.rule.quantity, *(_MARKS[one.own[place]] for place in places), "yes" if one.robust else "no")
        for one in found
    ]
    return pd.DataFrame(rows[:MOST_ROWS], columns=["record", "criterion", *(f"× {factor:g}" for factor in _SHOWN), "record's verdict holds"])


def sensitivity_sentence(found: Sequence[Sensitivity]) -> str:
    """Which verdicts hang on where a threshold was put."""
    loose = [f"{one.criterion.rule.quantity} ({one.criterion.rule.record})" for one in found if not one.robust]
    if not found:
        return "No criterion has data, so no verdict can hang on a threshold."
    if not loose:
        return f"No verdict hangs on where a threshold was put: halving or doubling any of the {len(found)} changes none."
    return f"Where the threshold is put changes a record's verdict for {listed(loose)}."


def tripwire_table(found: Sequence[Tripwire]) -> pd.DataFrame:
    """One row a criterion that does not support: how far it is, and when its trend crosses."""
    rows = [(one.criterion.rule.record, one.criterion.rule.quantity, _distance(one), _weeks(one), one.n) for one in found]
    return pd.DataFrame(rows[:MOST_ROWS], columns=["record", "criterion", "threshold, times today's value", "crossed in", "weeks known"])


def tripwire_sentence(found: Sequence[Tripwire]) -> str:
    """Which crossing is near; or that there are too few weeks to tell."""
    told = [one for one in found if not math.isnan(one.weeks)]
    near = [f"{one.criterion.rule.quantity} ({one.criterion.rule.record}) in {_weeks(one)}" for one in told if math.isfinite(one.weeks)]
    if near:
        return f"If it goes on like this, thresholds are crossed by {listed(near)}."
    if told:
        return "No criterion is on its way to its threshold within two years."
    return f"When a threshold will be crossed cannot be told: that takes {FEWEST_WEEKS} weeks with evidence of the same criterion."


def _distance(one: Tripwire) -> str:
    if one.times <= 0:
        return "no multiple of it"
    return number(one.times, None if math.isinf(one.times) else 2 if one.times < 10 else 0)


def _weeks(one: Tripwire) -> str:
    if math.isnan(one.weeks):
        return "cannot tell"
    if math.isinf(one.weeks):
        return "not within two years" if math.isinf(one.low) else f"not before {number(one.low, 0)} weeks"
    high = "no end in sight" if math.isinf(one.high) else number(one.high, 0)
    return f"{number(one.weeks, 0)} weeks ({number(one.low, 0)} to {high})"


def unknown_table(found: Sequence[Unknown]) -> pd.DataFrame:
    """One row an unknown, the most decisive first: what to measure and what its answer does to the record's verdict."""
    rows = [
        (one.decision.record.id, one.criterion.rule.quantity, one.criterion.rule.measure, one.if_supports, one.if_opposes)
        for one in found[:MOST_ROWS]
    ]
    return pd.DataFrame(rows, columns=["record", "unknown", "measure", "record if it supports", "record if it opposes"])


def unknown_sentence(found: Sequence[Unknown]) -> str:
    """What to measure next, and why that."""
    deciding = [one for one in found if one.decides]
    if not found:
        return "No unknown would change a verdict."
    first = found[0]
    what = f"{first.criterion.rule.quantity} ({first.decision.record.id})"
    if not deciding:
        return (
            f"No single answer changes what the evidence says of a record; {count(len(found), 'answer')} would change a part of one, such as {what}."
        )
    return f"Measure next: {what}. {count(len(deciding), 'unknown')} would, each alone, change what the evidence says of a record."


def alternative_table(found: Sequence[Alternative]) -> pd.DataFrame:
    """One row a record: its cheapest adequate option and what that scores on the same data."""
    return pd.DataFrame([(one.record, one.option, one.score) for one in found], columns=["record", "cheapest adequate option", "on the same data"])
