"""Another size for a warehouse: cheaper without being slower, or faster, by what the history saw at several sizes.

A size that was not seen is forecast by the scaling law and a replay (see sizing/forecast.py); where its range does not tell, nothing is advised.
"""

from perfweek.predictions import Prediction
from perfweek.warehouse.advisers.finding import Change, Finding
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.effects import ELAPSED
from perfweek.warehouse.names import literal, slug, written_name
from perfweek.warehouse.sizing.forecast import Forecast, Range
from perfweek.warehouse.sizing.study import Sizing, difference, sizings_of
from perfweek.wording import listed, number

SLOWER = 1.1
"""A 95th percentile that rises by more is slower."""
CANNOT = (
    "memory that spills at a smaller size, caches that are cold after a change, other workloads and months; several clusters instead of a "
    "larger size; Gen2 rates, which the history does not tell apart"
)


def advise(material: Material) -> list[Finding]:
    """At most two findings a warehouse that ran at several sizes: the cheapest size that is not slower, and the fastest that surely is faster."""
    return [finding for sizing in material.once(sizings) for finding in of_sizing(sizing)]


def of_sizing(sizing: Sizing) -> list[Finding]:
    """The findings of one warehouse."""
    return [*_cheaper(sizing), *_faster(sizing)]


def sizings(material: Material) -> list[Sizing]:
    return sizings_of(material.look)


def _cheaper(sizing: Sizing) -> list[Finding]:
    saved = [(difference(sizing.billed, one.credits), one) for one in sizing.others if _as_fast(one, sizing.p95_s) and _keeps_up(one)]
    worth = [(saving, one) for saving, one in saved if saving.low > 0]
    if not worth:
        return []
    saving, best = max(worth, key=lambda pair: pair[0].likely)
    return [_finding(sizing, best, _scaled(saving, sizing), "credits", f"run warehouse {sizing.warehouse} as {best.size}: as fast and cheaper")]


def _faster(sizing: Sizing) -> list[Finding]:
    saved = [(difference(sizing.total_s, one.total), one) for one in sizing.others if one.rate > sizing.now.rate and _keeps_up(one)]
    worth = [(saving, one) for saving, one in saved if saving.low > 0.1 * sizing.total_s]
    if not worth:
        return []
    saving, best = min(worth, key=lambda pair: pair[1].rate)
    return [_finding(sizing, best, _scaled(saving, sizing), "s", f"run warehouse {sizing.warehouse} as {best.size}: faster and dearer")]


def _as_fast(one: Forecast, now_s: float) -> bool:
    """Surely, for a size that was not seen; likely, for one that was."""
    return (one.whole_p95.likely if one.rate in one.known else one.whole_p95.high) <= SLOWER * now_s


def _keeps_up(one: Forecast) -> bool:
    return one.utilisation.high < 1


def _scaled(saving: Range, sizing: Sizing) -> Range:
    share = sizing.replayed_share
    return Range(saving.low / share, saving.likely / share, saving.high / share)


def _finding(sizing: Sizing, best: Forecast, saving: Range, unit: str, title: str) -> Finding:
    seen = listed([f"{len(run.starts_s):,} at {run.size}" for run in sizing.runs])
    measured = best.rate in best.known
    return Finding(
        adviser="right-sizing",
        title=title,
        low=saving.low,
        likely=saving.likely,
        high=saving.high,
        unit="credits" if unit == "credits" else "s",
        confidence="replayed" if measured else "estimated",
        evidence=f"statements: {seen}; at {best.size} ({'seen' if measured else 'forecast from the other sizes'}) the 95th percentile of elapsed "
        f"times comes to {number(best.p95.likely)} s ({number(best.p95.low)} to {number(best.p95.high)}), now {number(sizing.p95_s)} s",
        cannot_judge=CANNOT,
        assumes=_assumes(best),
        change=_change(sizing, best),
    )


def _assumes(best: Forecast) -> str:
    law = "" if best.rate in best.known else "; templates scale to a size that was not seen by the law fitted to the sizes that were"
    return f"the same statements arrive at the same times; each size is billed at its published rate{law}"


def _change(sizing: Sizing, best: Forecast) -> Change:
    name = written_name(sizing.warehouse)
    former = str(sizing.setting.get("size") or sizing.now.size)
    more = best.credits.likely - sizing.billed
    return Change(
        name=f"resize-{slug(sizing.warehouse)}",
        apply=(f"alter warehouse {name} set warehouse_size = {literal(best.size.upper())}",),
        verify=(f"show warehouses like {literal(sizing.warehouse)}", _verify(sizing.warehouse)),
        rollback=(f"alter warehouse {name} set warehouse_size = {literal(former.upper())}",),
        costs=f"{number(abs(more))} credits {'more' if more > 0 else 'less'} for the same statements; running statements end at the former size",
        grants=(f"modify on warehouse {name}",),
        former=f"size {former}, as {'SHOW WAREHOUSES said' if 'size' in sizing.setting else 'its last statement ran at'}",
        warning="the former size comes back with a cold cache",
        predictions=(_prediction(sizing, best),),
    )


def _prediction(sizing: Sizing, best: Forecast) -> Prediction:
    """Scored only where statements ran at that size."""
    labels = {"warehouse": sizing.warehouse, "size": best.size}
    low, likely, high = (1000 * value for value in (best.p95.low, best.p95.likely, best.p95.high))
    change = f"run warehouse {sizing.warehouse} as {best.size}"
    return Prediction(f"right-sizing: {sizing.warehouse} as {best.size}", change, ELAPSED, labels, 1000 * sizing.p95_s, low, likely, high, "")


def _verify(warehouse: str) -> str:
    return f"""select
    warehouse_size,
    count(*) as statements,
    percentile_cont(0.95) within group (order by total_elapsed_time) as p95_ms,
    sum(queued_overload_time) as queued_ms
from snowflake.account_usage.query_history
where start_time >= dateadd('day', -1, current_timestamp())
    and warehouse_name = {literal(warehouse)}
group by warehouse_size"""
