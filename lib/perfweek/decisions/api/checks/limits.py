"""A caller who asks too much is told so, and when to come back (RFC 6585 and RFC 9110, section 10.2.3; Zalando 153)."""

from collections.abc import Iterator

from perfweek.decisions.api.finding import Check, Finding, Material
from perfweek.decisions.api.spec import Operation


def _no_rate_limit(material: Material) -> Iterator[Finding]:
    for operation in material.spec.checked:
        wrong = _wrong(operation)
        if wrong:
            do = "answer 429 with `Retry-After` above a rate that the service is known to carry, and declare it"
            yield Finding(NO_RATE_LIMIT.id, operation.route, wrong, do, operation.pointer, material.touched(operation, "requests"))


def _wrong(operation: Operation) -> str:
    refusal = operation.responses.get("429") or operation.responses.get("4XX")
    if refusal is None:
        return "declares no 429: one caller can take the whole capacity"
    headers = refusal.get("headers")
    named = {name.lower() for name in headers} if isinstance(headers, dict) else set()
    return "" if "retry-after" in named or "429" not in operation.responses else "declares 429 without `Retry-After`: callers come back at once"


NO_RATE_LIMIT = Check("no-rate-limit", "Overload is refused with a time to come back", _no_rate_limit)
