"""Each check finds its breach and nothing in an interface that keeps every principle."""

import copy
import json
from typing import Any

import pandas as pd
import pytest
from api_specs import GOOD_LIST, GOOD_POST, ITEM, found, one, query, studied

from perfweek.access_log import SCHEMA
from perfweek.decisions.api.checks import CHECKS
from perfweek.decisions.api.report import checks_table, facts_of, findings_table, json_of, note, sentence
from perfweek.project import project_folder

WIDE = {"type": "object", "properties": {f"field_{number}": {"type": "integer"} for number in range(12)}}


def changed(operation: dict[str, Any], *path: str, to: Any = None, drop: bool = False) -> dict[str, Any]:
    """The operation with the value at `path` replaced or dropped."""
    copied = copy.deepcopy(operation)
    place = copied
    for key in path[:-1]:
        place = place[key]
    if drop:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return copied


BODY_PATH = ("requestBody", "content", "application/json", "schema")
SCHEMA_PATH = ("responses", "200", "content", "application/json", "schema")


def parameters(*names: dict[str, Any]) -> dict[str, Any]:
    return changed(GOOD_LIST, "parameters", to=list(names))


LIMIT = query("limit", type="integer", maximum=100)
IDS = query("ids", type="string", maxLength=99)
CURSOR = query("cursor", type="string", maxLength=9)
BREACHES: list[tuple[str, str, dict[str, Any]]] = [
    ("unpaged-list", "get", parameters(IDS)),
    ("limit-without-maximum", "get", parameters(query("limit"), CURSOR)),
    ("offset-paging", "get", parameters(LIMIT, query("offset"))),
    ("total-in-page", "get", changed(GOOD_LIST, *SCHEMA_PATH, "properties", "total", to={"type": "integer"})),
    ("array-without-max-items", "post", changed(GOOD_POST, *BODY_PATH, "properties", "tags", to={"type": "array", "items": {}})),
    (
        "array-without-max-items",
        "get",
        changed(GOOD_LIST, *SCHEMA_PATH, to={"type": "object", "properties": {"days": {"type": "array", "items": {"type": "string"}}}}),
    ),
    ("no-field-selection", "get", changed(GOOD_LIST, *SCHEMA_PATH, "properties", "items", "items", to=WIDE)),
    ("no-cache-headers", "get", changed(GOOD_LIST, "responses", "200", "headers", to={"Content-Encoding": {}})),
    ("no-compression", "get", changed(GOOD_LIST, "responses", "200", "headers", to={"ETag": {}})),
    ("no-rate-limit", "get", changed(GOOD_LIST, "responses", "429", drop=True)),
    ("no-rate-limit", "get", changed(GOOD_LIST, "responses", "429", "headers", drop=True)),
    ("no-declared-budget", "get", changed(GOOD_LIST, "x-slo-p95", drop=True)),
    ("no-declared-budget", "get", changed(GOOD_LIST, "x-slo-p95", to="quick")),
    ("unbounded-text", "get", parameters(LIMIT, CURSOR, query("q", type="string"))),
    ("no-idempotency-key", "post", changed(GOOD_POST, "parameters", drop=True)),
    ("unbounded-text", "post", changed(GOOD_POST, *BODY_PATH, "properties", "note", to={"type": "string"})),
]


def log(rows: int = 400, route: str = "GET /things", **columns: Any) -> pd.DataFrame:
    """Ten requests a second of one route, 100 ms and 2,000 bytes each, of 20 sessions that always ask for another key."""
    values = {
        "time": [1000 + number / 10 for number in range(rows)],
        "request_id": [f"r{number}" for number in range(rows)],
        "session": [f"s{number % 20}" for number in range(rows)],
        "method": route.partition(" ")[0],
        "route": route,
        "key": [f"k{number}" for number in range(rows)],
        "status": 200,
        "bytes": 2000,
        "tier": "origin",
        "duration_ms": 100.0,
        "database_ms": 1.0,
        "queries": 1,
        "items": 1,
    }
    return pd.DataFrame(values | columns)[SCHEMA.names]


def test_an_interface_that_keeps_every_principle_has_no_finding() -> None:
    paths = {"/things": {"get": GOOD_LIST, "post": GOOD_POST}, "/things/{id}": {"get": changed(GOOD_LIST, *SCHEMA_PATH, to=ITEM)}}
    assert found(paths) == []
    assert "keep every principle" in sentence(studied(paths))


@pytest.mark.parametrize(("check", "method", "operation"), BREACHES, ids=[f"{number}-{name}" for number, (name, _, _) in enumerate(BREACHES)])
def test_a_breach_is_found_and_nothing_else(check: str, method: str, operation: dict[str, Any]) -> None:
    assert set(found({"/things": {method: operation}})) == {check}


def test_lists_within_lists_are_found_also_through_a_circle() -> None:
    tree = {"type": "object", "properties": {"children": {"type": "array", "maxItems": 9, "items": {"$ref": "#/components/schemas/Tree"}}}}
    schema = {"type": "array", "maxItems": 9, "items": {"$ref": "#/components/schemas/Tree"}}
    paths = {"/things": {"get": changed(GOOD_LIST, *SCHEMA_PATH, to=schema)}}
    assert found(paths, components={"schemas": {"Tree": tree}}) == ["nested-arrays"]


def test_an_item_has_a_batch_where_the_list_takes_ids_or_a_batch_stands_beside_it() -> None:
    item = changed(GOOD_LIST, *SCHEMA_PATH, to=ITEM)
    assert found({"/things/{id}": {"get": item}}) == ["no-batch-read"]
    assert found({"/things/{id}": {"get": item}, "/things:batchGet": {"post": GOOD_POST}}) == []


def test_only_a_whole_interval_above_the_promise_breaks_it() -> None:
    paths = {"/things": {"get": changed(GOOD_LIST, "x-slo-p95", to=90)}}
    assert found(paths, log()) == ["declared-budget-missed"]
    assert "p95 100 ms" in one(studied(paths, log()), "declared-budget-missed").what
    assert found(paths, log(rows=15)) == []


def test_an_operation_is_long_where_it_was_measured_to_be() -> None:
    assert found({"/things": {"get": GOOD_LIST}}, log(duration_ms=700.0)) == ["declared-budget-missed", "no-long-operation"]


def test_a_small_answer_needs_no_compression() -> None:
    paths = {"/things": {"get": changed(GOOD_LIST, "responses", "200", "headers", to={"ETag": {}})}}
    assert found(paths, log(bytes=900)) == []
    assert found(paths, log(bytes=9000)) == ["no-compression"]


def test_what_only_the_document_or_only_the_traffic_knows_is_found() -> None:
    paths = {"/things": {"get": GOOD_LIST}, "/unused": {"get": GOOD_LIST}, "/healthz": {"get": {"responses": {}}}}
    both = pd.concat([log(300), log(100, "DELETE /things/{id}")], ignore_index=True).sort_values("time")
    result = studied(paths, both)
    assert sorted((finding.check, finding.route) for finding in result.findings) == [
        ("declared-unseen", "GET /unused"),
        ("seen-undeclared", "DELETE /things/{id}"),
    ]
    assert one(result, "seen-undeclared").stake.share == pytest.approx(1 / 4)


def test_repeats_of_a_session_are_the_bytes_that_a_validator_spares() -> None:
    paths = {"/things": {"get": changed(GOOD_LIST, "responses", "200", "headers", to={"Content-Encoding": {}})}}
    half = log(
        key=[f"again{number % 20}" if number >= 200 else f"k{number}" for number in range(400)]
    )  # from the 201st on, each session asks for one key
    stake = one(studied(paths, half), "no-cache-headers").stake
    assert stake.spared and stake.share == pytest.approx(180 / 400)  # of 200 such requests, the first of each of 20 sessions is new
    unknown = one(studied(paths, log(session="")), "no-cache-headers")
    assert "cannot be told" in unknown.what and not unknown.stake.spared and unknown.stake.share == 1


def test_pages_as_deep_as_the_log_has_them_are_named() -> None:
    paths = {"/things": {"get": parameters(LIMIT, query("offset"))}}
    deep = log(route="GET /things?limit=10&offset=0").assign(route=[f"GET /things?limit=10&offset={number * 10}" for number in range(400)])
    assert "400 requests named one, up to 3,990" in one(studied(paths, deep), "offset-paging").what
    assert "cannot be told" in one(studied(paths, log()), "offset-paging").what


def test_findings_are_ranked_by_the_share_of_traffic_and_weeks_are_the_logs_rate() -> None:
    paths = {"/things": {"get": parameters(IDS)}, "/others": {"get": parameters(IDS)}}
    both = pd.concat([log(100), log(300, "GET /others", time=[1000.03 + number / 8 for number in range(300)])], ignore_index=True)
    result = studied(paths, both.sort_values("time"))
    assert [(finding.check, finding.route) for finding in result.findings] == [("unpaged-list", "GET /others"), ("unpaged-list", "GET /things")]
    seconds = 0.03 + 299 / 8
    assert result.findings[0].stake.a_week.value == pytest.approx(300 * 2000 * 604800 / seconds)
    assert result.findings[0].stake.share == pytest.approx(0.75)
    assert list(findings_table(result)["share of the week's traffic"]) == ["100 % of bytes"]  # both operations have it: one row
    assert checks_table(result)["operations"].to_list() == [2]
    assert "unpaged-list` (100 % of bytes)" in sentence(result) and "37 s of the service's log" in note(result)


def test_what_holds_of_every_operation_is_one_row() -> None:
    bare = changed(GOOD_LIST, "x-slo-p95", drop=True)
    table = findings_table(studied({"/a": {"get": bare}, "/b": {"get": bare}}))
    assert table["operation"].to_list() == ["all 2 operations"]


def test_every_check_leaves_a_fact_and_every_finding_a_row_of_json() -> None:
    result = studied({"/things": {"get": parameters(IDS)}}, log())
    counted = {fact.labels["check"]: fact.estimate.value for fact in facts_of(result)}
    assert counted.keys() == {check.id for check in CHECKS} and sum(counted.values()) == 1
    (row,) = json.loads(json.dumps(json_of(result)))["findings"]
    assert row["check"] == "unpaged-list" and row["stake"]["share"] == 1.0 and row["pointer"] == "#/paths/~1things/get"


def test_the_page_of_principles_has_every_check_once() -> None:
    page = (project_folder("runbooks") / "adr" / "api-principles.md").read_text()
    rows = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]
    assert {(check.strip().strip("`"), principle.strip()) for check, principle in rows} == {(check.id, check.principle) for check in CHECKS}
    assert len(rows) == len(CHECKS)
