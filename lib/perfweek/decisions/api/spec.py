"""The operations of an OpenAPI document, as checks ask about them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from perfweek.decisions.api.document import Document

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


def names(text: str) -> frozenset[str]:
    """The words of a text: parameter names, in lower case."""
    return frozenset(text.split())


SIZE_NAMES = names("limit page_size pagesize per_page perpage size count top $top max_results maxresults first page[size] page[limit]")
CURSOR_NAMES = names(
    "cursor page_token pagetoken after before starting_after ending_before continuation continuationtoken next next_token nexttoken marker "
    "page[after] page[cursor] $skiptoken skiptoken"
)
OFFSET_NAMES = names("offset skip $skip page page_number pagenumber page[number] page[offset] start_index startindex")
OWN_PATHS = names("/healthz /health /livez /readyz /metrics /openapi.json /docs /redoc")
"""Asked by machines about the service itself: logs leave them out, and they are nobody's interface."""
_COMBINED = ("allOf", "oneOf", "anyOf")
DEEP = 2
"""Arrays within each other from which a response is the product of their lengths."""
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Operation:
    """One method of one path. `parameters` are resolved, those of the path included; `responses`: status -> resolved response."""

    method: str
    path: str
    content: Mapping[str, Any]
    parameters: tuple[Mapping[str, Any], ...]
    responses: Mapping[str, Mapping[str, Any]]

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def pointer(self) -> str:
        escaped = self.path.replace("~", "~0").replace("/", "~1")
        return f"#/paths/{escaped}/{self.method.lower()}"

    @property
    def reads(self) -> bool:
        return self.method == "GET"

    def parameter(self, names: frozenset[str] | set[str], place: str = "query") -> Mapping[str, Any] | None:
        """The first parameter of that place with one of the names, in lower case."""
        return next((one for one in self.parameters if one.get("in") == place and str(one.get("name", "")).lower() in names), None)

    @property
    def success(self) -> Mapping[str, Any] | None:
        """The response of the lowest 2xx status, or of 2XX."""
        return next((self.responses[status] for status in sorted(self.responses) if status.upper().startswith("2")), None)

    def headers(self) -> set[str]:
        """Names of the headers of a successful response, in lower case."""
        return {name.lower() for name in _mapping((self.success or {}).get("headers"))}


@dataclass(frozen=True)
class Spec:
    """The operations of a document."""

    document: Document

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        return tuple(self._operations())

    @cached_property
    def checked(self) -> tuple[Operation, ...]:
        """The operations that callers use."""
        return tuple(one for one in self.operations if one.path not in OWN_PATHS)

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.document.root["paths"].items():
            shared = _mapping(self.document.resolve(item))
            for method in METHODS:
                if isinstance(shared.get(method), dict):
                    yield self._operation(method.upper(), path, shared[method], shared.get("parameters"))

    def _operation(self, method: str, path: str, content: Mapping[str, Any], shared: Any) -> Operation:
        own = [*_sequence(shared), *_sequence(content.get("parameters"))]
        named = {(str(one.get("in")), str(one.get("name"))): one for one in map(self.mapping, own)}
        responses = {str(status): self.mapping(one) for status, one in _mapping(content.get("responses")).items()}
        return Operation(method, path, content, tuple(named.values()), responses)

    def mapping(self, value: Any) -> Mapping[str, Any]:
        """What `value` is or refers to, if it is an object; {} else."""
        return _mapping(self.document.resolve(value))

    def media(self, holder: Mapping[str, Any] | None) -> Schema | None:
        """The schema of the JSON (or the first) content of a response or a request body; None without one."""
        content = _mapping((holder or {}).get("content"))
        kinds = sorted(content, key=lambda kind: "json" not in kind.lower())
        schema = _mapping(content[kinds[0]]).get("schema") if kinds else None
        return self.mapping(schema) if schema is not None else None

    def body(self, operation: Operation) -> Schema | None:
        return self.media(self.mapping(operation.content.get("requestBody")))

    def properties(self, schema: Schema) -> dict[str, Any]:
        """The properties of an object, those of allOf, oneOf and anyOf included, unresolved; circles end."""
        found: dict[str, Any] = {}
        waiting, known = [schema], set()
        while waiting:
            one = self.mapping(waiting.pop())
            if id(one) not in known:
                known.add(id(one))
                found |= _mapping(one.get("properties"))
                waiting += [part for key in _COMBINED for part in _sequence(one.get(key))]
        return found

    def listed(self, operation: Operation) -> tuple[str, Schema] | None:
        """(name of the property or '', array) of the list that a GET gives: its response, or the first array of objects in it."""
        schema = self.media(operation.success) if operation.reads else None
        if schema is None:
            return None
        if is_array(schema):
            return "", schema
        arrays = [(name, self.mapping(inner)) for name, inner in self.properties(schema).items()]
        last = operation.path.rstrip("/").rsplit("/", 1)[-1]
        if last.startswith("{"):
            return None
        return next(((name, array) for name, array in arrays if is_array(array) and self.properties(self.mapping(array.get("items", {})))), None)

    def nesting(self, schema: Schema) -> int:
        """How many arrays lie within each other: 0, 1, or DEEP for that many or more; a circle through an array is as deep as any.

        Each schema is looked at once for each depth, so the time is linear in the document, however its references go.
        """
        if id(schema) not in self._nestings:
            self._nestings[id(schema)] = self._nesting(schema)
        return self._nestings[id(schema)]

    @cached_property
    def _nestings(self) -> dict[int, int]:
        return {}

    def _nesting(self, schema: Schema) -> int:
        waiting, known, deepest = [(self.mapping(schema), 0)], set(), 0
        while waiting and deepest < DEEP:
            one, depth = waiting.pop()
            if (id(one), depth) in known:
                continue
            known.add((id(one), depth))
            if is_array(one):
                depth += 1
                deepest = max(deepest, depth)
                waiting.append((self.mapping(one.get("items")), depth))
            inside = [*_mapping(one.get("properties")).values(), *(part for key in _COMBINED for part in _sequence(one.get(key)))]
            waiting += [(self.mapping(inner), depth) for inner in inside]
        return deepest


def is_array(schema: Schema) -> bool:
    kind = schema.get("type")
    return kind == "array" or (isinstance(kind, list) and "array" in kind) or ("items" in schema and kind is None)


def is_text(schema: Schema) -> bool:
    kind = schema.get("type")
    return kind == "string" or (isinstance(kind, list) and "string" in kind)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _sequence(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else []
