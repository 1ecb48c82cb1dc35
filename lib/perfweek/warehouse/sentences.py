"""Wednesday's sentences on the history: each answers one question of the notebook, or says that there is no data."""

from perfweek.warehouse.history import History
from perfweek.warehouse.study import NO_HISTORY, Study
from perfweek.warehouse.unread import empty, not_granted_views, taken_up_sentence
from perfweek.warehouse.wording import size
from perfweek.wording import bracketed, count, listed, number, percent


def history_sentence(study: Study) -> str:
    """What the history holds, from when to when, and which engine it is of."""
    if not study.history:
        return NO_HISTORY
    history, extent = study.history, study.history.extent
    span = (extent["last_end"] - extent["first_start"]).total_seconds()
    kept = "" if history.about["share"] == 1 else f" A sample of {100 * history.about['share']:.2g} % of them was kept."
    torn = f" {history.about['torn']:,} unreadable lines were left out." if history.about["torn"] else ""
    lost = f" {taken_up_sentence(history.about['taken_up'])}" if history.about.get("taken_up") else ""
    return (
        f"The history of {history.about['engine']} ({history.about['origin']}) holds {extent['statements']:,} statements in {_span(span)}, "
        f"{extent['failed']:,} of them failed; they executed for {number(extent['execution_time'] / 1000)} s together and scanned "
        f"{size(extent['bytes_scanned'] or 0)}.{kept}{torn}{lost}"
    )


def native_sentence(study: Study) -> str:
    """Which questions Snowflake's own views answered, and which were derived from the texts or could not be answered."""
    if not study.material:
        return NO_HISTORY
    look = study.material.look
    native, nothing = [name.replace("_", " ") for name in look.native], empty(look)
    lacking = count(len(not_granted_views(look)), "view is", "views are")
    refused = f" {lacking} not granted to the connection's role: the grants stand below." if not_granted_views(look) else ""
    if not native:
        first = "Of the views beside QUERY_HISTORY none could be read: what tables are scanned for is derived from the texts, and nothing is metered."
        return first + refused
    return f"Views beside QUERY_HISTORY answered on {listed(native)}{f'; empty: {listed(nothing)}' if nothing else ''}.{refused}"


def slow_sentence(study: Study) -> str:
    """How many statements were over the threshold, and the slowest."""
    if not study.history:
        return NO_HISTORY
    extent, slowest = study.history.extent, study.history.slowest
    worst = "no statement has a time" if slowest.empty else f"the slowest took {number(float(slowest['execution_time'].iloc[0]))} ms"
    if not extent["slow"]:
        return f"None of the {extent['statements']:,} statements executed for longer than {study.threshold_ms:,} ms; {worst}."
    share = percent(extent["slow"] / extent["statements"])
    return f"{extent['slow']:,} of {extent['statements']:,} statements ({share}) executed for longer than {study.threshold_ms:,} ms; {worst}."


def checklist_sentence(study: Study) -> str:
    """What the week-1 checklist's question, asked as it stands there, answers."""
    if not study.checklist:
        return "The week-1 checklist's own question (execution_time > 1000, the first 100) finds no statement."
    return f"The week-1 checklist's own question (execution_time > 1000, the first 100) finds {count(study.checklist, 'statement')}."


def slow_caption(study: Study) -> str:
    """What the table of statements shows: those over the threshold, or else the slowest ones."""
    if study.history and study.history.extent["slow"]:
        slow, listed = study.history.extent["slow"], len(study.history.slow)
        return f"Statements that executed for longer than {study.threshold_ms:,} ms, slowest first: {listed:,} of {slow:,} kept"
    return "The slowest statements; none is over the threshold"


def endpoint_sentence(study: Study) -> str:
    """Which endpoint's statements take the most time, with p50 and p95."""
    if not study.timings:
        return NO_HISTORY if not study.history else "No statement carries the route of its endpoint in its query tag, so none can be attributed."
    first = study.timings[0]
    totals = _execution_ms(study.history)
    share = 100 * totals[first.endpoint] / sum(totals.values())
    return (
        f"Statements of {first.endpoint} take {share:.0f} % of the execution time: median {bracketed(first.p50, 'ms')}, 95th percentile "
        f"{bracketed(first.p95, 'ms')}; they scan {bracketed(first.partitions_scanned_share, '%')} of the partitions of their tables."
    )


def endpoint_note(study: Study) -> str:
    """How the timings were taken."""
    n = sum(timing.p50.n for timing in study.timings)
    return f"n = {n:,} successful statements, warm-up and ramps included; intervals from a moving-block bootstrap over blocks of 1 s."


def _execution_ms(history: History | None) -> dict[str, float]:
    rows = history.endpoints if history else None
    return {} if rows is None else dict(zip(rows["endpoint"].fillna(""), rows["execution_time"].astype(float), strict=True))


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
