"""Callers get the fields that they use (Google AIP-157; Zalando 157, 158)."""

from collections.abc import Iterator

from perfweek.decisions.api.finding import Check, Finding, Material

WIDE = 12
"""Properties of an item from which a choice of fields is worth its parameter; our default."""
_NAMES = frozenset(["fields", "field", "select", "$select", "include", "expand", "embed", "view", "read_mask", "readmask", "exclude", "projection"])


def _no_selection(material: Material) -> Iterator[Finding]:
    for operation in material.spec.checked:
        listed = material.spec.listed(operation)
        if listed is None or operation.parameter(_NAMES):
            continue
        width = len(material.spec.properties(material.spec.mapping(listed[1].get("items", {}))))
        if width >= WIDE:
            what = f"gives all {width} properties of each item, whatever the caller shows"
            do = "add `fields`, or a `view` with a short form for lists"
            yield Finding(NO_SELECTION.id, operation.route, what, do, operation.pointer, material.touched(operation, "bytes"))


NO_SELECTION = Check("no-field-selection", "Wide items come with a choice of fields", _no_selection)
