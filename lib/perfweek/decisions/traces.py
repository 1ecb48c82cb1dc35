"""OpenTelemetry traces in OTLP JSON, and the path through a trace that its caller waits for.

Format: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding; a file of the collector's file exporter holds one such object a line.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from perfweek.errors import EvidenceError

ERROR = (2, "STATUS_CODE_ERROR")
_REMEDY = "Export traces as OTLP JSON: the collector's file exporter writes it."
MOST_DEEP = 200
SLACK_MS = 0.001  # a double of milliseconds since 1970 keeps a quarter of a microsecond


@dataclass(frozen=True)
class Span:
    """One unit of work: service, name, start and end in milliseconds (epoch), whether it failed, and text attributes."""

    id: str
    parent: str
    service: str
    name: str
    start: float
    end: float
    failed: bool
    attributes: Mapping[str, str]

    @property
    def ms(self) -> float:
        return self.end - self.start


@dataclass(frozen=True)
class Trace:
    """The spans of one request with a root; spans whose parent is not there hang under no one and are left out of the path."""

    id: str
    root: Span
    spans: tuple[Span, ...]

    @cached_property
    def children(self) -> dict[str, tuple[Span, ...]]:
        """Span id -> the spans that it called, in order of their start."""
        found: dict[str, list[Span]] = {}
        for span in sorted(self.spans, key=lambda one: one.start):
            if span.id != self.root.id:
                found.setdefault(span.parent, []).append(span)
        return {parent: tuple(spans) for parent, spans in found.items()}

    @cached_property
    def critical_ms(self) -> dict[str, float]:
        """Span id -> the milliseconds of it that the caller waits for; they add up to the root's. Work beside the path counts 0.

        From the end of a span back: the child that ended last is what it waited for (Uber's CRISP, Zhang and others, USENIX ATC 2022).
        """
        found: dict[str, float] = {}
        waiting = [(self.root, self.root.start, self.root.end, 0)]
        while waiting:
            span, start, now, depth = waiting.pop()
            found.setdefault(span.id, 0.0)
            for child in sorted(self.children.get(span.id, ()), key=lambda one: one.end, reverse=True) if depth < MOST_DEEP else ():
                begins, ends = max(child.start, start), min(child.end, now)
                if child.end > now + SLACK_MS or ends <= begins:
                    continue
                found[span.id] += now - ends
                waiting.append((child, begins, ends, depth + 1))
                now = begins
            found[span.id] += max(0.0, now - start)
        return found


def read_traces(paths: Iterable[Path]) -> tuple[tuple[Trace, ...], int]:
    """The traces of OTLP JSON files, oldest first, and how many spans or lines could not be read.

    Raises EvidenceError for a file that cannot be opened, or where no file holds a whole trace.
    """
    spans: dict[str, dict[str, Span]] = {}
    dropped, names = 0, []
    for path in paths:
        names.append(path.name)
        for request in _objects(path):
            for trace, span in _spans(request):
                if span is None:
                    dropped += 1
                else:
                    spans.setdefault(trace, {})[span.id] = span
    traces = [found for trace, known in spans.items() if (found := _trace(trace, known))]
    if not traces:
        raise EvidenceError("the traces hold no span with a root", ", ".join(names)[:300], _REMEDY)
    return tuple(sorted(traces, key=lambda one: one.root.start)), dropped


def _objects(path: Path) -> Iterator[Any]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise EvidenceError(f"the traces cannot be read: {error.strerror}", str(path), _REMEDY) from error
    try:
        yield json.loads(text)
        return
    except (ValueError, RecursionError):
        pass
    for line in text.splitlines():
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                yield None


def _spans(request: Any) -> Iterator[tuple[str, Span | None]]:
    """(trace id, span) of one export request; None for what is no span."""
    try:
        for resource in request["resourceSpans"]:
            service = _attributes(resource.get("resource") or {}).get("service.name", "unknown service")
            for scope in resource.get("scopeSpans") or resource.get("instrumentationLibrarySpans") or ():
                for span in scope.get("spans") or ():
                    yield _span(span, service)
    except (KeyError, TypeError, AttributeError):
        yield "", None


def _span(span: Any, service: str) -> tuple[str, Span | None]:
    try:
        start, end = (int(span[name]) / 1e6 for name in ("startTimeUnixNano", "endTimeUnixNano"))
        whole = bool(span["spanId"]) and bool(span["traceId"]) and 0 <= start <= end and math.isfinite(end)
        status = (span.get("status") or {}).get("code")
        known = Span(
            str(span["spanId"]), str(span.get("parentSpanId") or ""), service, _text(span.get("name")), start, end, status in ERROR, _attributes(span)
        )
        return str(span["traceId"]), known if whole else None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return "", None


def _attributes(holder: Mapping[str, Any]) -> dict[str, str]:
    pairs = [(one.get("key"), one.get("value") or {}) for one in holder.get("attributes") or () if isinstance(one, dict)]
    return {_text(key): _text(next(iter(value.values()), "")) for key, value in pairs if isinstance(value, dict)}


def _text(value: Any) -> str:
    """JSON may hold half a surrogate pair, which no file can; names are cut at a length that a table can hold."""
    return str("" if value is None else value)[:300].encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _trace(trace: str, spans: Mapping[str, Span]) -> Trace | None:
    """None without a root. Of several roots the longest is the request."""
    roots = [span for span in spans.values() if not span.parent or span.parent not in spans]
    roots = [span for span in roots if not span.parent] or roots
    return Trace(trace, max(roots, key=lambda one: one.ms), tuple(spans.values())) if roots else None
