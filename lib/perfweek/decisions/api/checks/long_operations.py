"""Work that takes long is started and asked after (Microsoft's guidelines on long-running operations; Google AIP-151)."""

from collections.abc import Iterator

from perfweek.decisions.api.finding import Check, Finding, Material
from perfweek.wording import bracketed

LONG_MS = 500
"""Half a second is where Microsoft's guidelines begin to call an operation long."""


def _no_202(material: Material) -> Iterator[Finding]:
    """Only what was measured is long; a document does not say it."""
    for operation in material.spec.checked:
        seen = material.seen(operation)
        if seen is None or "202" in operation.responses or not seen.p95_ms.low > LONG_MS:
            continue
        what = f"keeps its caller waiting: p95 {bracketed(seen.p95_ms, 'ms')}"
        do = "mend what is slow; where the work is long by nature, answer 202 with an address to ask after it"
        yield Finding(NO_202.id, operation.route, what, do, operation.pointer, material.touched(operation, "ms"))


NO_202 = Check("no-long-operation", "Long work is started and asked after", _no_202)
