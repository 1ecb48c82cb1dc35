"""Wednesday's sentences: each answers one question of the notebook, or says that there is no data."""

import math

from perfweek.stats import Estimate
from perfweek.warehouse.clustering import PROPOSAL, Advice, Candidate
from perfweek.warehouse.history import History
from perfweek.warehouse.study import Study
from perfweek.warehouse.wording import size
from perfweek.wording import bracketed, number


def history_sentence(study: Study) -> str:
    """What the history holds, from when to when, and which engine it is of."""
    if not study.history:
        return study.missing
    history, extent = study.history, study.history.extent
    span = (extent["last_end"] - extent["first_start"]).total_seconds()
    kept = "" if history.about["share"] == 1 else f" A sample of {100 * history.about['share']:.2g} % of them was kept."
    torn = f" {history.about['torn']:,} unreadable lines were left out." if history.about["torn"] else ""
    return (
        f"The history of {history.about['engine']} ({history.about['origin']}) holds {extent['statements']:,} statements in {_span(span)}, "
        f"{extent['failed']:,} of them failed; they executed for {number(extent['execution_time'] / 1000)} s together and scanned "
        f"{size(extent['bytes_scanned'] or 0)}.{kept}{torn}"
    )


def slow_sentence(study: Study) -> str:
    """How many statements were over the threshold, and the slowest."""
    if not study.history:
        return study.missing
    extent, slowest = study.history.extent, study.history.slowest
    worst = "no statement has a time" if slowest.empty else f"the slowest took {number(float(slowest['execution_time'].iloc[0]))} ms"
    if not extent["slow"]:
        return f"None of the {extent['statements']:,} statements executed for longer than {study.threshold_ms:,} ms; {worst}."
    share = 100 * extent["slow"] / extent["statements"]
    return f"{extent['slow']:,} of {extent['statements']:,} statements ({share:.2g} %) executed for longer than {study.threshold_ms:,} ms; {worst}."


def slow_caption(study: Study) -> str:
    """What the table of statements shows: those over the threshold, or else the slowest ones."""
    if study.history and study.history.extent["slow"]:
        slow, listed = study.history.extent["slow"], len(study.history.slow)
        return f"Statements that executed for longer than {study.threshold_ms:,} ms, slowest first: {listed:,} of {slow:,} kept"
    return "The slowest statements; none is over the threshold"


def endpoint_sentence(study: Study) -> str:
    """Which endpoint's statements take the most time, with p50 and p95."""
    if not study.timings:
        return study.missing if not study.history else "No statement carries the route of its endpoint in its query tag, so none can be attributed."
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


def clustering_sentence(study: Study) -> str:
    """What the chosen key would change, against the proposal and the best other order."""
    if not study.advice:
        return study.missing
    advice = study.advice
    parts = [
        f"Ordered by `{advice.chosen.name}`, the statements on `{advice.use.name}` would scan {_share(advice.chosen)} of its partitions; "
        f"now they scan {100 * advice.now_overall:.3g} % (both weighted by execution time)."
    ]
    proposal = _named(advice, f"({', '.join(PROPOSAL)})")
    if proposal and proposal is not advice.chosen:
        word = "does as well" if proposal.overall.likely <= 1.1 * advice.chosen.overall.likely else "does worse"
        parts.append(f"The proposed `{proposal.name}` {word}, {_share(proposal)}.")
    turned = _named(advice, f"({', '.join(reversed(PROPOSAL))})")
    if turned and turned is not advice.chosen:
        parts.append(f"The other order, `{turned.name}`, would scan {_share(turned)}.")
    return " ".join(parts)


def clustering_note(study: Study) -> str:
    """How the layouts were simulated, and what the ranges hold."""
    if not study.advice or not study.about_sample:
        return "Nothing was simulated."
    rows, share = study.about_sample["rows"], study.about_sample["share"]
    return (
        f"Simulated: {rows:,} sampled rows ({100 * share:.2g} % of the table) sorted by the key and cut into {study.advice.use.partitions:,} "
        "partitions; each recorded WHERE is tested against the least and greatest values, whose ends are moved out for what was not "
        "sampled. Ranges cover other mixes of the same statements and, for LIMIT, an engine that stops early or not at all. 'Now' is measured."
    )


def decision(study: Study) -> list[str]:
    """The verdict of the day."""
    if not study.history:
        return [study.missing]
    if not study.advice:
        return [slow_sentence(study), study.missing]
    advice = study.advice
    if not advice.affected:
        return [slow_sentence(study), f"No clustering key of `{advice.use.name}` would spare its statements much: leave it as it is."]
    first = advice.affected[0]
    share = advice.chosen.endpoints[first]
    expected = bracketed(Estimate(share.likely, share.low, share.high, 0, ""), "%")
    return [
        slow_sentence(study),
        f"Cluster `{advice.use.name}` by `{advice.chosen.name}`: {first} should scan {expected} of the partitions "
        f"instead of {bracketed(advice.now[first], '%')}.",
        f"{'apply_embedded.sql' if study.embedded else 'apply.sql'} makes the change and its rollback undoes it; Friday measures the share again "
        "and scores the prediction.",
    ]


def _share(candidate: Candidate) -> str:
    share = candidate.overall
    return bracketed(Estimate(share.likely, share.low, share.high, 0, ""), "%")


def _named(advice: Advice, name: str) -> Candidate | None:
    return next((candidate for candidate in advice.candidates if candidate.name == name), None)


def _execution_ms(history: History | None) -> dict[str, float]:
    rows = history.endpoints if history else None
    return {} if rows is None else dict(zip(rows["endpoint"].fillna(""), rows["execution_time"].astype(float), strict=True))


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def as_estimate(candidate: Candidate, endpoint: str, n: int) -> Estimate:
    """What is expected of an endpoint, as a key figure: in per cent."""
    share = candidate.endpoints.get(endpoint)
    if share is None:
        return Estimate(math.nan, math.nan, math.nan, 0, "no data")
    return Estimate(100 * share.likely, 100 * share.low, 100 * share.high, n, "simulated layout")
