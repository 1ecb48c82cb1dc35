"""A response has a size that its document bounds: no list without an end, no list within each item of a list (OWASP API4; Zalando 158)."""

from collections.abc import Iterator

from perfweek.decisions.api.finding import Check, Finding, Material
from perfweek.decisions.api.spec import DEEP, Operation, is_array


def _unbounded(material: Material) -> Iterator[Finding]:
    for operation in material.spec.checked:
        names = [*_asked(material, operation), *_given(material, operation)]
        if names:
            what = f"{', '.join(f'`{name}`' for name in names[:4])}{' and more' if len(names) > 4 else ''}: no `maxItems`"
            do = "set `maxItems`; where the number has no bound, give it a list of its own, in pages"
            yield Finding(UNBOUNDED.id, operation.route, what, do, operation.pointer, material.touched(operation, "bytes"))


def _asked(material: Material, operation: Operation) -> list[str]:
    """Arrays of a request's body that have no end."""
    body = material.spec.body(operation)
    if body is None:
        return []
    if is_array(body):
        return ["request body"] if "maxItems" not in body else []
    return [f"request.{name}" for name, one in material.spec.properties(body).items() if _endless(material, one)]


def _given(material: Material, operation: Operation) -> list[str]:
    """Arrays inside the objects of a response; the length of the list itself is for its pages to bound, see unpaged-list."""
    schema = material.spec.media(operation.success)
    if schema is None or not operation.reads:
        return []
    listed = material.spec.listed(operation)
    inside = material.spec.mapping(listed[1].get("items", {})) if listed else schema
    return [name for name, one in material.spec.properties(inside).items() if _endless(material, one)]


def _endless(material: Material, schema: object) -> bool:
    one = material.spec.mapping(schema)
    return is_array(one) and "maxItems" not in one


def _nested(material: Material) -> Iterator[Finding]:
    for operation in material.spec.checked:
        schema = material.spec.media(operation.success) if operation.reads else None
        if schema is not None and material.spec.nesting(schema) >= DEEP:
            what = "gives lists within lists: the size of a response is the product of their lengths"
            do = "give the inner list an address of its own, or embed it only where `include` asks for it"
            yield Finding(NESTED.id, operation.route, what, do, operation.pointer, material.touched(operation, "bytes"))


UNBOUNDED = Check("array-without-max-items", "Every list has a largest length", _unbounded)
NESTED = Check("nested-arrays", "Lists hold no lists", _nested)
