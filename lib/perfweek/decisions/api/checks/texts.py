"""What a caller may send has a largest size (OWASP API4: unrestricted resource consumption)."""

from collections.abc import Iterator
from typing import Any

from perfweek.decisions.api.finding import Check, Finding, Material
from perfweek.decisions.api.spec import Operation, is_text

_BOUNDING = ("maxLength", "enum", "const", "pattern")
_SHORT_FORMATS = frozenset(["date", "date-time", "time", "duration", "uuid", "ipv4", "ipv6", "email", "hostname"])


def _unbounded(material: Material) -> Iterator[Finding]:
    for operation in material.spec.checked:
        names = [f"`{name}`" for name, schema in _sent(material, operation) if _endless(material, schema)]
        if names:
            what = f"takes text of any length: {', '.join(names[:5])}{' and more' if len(names) > 5 else ''}"
            do = "set `maxLength`; for files, `Content-Length` up to a limit and 413 above it"
            yield Finding(UNBOUNDED.id, operation.route, what, do, operation.pointer, material.touched(operation, "requests"))


def _sent(material: Material, operation: Operation) -> Iterator[tuple[str, Any]]:
    for parameter in operation.parameters:
        if parameter.get("in") in ("query", "header"):
            yield str(parameter.get("name")), parameter.get("schema")
    body = material.spec.body(operation)
    if body is not None:
        yield "request body", body
        yield from ((f"request.{name}", schema) for name, schema in material.spec.properties(body).items())


def _endless(material: Material, schema: Any) -> bool:
    one = material.spec.mapping(schema)
    return is_text(one) and not any(key in one for key in _BOUNDING) and one.get("format") not in _SHORT_FORMATS


UNBOUNDED = Check("unbounded-text", "What is sent has a largest size", _unbounded)
