"""What Spectral or vacuum found in the same document, merged: what both found counts once."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from perfweek.decisions.api.finding import Finding, Material
from perfweek.decisions.api.spec import METHODS
from perfweek.errors import EvidenceError

LARGEST_BYTES = 50_000_000
_REMEDY = "Write it with: spectral lint -f json FILE, or: vacuum spectral-report FILE."
SAME: Mapping[str, tuple[str, ...]] = {
    "no-rate-limit": ("rate-limit-responses-429", "rate-limit-retry-after", "define-error-responses-429", "responses-429"),
    "array-without-max-items": ("array-limit",),
    "unbounded-text": ("string-limit",),
    "unpaged-list": ("must-support-pagination", "paginated-response", "pagination"),
    "no-cache-headers": ("cache-headers", "must-document-cacheable", "caching"),
    "no-idempotency-key": ("idempotency-key",),
    "no-compression": ("gzip", "compression"),
}
"""Our check -> ends of the names that linters' rule sets (OWASP, Zalando) give the same one."""


def read_lint(path: Path) -> tuple[Finding, ...]:
    """The findings in Spectral's JSON, or in vacuum's report (its own or in Spectral's form).

    Raises EvidenceError for a file that is neither; entries without a rule or a message are left out.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise EvidenceError(f"larger than {LARGEST_BYTES // 10**6} MB", str(path), _REMEDY)
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise EvidenceError(f"the linter's output cannot be read: {error.strerror}", str(path), _REMEDY) from error
    except (ValueError, RecursionError):
        raise EvidenceError("not a linter's JSON", str(path), _REMEDY) from None
    results = _results(content)
    if results is None:
        raise EvidenceError("neither Spectral's nor vacuum's output", str(path), _REMEDY)
    return tuple(_findings(results))


def _results(content: Any) -> list[Any] | None:
    """Spectral writes a list; vacuum a report with resultSet.results."""
    if isinstance(content, list):
        return content
    found = content.get("resultSet") if isinstance(content, dict) else None
    results = found.get("results") if isinstance(found, dict) else None
    return results if isinstance(results, list) else None


def _findings(results: list[Any]) -> Iterator[Finding]:
    for entry in results:
        if not isinstance(entry, dict):
            continue
        rule, by = (entry.get("code"), "Spectral") if "code" in entry else (entry.get("ruleId"), "vacuum")
        message, path = entry.get("message"), _path(entry.get("path"))
        if isinstance(rule, str) and isinstance(message, str):
            yield Finding(rule, _route(path), message[:300], "see the rule in the linter's rule set", "/".join(["#", *path]), by=by)


def _path(path: Any) -> list[str]:
    """Steps into the document; vacuum writes them as a JSONPath: $.paths['/a'].get.responses."""
    if isinstance(path, list):
        return [str(step) for step in path]
    if not isinstance(path, str):
        return []
    steps, text = [], path.removeprefix("$")
    while text:
        if text[0] == "[":
            inner, _, text = text[1:].partition("]")
            steps.append(inner.strip("'\""))
        else:
            step = text.removeprefix(".")
            end = min((place for place in (step.find("."), step.find("[")) if place >= 0), default=len(step))
            steps.append(step[:end])
            text = step[end:]
    return [step for step in steps if step]


def _route(path: Sequence[str]) -> str:
    """'GET /assets' of a path into the document; '' for a place outside of an operation."""
    in_operation = len(path) >= 3 and path[0] == "paths" and path[2].lower() in METHODS
    return f"{path[2].upper()} {path[1]}" if in_operation else ""


def same_check(rule: str) -> str:
    """Our check for a linter's rule, or ''."""
    ends = ((check, end) for check, names in SAME.items() for end in names)
    return next((check for check, end in ends if rule.lower().endswith(end)), "")


def merged(own: Sequence[Finding], linted: Sequence[Finding], material: Material) -> list[Finding]:
    """Ours, and what only a linter found, once an operation and rule, with the operation's requests at stake."""
    known = {(finding.check, finding.route) for finding in own}
    operations = {operation.route: operation for operation in material.spec.operations}
    new: dict[tuple[str, str], Finding] = {}
    for finding in linted:
        if (same_check(finding.check), finding.route) not in known:
            new.setdefault((finding.check, finding.route), finding)
    stakes = {route: material.touched(operation, "requests") for route, operation in operations.items()}
    return [*own, *(replace(finding, stake=stakes.get(finding.route)) for finding in new.values())]
