"""Large answers travel compressed (RFC 9110, section 8.4; Zalando 156)."""

from collections.abc import Iterator

from perfweek.decisions.api.finding import Check, Finding, Material
from perfweek.decisions.api.spec import Operation
from perfweek.wording import number

ONE_PACKET_BYTES = 1400
"""An answer of one packet travels no faster for being shorter."""


def _undocumented(material: Material) -> Iterator[Finding]:
    for operation in material.spec.checked:
        if not operation.reads or operation.success is None or _documented(operation):
            continue
        seen = material.seen(operation)
        if seen is not None and seen.p95_bytes.value <= ONE_PACKET_BYTES:
            continue
        if seen is None and material.spec.listed(operation) is None:
            continue
        how_long = f" of {number(seen.p95_bytes.value)} bytes (p95)" if seen else ""
        what = f"does not say that answers{how_long} come compressed"
        do = "compress from about 1,400 bytes on (gzip, zstd); declare `Accept-Encoding` and `Content-Encoding`, send `Vary: Accept-Encoding`"
        yield Finding(UNDOCUMENTED.id, operation.route, what, do, operation.pointer, material.touched(operation, "bytes"))


def _documented(operation: Operation) -> bool:
    return "content-encoding" in operation.headers() or operation.parameter({"accept-encoding"}, "header") is not None


UNDOCUMENTED = Check("no-compression", "Large answers travel compressed", _undocumented)
