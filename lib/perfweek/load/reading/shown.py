"""A look at results for a person, as rich tables, and for a script, as JSON."""

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from perfweek.load.reading.audit import Audit
from perfweek.load.reading.endpoints import Endpoint, Seconds
from perfweek.load.reading.look import Look
from perfweek.load.reading.outcome import By
from perfweek.load.reading.summary import Summary
from perfweek.stats import Estimate
from perfweek.wording import count, interval_text, number, percent, sentence

_MOST_ROWS = 50
_OFF = 0.05
_LONGEST_NAME = 500
_RUNS_APART_S = 60
"""Files of one run overlap, or follow each other at once; without any request for longer, they are of several."""


def shown(look: Look, by: By) -> Iterator[RenderableType]:
    """The audit line by line, then the table."""
    if look.audit:
        yield from (_text(line) for line in audit_lines(look.audit))
        yield _latency_table(look.endpoints, by)
        return
    for summary in look.summaries:
        yield from _summary(summary)


def audit_sentence(audit: Audit) -> str:
    """The same in one paragraph, for a report."""
    first, *others = (line.lstrip("! ") for line in audit_lines(audit))
    return " ".join([f"{first}.", *map(sentence, others)])


def audit_lines(audit: Audit) -> Iterator[str]:
    """What was read, in sentences; what casts doubt on the figures begins with a !."""
    kinds = {"csv": "CSV", "json": "JSON lines"}
    names = ", ".join(f"{file.path.name} ({kinds[file.kind]})" for file in audit.files)
    yield f"  {names}: {count(audit.rows, 'whole row')}, {count(audit.requests, 'request')} in {number(audit.length_s)} s"
    if audit.lost:
        yield f"! {count(audit.lost, 'damaged row')} left out, the first: {audit.first_damage}"
    if audit.times_back:
        yield f"  {count(audit.times_back, 'row')} earlier than the row before, by at most {number(audit.most_back_ms)} ms"
    if len(audit.files) > 1 and audit.pause_s > _RUNS_APART_S:
        yield f"! no request for {number(audit.pause_s)} s between them: files of several runs are taken for one here; perfweek compare tells runs"
    if audit.resolution_s == 1:
        yield "! times in whole seconds only: set K6_CSV_TIME_FORMAT=unix_milli"
    if audit.refused:
        yield f"! {count(audit.refused, 'request')} refused: their durations, near 0 ms, are in the percentiles, as in k6's own"
    if audit.timed_out:
        yield f"! {count(audit.timed_out, 'request')} timed out: their durations are lower bounds"
    if audit.dropped_iterations:
        arrivals = audit.dropped_iterations + audit.iterations
        yield f"! {number(audit.dropped_iterations)} of {number(arrivals)} iterations dropped: what they would have taken is in no percentile"
    if audit.parts_differ:
        yield f"! {count(audit.parts_differ, 'request')} with sending + waiting + receiving other than the duration"
    if audit.little:
        little, off = audit.little, abs(audit.little.ratio - 1) > _OFF
        yield (
            f"{'!' if off else ' '} Little's law: {number(little.in_flight)} in flight, {number(little.rate)} a second x "
            f"{number(1000 * little.duration_s)} ms = {number(little.rate * little.duration_s)}"
        )
    if audit.comparisons and audit.summary:
        different = [one for one in audit.comparisons if not one.same]
        yield f"{'!' if different else ' '} {audit.summary.name}: {len(audit.comparisons) - len(different)} of {len(audit.comparisons)} figures agree"
        for one in different[:5]:
            yield f"!   {one.metric} {one.statistic}: {number(one.summary)} in the summary, {number(one.raw)} in the raw results"


def json_of(look: Look, by: By) -> str:
    """The look as one line of JSON."""
    return json.dumps(as_json(look, by), allow_nan=False, separators=(",", ":"))


def as_json(look: Look, by: By) -> dict[str, Any]:
    """Numbers for scripts; null where there is none. Durations in ms."""
    if look.audit is None:
        return {
            "audit": {"raw": False, "rows": 0, "lost": 0, "files": [str(summary.path) for summary in look.summaries]},
            "by": by,
            "endpoints": [row for summary in look.summaries for row in _summary_endpoints(summary)],
            "summaries": [_summary_json(summary) for summary in look.summaries],
        }
    assert look.seconds
    return {
        "audit": _audit_json(look.audit),
        "by": by,
        "endpoints": [_endpoint_json(one) for one in look.endpoints],
        "seconds": _seconds(look.seconds),
    }


def _latency_table(endpoints: list[Endpoint], by: By) -> Table:
    table = Table(
        by, *("n", "failed", "p50 ms", "95 % interval", "p95 ms", "95 % interval", "p99 ms", "95 % interval", "max ms"), box=None, pad_edge=False
    )
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    table.columns[0].overflow = "fold"
    for one in endpoints[:_MOST_ROWS]:
        figures = [text for estimate in (one.p50, one.p95, one.p99) for text in (_milliseconds(estimate.value), interval_text(estimate))]
        share = percent(one.failed / one.n) if one.failed else "0"
        table.add_row(_text(_short(one.name) or "(none)"), number(one.n), share, *figures, _milliseconds(one.largest_ms))
    if len(endpoints) > _MOST_ROWS:
        table.caption = f"{_MOST_ROWS} of {count(len(endpoints), 'group')}, those with most response time; --json has all"
    return table


def _text(text: str) -> Text:
    """Text of a file, which may hold anything: no markup, and no control characters that a terminal would obey."""
    return Text("".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text))


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}\N{HORIZONTAL ELLIPSIS}"


def _milliseconds(value: float) -> str:
    """At most the nanoseconds that k6 measures."""
    return number(value, 6 if value < 0.01 else 3 if value < 10 else 2 if value < 100 else 1) if math.isfinite(value) else "no data"


def _summary(summary: Summary) -> Iterator[RenderableType]:
    yield _text(f"! {summary.path.name} is a summary ({summary.shape}): no raw results, so no intervals, no series, no audit")
    for threshold in summary.thresholds:
        yield _text(f"  threshold {threshold.metric} {threshold.expression}: {'met' if threshold.met else 'missed'}")
    for name, passes, fails in summary.checks:
        yield _text(f"  check {name}: {number(passes)} of {number(passes + fails)} passed")
    statistics = sorted({statistic for values in summary.metrics.values() for statistic in values})
    table = Table("metric", *statistics, box=None, pad_edge=False)
    for name, values in sorted(summary.metrics.items()):
        table.add_row(_text(name), *(number(values[statistic]) if statistic in values else "" for statistic in statistics))
    yield table


def _summary_endpoints(summary: Summary) -> list[dict[str, Any]]:
    rows = []
    for name, values in summary.metrics.items():
        if name.partition("{")[0] == "http_req_duration":
            all_of_it = name == "http_req_duration"
            n = values.get("count", summary.metrics.get("http_reqs", {}).get("count") if all_of_it else None)
            quantiles = {"p50_ms": "med", "p90_ms": "p(90)", "p95_ms": "p(95)", "p99_ms": "p(99)", "max_ms": "max", "mean_ms": "avg"}
            named = {key: values.get(statistic) for key, statistic in quantiles.items()}
            rows.append({"name": name.partition("{")[2].removesuffix("}") or "all requests", "n": n, **named})
    return rows


def _summary_json(summary: Summary) -> dict[str, Any]:
    return {
        "file": str(summary.path),
        "shape": summary.shape,
        "metrics": summary.metrics,
        "thresholds": [{"metric": one.metric, "expression": one.expression, "met": one.met} for one in summary.thresholds],
        "checks": [{"name": name, "passes": passes, "fails": fails} for name, passes, fails in summary.checks],
    }


def _audit_json(audit: Audit) -> dict[str, Any]:
    plain = ("rows", "lost", "first_damage", "times_back", "most_back_ms", "resolution_s", "requests", "failed", "refused", "timed_out")
    more = ("iterations", "dropped_iterations", "parts_differ", "without_parts", "pause_s")
    little = audit.little
    return {
        "raw": True,
        "files": [{"path": str(file.path), "kind": file.kind, "rows": file.rows, "lost": file.lost} for file in audit.files],
        **{name: getattr(audit, name) for name in plain + more},
        "start": datetime.fromtimestamp(audit.start_s, UTC).isoformat() if math.isfinite(audit.start_s) else None,
        "length_s": _finite(audit.length_s),
        "little": little and {"in_flight": little.in_flight, "rate": little.rate, "duration_s": little.duration_s, "ratio": _finite(little.ratio)},
        "summary": [
            {"metric": one.metric, "statistic": one.statistic, "summary": one.summary, "raw": one.raw, "same": one.same} for one in audit.comparisons
        ],
    }


def _endpoint_json(one: Endpoint) -> dict[str, Any]:
    return {
        "name": one.name,
        **{key: getattr(one, key) for key in ("n", "failed", "refused", "timed_out")},
        **{"mean_ms": one.mean_ms, "min_ms": one.least_ms, "p90_ms": one.p90_ms, "p999_ms": one.p999_ms, "max_ms": one.largest_ms},
        **_interval("p50", one.p50),
        **_interval("p95", one.p95),
        **_interval("p99", one.p99),
        "parts": {part: dict(zip(("p50_ms", "p95_ms", "p99_ms", "max_ms"), found, strict=True)) for part, found in one.part_ms.items()},
    }


def _interval(name: str, estimate: Estimate) -> dict[str, float | None]:
    return {f"{name}_ms": _finite(estimate.value), f"{name}_low_ms": _finite(estimate.low), f"{name}_high_ms": _finite(estimate.high)}


def _seconds(seconds: Seconds) -> dict[str, list[float]]:
    return {name: getattr(seconds, name).tolist() for name in ("second", "n", "failed", "p50_ms", "p95_ms", "p99_ms")}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
