"""Documents from anybody: what cannot be used gives one clear error, circles and YAML are read."""

import json
from pathlib import Path

import pytest
from api_specs import GOOD_LIST, document, found
from hypothesis import given, settings
from hypothesis import strategies as st

from perfweek.decisions.api.document import parse_document, read_document
from perfweek.decisions.api.spec import Spec
from perfweek.decisions.api.study import study
from perfweek.decisions.api.traffic import matched
from perfweek.errors import EvidenceError

BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is no object"),
        (b"[]", "it is no object"),
        (b"{", "neither JSON nor YAML"),
        (b"\xff\xfe{}", "UTF-8"),
        (b'{"swagger": "2.0", "paths": {}}', "Swagger 2.0"),
        (b'{"openapi": "3.1.0"}', "no paths"),
        (b'{"openapi": "4.0.0", "paths": {}}', "4.0.0"),
        (json.dumps(document({"/a": {"$ref": "#/components/none"}})).encode(), "leads nowhere"),
        (json.dumps(document({"/a": {"$ref": "other.yaml#/a"}})).encode(), "another file"),
        (json.dumps(document({"/a": {"$ref": "https://example.com/a.json"}})).encode(), "another file"),
        (json.dumps(document({}, components={"a": {"$ref": "#/components/a"}})).encode(), "leads to itself"),
        (json.dumps(document({"/a": {"$ref": "#/paths/~1b/get/%zz"}})).encode(), "leads nowhere"),
        (BOMB.encode(), "expand to more than"),
        (b"openapi: 3.0.0\npaths: &p\n  /a: *p\n", "circle"),
        (b'{"openapi": "3.0.0", "paths": ' + b'{"a":' * 400 + b"1" + b"}" * 401, "nested deeper"),
        (b"[" * 100_000, "nested deeper|neither JSON nor YAML"),
        (b"openapi: 3.0.0\npaths:\n  /a:\n   - b\n  c: d: e", "neither JSON nor YAML"),
    ],
)
def test_what_is_no_usable_document_gives_one_error_that_says_why(content: bytes, words: str) -> None:
    with pytest.raises(EvidenceError, match=words) as refused:
        parse_document(content, "spec.yaml")
    assert "spec.yaml" in refused.value.where and refused.value.remedy


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(EvidenceError, match="larger than 20 MB"):
        read_document(path)
    with pytest.raises(EvidenceError, match="cannot be read"):
        read_document(tmp_path / "absent.json")


def test_yaml_means_the_same_as_json() -> None:
    text = "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      responses:\n        200:\n          description: ok\n"
    (operation,) = Spec(parse_document(text.encode(), "spec")).operations
    assert operation.route == "GET /a" and operation.success == {"description": "ok"}


def test_references_that_go_in_circles_are_followed_as_far_as_they_tell() -> None:
    node = {"type": "object", "properties": {"name": {"type": "string"}}, "allOf": [{"$ref": "#/components/schemas/Node"}]}
    paths = {"/things": {"get": GOOD_LIST, "post": {"requestBody": {"content": {"a/json": {"schema": {"$ref": "#/components/schemas/Node"}}}}}}}
    assert "unbounded-text" in found(paths, components={"schemas": {"Node": node}})


def test_schemas_that_all_refer_to_each_other_take_no_longer_than_they_are_many() -> None:
    names = [f"S{number}" for number in range(40)]
    every = {name: {"$ref": f"#/components/schemas/{name}"} for name in names}
    schemas = {name: {"type": "object", "properties": every} for name in names}  # 40 to the 40th ways through
    answer = {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S0"}}}}}
    assert "nested-arrays" not in found({"/things": {"get": {"responses": answer}}}, components={"schemas": schemas})


def test_parameters_of_the_path_and_shared_ones_belong_to_its_operations() -> None:
    shared = {"parameters": [{"$ref": "#/components/parameters/limit"}], "get": {"parameters": [{"name": "q", "in": "query"}], "responses": {}}}
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer"}}
    content = json.dumps(document({"/a": shared}, components={"parameters": {"limit": limit}})).encode()
    (operation,) = Spec(parse_document(content, "spec")).operations
    assert [parameter["name"] for parameter in operation.parameters] == ["limit", "q"]


KEYS = st.sampled_from(["get", "type", "items", "properties", "schema", "content", "in", "name", "200", "a"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(["get", "post", "parameters", "x"]), JSON, max_size=3), JSON)
def test_whatever_a_document_holds_the_checks_come_to_an_end(item: dict, operation: object) -> None:
    paths = {"/a/{id}": item, "/b": {"get": operation}}
    study(parse_document(json.dumps(document(paths)).encode(), "spec"))


@pytest.mark.parametrize(
    ("route", "declared"),
    [
        ("GET /things/{id}", "GET /things/{thing_id}"),
        ("GET /things/17", "GET /things/{thing_id}"),
        ("get /things/latest", "GET /things/latest"),
        ("GET /things/17?fields=a", "GET /things/{thing_id}"),
        ("GET /things/", None),
        ("POST /things/17", None),
        ("other", None),
    ],
)
def test_a_logged_route_is_the_operation_whose_template_it_fits(route: str, declared: str | None) -> None:
    paths = {"/things/{thing_id}": {"get": {}}, "/things/latest": {"get": {}}}
    operations = Spec(parse_document(json.dumps(document(paths)).encode(), "spec")).operations
    assert matched(route, operations) == declared
