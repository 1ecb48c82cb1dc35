"""Reading an OpenAPI 3 document: JSON or YAML from anybody, within limits, every reference resolved or named.

Documents come from other people's tools. One that is too large, nested too deep, or written so that a few lines expand into billions of
values (YAML anchors) is refused before anything walks through it; references may go in circles.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable

from perfweek.errors import EvidenceError

LARGEST_BYTES = 20_000_000
MOST_VALUES = 2_000_000
DEEPEST = 200
_MOST_HOPS = 50
_REMEDY = "Check the document with another tool, such as: npx @stoplight/spectral-cli lint FILE"
_BUNDLE = "Put it into one file first, such as with: npx @redocly/cli bundle FILE -o openapi.json"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Document:
    """The parsed document; every `$ref` in it leads somewhere inside of it. `name` is how messages call it."""

    root: dict[str, Any]
    name: str

    @cached_property
    def _resolver(self) -> Any:
        return Registry().with_resource("", Resource.opaque(self.root)).resolver()

    def resolve(self, value: Any) -> Any:
        """`value`, or what it refers to. Raises EvidenceError for a reference that leads nowhere, to itself or out of the document."""
        for _ in range(_MOST_HOPS):
            if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
                return value
            value = self._lookup(value["$ref"])
        raise EvidenceError("a reference leads to itself", f"{self.name}: {value['$ref']!r:.200}", _REMEDY)

    @cached_property
    def _known(self) -> dict[str, Any]:
        """References that were followed before: a large document has few that it uses often."""
        return {}

    def _lookup(self, reference: str) -> Any:
        if reference not in self._known:
            self._known[reference] = self._found(reference)
        return self._known[reference]

    def _found(self, reference: str) -> Any:
        if not reference.startswith("#"):
            raise EvidenceError("the document refers to another file", f"{self.name}: {reference!r:.200}", _BUNDLE)
        try:
            return self._resolver.lookup(reference).contents
        except (Unresolvable, ValueError, TypeError, IndexError, KeyError) as error:
            raise EvidenceError("a reference leads nowhere", f"{self.name}: {reference!r:.200}", "Mend it in the document.") from error


def read_document(path: Path) -> Document:
    """The OpenAPI 3 document in a file. Raises EvidenceError, see `parse_document`."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise EvidenceError(f"larger than {LARGEST_BYTES // 10**6} MB", str(path), "Is it an OpenAPI document?")
        content = path.read_bytes()
    except OSError as error:
        raise EvidenceError(f"the OpenAPI document cannot be read: {error.strerror}", str(path), "Give a file that is there.") from error
    return parse_document(content, str(path))


def parse_document(content: bytes, name: str) -> Document:
    """The OpenAPI 3 document in `content`, JSON or YAML.

    Raises EvidenceError where it is neither, is another version, exceeds a limit, or holds a reference that leads nowhere.
    """
    root = _parsed(content, name)
    if not isinstance(root, dict):
        raise EvidenceError("not an OpenAPI document: it is no object", name, _REMEDY)
    version = str(root.get("openapi", ""))
    if not version.startswith("3."):
        found = f"Swagger {root['swagger']}" if "swagger" in root else f"openapi: {version!r:.40}" if version else "no version"
        raise EvidenceError(f"not an OpenAPI 3 document: {found}", name, "Convert it first, such as with: npx swagger2openapi FILE")
    if not isinstance(root.get("paths"), dict):
        raise EvidenceError("the document has no paths", name, _REMEDY)
    document = Document(root, name)
    for reference in references(root):
        document.resolve({"$ref": reference})
    return document


def references(root: Any) -> list[str]:
    """Every distinct `$ref` of the document, in no order that matters; examples are data and hold none."""
    found: dict[str, None] = {}
    for value in _values(root):
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            found[value["$ref"]] = None
    return list(found)


def _values(root: Any) -> Iterator[Any]:
    waiting = [root]
    while waiting:
        value = waiting.pop()
        yield value
        if isinstance(value, dict):
            waiting += [inner for key, inner in value.items() if key not in ("example", "examples", "default", "const", "enum")]
        elif isinstance(value, list):
            waiting += value


def _parsed(content: bytes, name: str) -> Any:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EvidenceError(f"not a text in UTF-8: {error.reason}", name, _REMEDY) from None
    if text.lstrip()[:1] in ("{", "["):
        try:
            return _within(json.loads(text), name)
        except (ValueError, RecursionError):
            pass  # YAML may begin like JSON
    return _within(_yaml(text, name), name)


def _yaml(text: str, name: str) -> Any:
    try:
        _shallow(text, name)
        node = yaml.compose(text, Loader=_Loader)
        if node is not None and _expanded(node) > MOST_VALUES:
            raise EvidenceError(f"its anchors expand to more than {MOST_VALUES:,} values", name, "Write it without anchors that nest.")
        return _text_keys(yaml.load(text, Loader=_Loader))
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        where = f"{name}, line {place.line + 1}" if place else name
        raise EvidenceError(f"neither JSON nor YAML: {getattr(error, 'problem', None) or 'unreadable'}", where, _REMEDY) from None
    except (RecursionError, ValueError):
        raise EvidenceError("its anchors go in a circle, or a value in it cannot be", name, _REMEDY) from None


def _shallow(text: str, name: str) -> None:
    """Raise EvidenceError for nesting beyond the limit. The stream of events does not recurse; what composes a tree of it does, in C."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise EvidenceError(f"nested deeper than {DEEPEST} levels", name, _REMEDY)


def _expanded(node: Any) -> int:
    """How many values a YAML node stands for once its aliases are followed; raises ValueError for anchors that go in a circle."""
    known: dict[int, int] = {}
    under_way: set[int] = set()

    def count(one: Any) -> int:
        if id(one) in known:
            return known[id(one)]
        if id(one) in under_way:
            raise ValueError("circle")
        under_way.add(id(one))
        inner = [part for pair in one.value for part in pair] if isinstance(one, yaml.MappingNode) else one.value
        known[id(one)] = 1 + (sum(map(count, inner)) if isinstance(inner, list) else 0)
        under_way.discard(id(one))
        return known[id(one)]

    return count(node)


def _text_keys(value: Any) -> Any:
    """YAML reads 200: and yes: as numbers and truth values; OpenAPI means text."""
    if isinstance(value, dict):
        return {_key(key): _text_keys(inner) for key, inner in value.items()}
    return [_text_keys(inner) for inner in value] if isinstance(value, list) else value


def _key(key: Any) -> str:
    return str(key).lower() if isinstance(key, bool) else str(key)


def _within(root: Any, name: str) -> Any:
    """`root`, if it holds no more values and levels than the limits."""
    level, count = [root], 0
    for _ in range(DEEPEST):
        count += len(level)
        if count > MOST_VALUES:
            raise EvidenceError(f"more than {MOST_VALUES:,} values", name, "Is it an OpenAPI document?")
        level = [inner for value in level for inner in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())]
        if not level:
            return root
    raise EvidenceError(f"nested deeper than {DEEPEST} levels", name, _REMEDY)
