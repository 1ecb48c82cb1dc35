"""A write can be repeated without harm, so that a caller may try again after a time-out (Zalando 230; Google AIP-155)."""

from collections.abc import Iterator

from perfweek.decisions.api.finding import Check, Finding, Material

_HEADERS = {"idempotency-key", "x-idempotency-key", "request-id", "x-request-id", "if-match", "repeatability-request-id"}
_FIELDS = frozenset({"request_id", "requestid", "idempotency_key", "idempotencykey", "client_token"})


def _no_key(material: Material) -> Iterator[Finding]:
    for operation in material.spec.checked:
        if operation.method != "POST" or operation.parameter(_HEADERS, "header") or operation.parameter(_FIELDS):
            continue
        body = material.spec.body(operation)
        if body is None or not {name.lower() for name in material.spec.properties(body)} & _FIELDS:
            what = "cannot be repeated safely: after a time-out nobody knows whether it was done"
            do = "take `Idempotency-Key`, keep the answer under it for a day, and give it again"
            yield Finding(NO_KEY.id, operation.route, what, do, operation.pointer, material.touched(operation, "requests"))


NO_KEY = Check("no-idempotency-key", "A write can be repeated", _no_key)
