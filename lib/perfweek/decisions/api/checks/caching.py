"""What callers have is not sent again (RFC 9110, section 13, and RFC 9111; Zalando 182 and 227)."""

from collections.abc import Iterator

from perfweek.decisions.api.finding import Check, Finding, Material, Stake
from perfweek.decisions.api.spec import Operation
from perfweek.wording import bracketed

_HEADERS = {"cache-control", "etag", "last-modified", "expires"}


def _no_validator(material: Material) -> Iterator[Finding]:
    for operation in material.spec.checked:
        if operation.reads and operation.success is not None and not operation.headers() & _HEADERS and "304" not in operation.responses:
            what = f"says neither how long an answer is good nor how to ask whether it still is{_repeats(material, operation)}"
            do = "send `ETag` and `Cache-Control`, answer `If-None-Match` with 304, and declare all three; `no-store` where nothing may be kept"
            yield Finding(NO_VALIDATOR.id, operation.route, what, do, operation.pointer, _stake(material, operation))


def _repeats(material: Material, operation: Operation) -> str:
    seen = material.seen(operation)
    if seen is None:
        return ""
    if not seen.sessions_known:
        return "; whether callers ask again cannot be told, the log has no sessions or no keys"
    return f"; {bracketed(seen.repeat_share, '%')} of its requests repeat one of the same session with an answer of the same length"


def _stake(material: Material, operation: Operation) -> Stake | None:
    seen = material.seen(operation)
    if seen is None:
        return None
    return material.stake("bytes", seen.repeated_bytes_a_week, spared=True) if seen.sessions_known else material.touched(operation, "bytes")


NO_VALIDATOR = Check("no-cache-headers", "A read says how long it may be kept", _no_validator)
