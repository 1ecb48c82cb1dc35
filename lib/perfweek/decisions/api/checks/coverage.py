"""The document and the traffic know the same operations (Zalando 101: the document is the source of truth)."""

from collections.abc import Iterator

from perfweek.decisions.api.finding import Check, Finding, Material
from perfweek.wording import count, number


def _unseen(material: Material) -> Iterator[Finding]:
    if material.traffic is None:
        return
    for operation in material.spec.checked:
        if material.seen(operation) is None:
            what = f"had no request in {number(round(material.traffic.seconds))} s of log"
            do = "look at a longer log; then mark it `deprecated` and take it out, or load it in the baseline"
            yield Finding(UNSEEN.id, operation.route, what, do, operation.pointer)


def _undeclared(material: Material) -> Iterator[Finding]:
    if material.traffic is None:
        return
    for route, seen in material.traffic.undeclared.items():
        what = f"had {count(seen.requests, 'request')} and is not in the document"
        do = "declare it, or refuse it"
        yield Finding(UNDECLARED.id, route, what, do, "", material.stake("requests", seen.requests_a_week))


UNSEEN = Check("declared-unseen", "What is declared is used", _unseen)
UNDECLARED = Check("seen-undeclared", "What is used is declared", _undeclared)
