"""Lists come in pages, from the first version on: a page that is added later breaks callers (Google AIP-158; Zalando 159, 160, 254)."""

from collections.abc import Iterator

from perfweek.decisions.api.finding import Check, Finding, Material
from perfweek.decisions.api.spec import CURSOR_NAMES, OFFSET_NAMES, SIZE_NAMES, Operation, names
from perfweek.wording import count, number

_TOTALS = names("total total_count totalcount total_items totalitems total_elements totalelements total_results @odata.count")


def _unpaged(material: Material) -> Iterator[Finding]:
    for operation in material.spec.checked:
        found = material.spec.listed(operation)
        if found and not _size(operation) and not _continues(operation) and found[1].get("maxItems") is None:
            listed = f"a list in `{found[0]}`" if found[0] else "a list"
            what = f"gives {listed} of any length: neither a page size nor a cursor"
            do = "add `limit` with a maximum and an opaque cursor; return `next`, null on the last page"
            yield Finding(UNPAGED.id, operation.route, what, do, operation.pointer, material.touched(operation, "bytes"))


def _without_maximum(material: Material) -> Iterator[Finding]:
    for operation in material.spec.checked:
        size = _size(operation)
        if operation.reads and size:
            schema = material.spec.mapping(size.get("schema"))
            if not any(key in schema for key in ("maximum", "exclusiveMaximum", "enum", "const")):
                what = f"takes any number as `{size['name']}`: one caller can ask for everything"
                do = f"set a `maximum` on `{size['name']}` and lower what is above it"
                yield Finding(LIMIT_WITHOUT_MAXIMUM.id, operation.route, what, do, operation.pointer, material.touched(operation, "bytes"))


def _offset(material: Material) -> Iterator[Finding]:
    for operation in material.spec.checked:
        offset = _numbered(material, operation)
        if offset:
            what = f"pages by `{offset}`: the warehouse reads and drops every row before the page{_depth(material, operation)}"
            do = "page by an opaque cursor that holds the last row's sort key"
            yield Finding(OFFSET.id, operation.route, what, do, operation.pointer, material.touched(operation, "ms"))


def _numbered(material: Material, operation: Operation) -> str:
    parameter = operation.parameter(OFFSET_NAMES) if operation.reads else None
    kind = material.spec.mapping(parameter.get("schema")).get("type") if parameter else None
    return str(parameter["name"]) if parameter and kind in ("integer", "number", None) else ""


def _depth(material: Material, operation: Operation) -> str:
    """How deep callers page, where the log has it."""
    seen = material.seen(operation)
    if seen is None:
        return ""
    if seen.deepest_page is None:
        return "; how deep callers page cannot be told from the log"
    deepest, asked = seen.deepest_page
    return f"; {count(asked, 'request')} named one, up to {number(deepest)}"


def _total(material: Material) -> Iterator[Finding]:
    for operation in material.spec.checked:
        schema = material.spec.media(operation.success) if operation.reads else None
        totals = [name for name in material.spec.properties(schema or {}) if name.lower() in _TOTALS]
        if totals and material.spec.listed(operation):
            what = f"counts every match for `{totals[0]}` on each page"
            do = "leave the total out, or give it only where it is asked for; estimate it where it is large"
            yield Finding(TOTAL.id, operation.route, what, do, operation.pointer, material.touched(operation, "ms"))


def _size(operation: Operation) -> dict[str, object] | None:
    found = operation.parameter(SIZE_NAMES)
    return dict(found) if found else None


def _continues(operation: Operation) -> bool:
    return bool(operation.parameter(CURSOR_NAMES) or operation.parameter(OFFSET_NAMES))


UNPAGED = Check("unpaged-list", "Lists come in pages", _unpaged)
LIMIT_WITHOUT_MAXIMUM = Check("limit-without-maximum", "A page has a largest size", _without_maximum)
OFFSET = Check("offset-paging", "Pages continue from a cursor", _offset)
TOTAL = Check("total-in-page", "A page does not count the whole", _total)
