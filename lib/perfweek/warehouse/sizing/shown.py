"""Sizes, times to suspend and pools in sentences and tables."""

import math
from collections.abc import Sequence

import pandas as pd
from rich.markup import escape
from rich.table import Table

from perfweek.warehouse.advisers.auto_suspend import Replayed
from perfweek.warehouse.sizing.curves import Step
from perfweek.warehouse.sizing.forecast import Forecast, Range
from perfweek.warehouse.sizing.pool_study import PoolStudy
from perfweek.warehouse.sizing.study import Sizing
from perfweek.wording import bracketed, count, listed, number, percent

MOST_ROWS = 50
NO_SIZES = (
    "No data: no statement of the history ran on a warehouse of a size with a rate. The embedded engine has no sizes, and Adaptive warehouses "
    "choose their own."
)
ONE_SIZE = (
    "Cannot tell: each warehouse of the history ran at one size, and how its statements scale shows at two. Run one at another size for an hour of "
    "usual load, or give the history of another size as well: perfweek history SMALL MEDIUM --sizes."
)
NO_POOL = "No data: the history shows no user's statements with their times, or is too long for a replay of each."
SUSPEND_FORMATS = {"suspends now after, s": "{:,.0f}", "starts": "{:,.0f}", "credits": "{:,.3g}", "better, s": "{:,.0f}", "saves, credits": "{:,.3g}"}
POOL_FORMATS = dict.fromkeys(("mean wait, s", "p95, s", "longest, s", "Erlang C, s", "in the warehouse, s", "both, s"), "{:,.3g}")
STEP_FORMATS = {"median before, s": "{:,.3g}", "median after, s": "{:,.3g}", "times as fast": "{:,.3g}", "low": "{:,.3g}", "high": "{:,.3g}"}


def sizing_sentence(sizings: Sequence[Sizing]) -> str:
    """What each step of size did to all statements together, and which templates got slower."""
    if not sizings:
        return NO_SIZES
    known = [one for one in sizings if one.totals]
    return " ".join(_step_sentence(one) for one in known) if known else ONE_SIZE


def _step_sentence(one: Sizing) -> str:
    said = []
    for total in one.totals:
        own = [step for step in one.steps if step.smaller is total.smaller]
        slower, faster = (sum(step.verdict == verdict for step in own) for verdict in ("slower", "faster"))
        said.append(
            f"from {total.smaller.size} to {total.larger.size} statements took 1/{number(total.gain)} of the time "
            f"(1/{number(total.low)} to 1/{number(total.high)}); of {count(len(own), 'template')} {faster} got faster and {slower} slower"
        )
    return f"Warehouse {one.warehouse}: {'; '.join(said)}."


def forecast_sentence(sizings: Sequence[Sizing]) -> str:
    """What the sizes around would do to the statements of the present one, or why that cannot be said."""
    said = [f"at {one.size} {_times(one)}" for sizing in sizings for one in sizing.others]
    if not said:
        return "No size can be forecast: that takes templates with several statements at two sizes."
    return f"The statements of the present size {listed(said)}."


def _times(one: Forecast) -> str:
    now = float(one.base.elapsed_s.sum())
    share = Range(one.total.low / now, one.total.likely / now, one.total.high / now)
    verdict = "are faster" if share.high < 1 else "are slower" if share.low > 1 else "may be faster or slower: cannot tell"
    kind = "seen" if one.rate in one.known else "beyond what was seen" if one.beyond else "between sizes that were seen"
    if one.utilisation.low >= 1:
        return f"({kind}) are more than it can do: they need {number(_rounded(one.utilisation.likely))} times its slots"
    return f"({kind}) {verdict}: {percent(share.likely)} of the time ({percent(share.low)} to {percent(share.high)})"


def sizing_note(sizings: Sequence[Sizing]) -> str:
    """How it was found."""
    first = next((one for one in sizings if one.others), None)
    draws = f"{first.others[0].draws} draws" if first else "no draws"
    return (
        "Elapsed times with the wait in the warehouse. A size that was not seen is forecast by the universal scalability law from those that were, "
        f"and the recorded arrivals are replayed with the scaled work ({draws} of blocks of time, slots and the law's bounds)."
    )


def step_table(sizings: Sequence[Sizing]) -> pd.DataFrame:
    """Each template and step, those that gained least first."""
    steps = sorted((step for one in sizings for step in one.steps), key=lambda step: -step.ratio.value)
    return pd.DataFrame([_step_row(step) for step in steps[:MOST_ROWS]])


def _step_row(step: Step) -> dict[str, object]:
    return {
        "template": step.template[:12],
        "from": step.smaller.size,
        "to": step.larger.size,
        "statements": step.ratio.n,
        "median before, s": step.medians[0],
        "median after, s": step.medians[1],
        "times as fast": step.gain,
        "low": 1 / step.ratio.high,
        "high": 1 / step.ratio.low if step.ratio.low else math.nan,
        "verdict": step.verdict,
    }


def forecast_table(sizings: Sequence[Sizing]) -> pd.DataFrame:
    """Each warehouse and size: the total, the 95th percentile and the credits of its present statements."""
    return pd.DataFrame([_forecast_row(sizing, one) for sizing in sizings for one in sizing.others][:MOST_ROWS])


def median_table(sizings: Sequence[Sizing]) -> pd.DataFrame:
    """Each size and template: the median now, and as forecast; those that take the most time first."""
    rows = [(one, row) for sizing in sizings for one in sizing.others for row in one.templates.to_dict("records")]
    return pd.DataFrame(
        [
            {
                "size": one.size,
                "template": str(row["template"])[:12],
                "statements": row["n"],
                "median now, s": number(_rounded(row["median_now"])),
                "median there, s": _range(Range(row["low"], row["likely"], row["high"])),
                "verdict": row["verdict"],
            }
            for one, row in rows
        ][:MOST_ROWS]
    )


def rich_table(table: pd.DataFrame) -> Table:
    """For a terminal."""
    found = Table(*map(str, table.columns), box=None, pad_edge=False)
    for row in table.itertuples(index=False):
        found.add_row(*(escape(one if isinstance(one, str) else number(one)) for one in row))
    return found


def _forecast_row(sizing: Sizing, one: Forecast) -> dict[str, object]:
    return {
        "warehouse": sizing.warehouse,
        "now": sizing.now.size,
        "size": one.size,
        "known from": "statements there" if one.rate in one.known else "the law, beyond" if one.beyond else "the law, between",
        "time of all, s": _range(one.total),
        "p95, s": _range(one.p95),
        "credits, with a minute to suspend": _range(one.credits),
        "credits now": number(sizing.billed),
        "share of the slots": _range(one.utilisation),
    }


def _range(found: Range) -> str:
    likely, low, high = (number(_rounded(one)) for one in (found.likely, found.low, found.high))
    return f"{likely} ({low} to {high})"


def _rounded(value: float) -> float:
    """To three digits: no forecast is better."""
    return float(f"{value:.3g}")


def suspend_sentence(found: Sequence[Replayed]) -> str:
    """What shorter times to suspend would save."""
    if not found:
        return NO_SIZES
    worth = [one for one in found if one.best.after_s < one.now_s and one.saved[1] > 0]
    if not worth:
        return f"Nothing to gain: {count(len(found), 'warehouse')} would not be billed for less with a shorter time to suspend."
    said = [
        f"{one.warehouse} after {one.best.after_s:g} s in place of {one.now_s:g} s ({one.source}) saves {number(one.saved[1])} credits{_bounds(one)}"
        for one in worth
    ]
    return f"Suspending {listed(said)}; what the cold cache then costs is not judged."


def _bounds(one: Replayed) -> str:
    low, _, high = one.saved
    return "" if math.isnan(low) or math.isnan(high) else f" ({number(low)} to {number(high)})"


def suspend_table(found: Sequence[Replayed]) -> pd.DataFrame:
    """A row a warehouse."""
    return pd.DataFrame(
        [
            {
                "warehouse": one.warehouse,
                "suspends now after, s": one.now_s,
                "known": one.source,
                "starts": one.now.resumed,
                "credits": one.billed,
                "better, s": one.best.after_s,
                "saves, credits": one.saved[1],
                **{f"credits at {choice.after_s:g} s": f"{number(choice.on_s * one.rate / 3600)}" for choice in one.choices},
            }
            for one in found[:MOST_ROWS]
        ]
    )


def pool_sentence(study: PoolStudy | None) -> str:
    """This many connections, and this much wait."""
    if study is None:
        return NO_POOL
    erlang = next(row.erlang_c_s for row in study.sizes if row.size == study.size)
    them = "it" if study.size == 1 else "them"
    return (
        f"{count(study.size, 'connection')} would do: with {them} a {study.client.held} waits {bracketed(study.mean, 's')} on average and at most "
        f"{bracketed(study.p95, 's')} in 95 % of cases; never more than {study.at_once} were needed at once. Erlang C, which takes arrivals for "
        f"steady, says {number(erlang)} s."
    )


def coupled_sentence(study: PoolStudy) -> str:
    """What a larger pool does to the warehouse behind it."""
    if not study.coupled:
        return (
            "Whether statements would take longer with more connections cannot be told: the warehouse has no size with known slots, or other "
            "users too."
        )
    at = {row.size: row for row in study.coupled}
    size, more = at[study.size], at[2 * study.size]
    return (
        f"Pool and warehouse replayed together: {number(size.both_s)} s on average with {count(size.size, 'connection')}, "
        f"{number(more.both_s)} s with {more.size}; {number(more.warehouse_s - size.warehouse_s)} s of it moves into the warehouse."
    )


def pool_table(study: PoolStudy) -> pd.DataFrame:
    """A row a size."""
    coupled = {row.size: row for row in study.coupled}
    rows = []
    for row in study.sizes:
        both = {"in the warehouse, s": coupled[row.size].warehouse_s, "both, s": coupled[row.size].both_s} if coupled else {}
        waits = {"mean wait, s": row.mean_s, "p95, s": row.p95_s, "longest, s": row.longest_s, "Erlang C, s": round(row.erlang_c_s, 6)}
        rows.append({"connections": row.size, **waits, **both})
    return pd.DataFrame(rows)


def pool_note(study: PoolStudy) -> str:
    """How it was measured."""
    user = f"user {study.client.user}" if study.client.user else "a user without a name"
    return (
        f"Replay of {count(len(study.client.stream.arrivals_s), study.client.held)} of {user} as they were recorded, "
        f"first come, first served; {study.mean.method}. Waits in front of the present pool are not in a history."
    )
