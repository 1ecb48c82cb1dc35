"""Whatever a caller sends, the answer is a result or the caller's mistake: never a failure of the service."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfweek.sample.settings import load_settings

few = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def app(open_app: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with open_app(load_settings("improved"), tmp_path_factory.mktemp("hostile")) as opened:
        yield opened


ODD_TEXT = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["' or 1=1 --", "gong'; drop table sophia_core.unified_data_catalog; --", "%(asset_id)s", "\0", "NaN", "inf", "-0", "null", "1e400"]
    ),
)
ODD_NUMBERS = st.one_of(st.integers(), st.floats(), ODD_TEXT, st.sampled_from([0, -1, 10**9, 2**63, 2**64, 10**400]))
ODD_TIMES = st.one_of(
    ODD_TEXT,
    st.datetimes(timezones=st.none() | st.timezones()).map(str),
    st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30", "253402300800", "-62135596801", "2026-W48"]),
)
ODD_CURSORS = st.one_of(
    ODD_TEXT,
    st.binary(max_size=60).map(lambda data: base64.urlsafe_b64encode(data).decode()),
    st.tuples(st.datetimes().map(lambda time: time.isoformat()), st.integers()).map(
        lambda pair: base64.urlsafe_b64encode(f"{pair[0]} {pair[1]}".encode()).decode()
    ),
)
PARAMETERS = {
    "source_system": ODD_TEXT,
    "created_from": ODD_TIMES,
    "created_to": ODD_TIMES,
    "limit": ODD_NUMBERS,
    "cursor": ODD_CURSORS,
    "q": ODD_TEXT,
    "unknown": ODD_TEXT,
}
QUERIES = st.fixed_dictionaries({}, optional=PARAMETERS)


@few
@given(st.sampled_from(["/assets", "/stats/daily", "/search"]), QUERIES)
def test_no_query_makes_the_service_fail(app, path, query):
    response = app.client.get(path, params=query)
    assert response.status_code in {200, 422}, response.text
    json.loads(response.content)


@few
@given(ODD_NUMBERS)
def test_no_number_of_an_asset_makes_the_service_fail(app, number):
    response = app.client.get("/assets/" + quote(str(number), safe=""))
    assert response.status_code in {200, 404, 422}, response.text


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["\ud800", "\0", 10**400]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
GOOD = {"source_system": "gong", "asset_type": "table", "name": "n", "owner_team": "t"}
FIELDS = [*GOOD, "description", "size_bytes", "row_count", "quality_score", "attributes", "created_at", "asset_id"]


@few
@given(st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES, max_size=4))
def test_no_body_makes_the_service_fail_and_what_it_takes_it_gives_back(app, changes):
    response = app.client.post("/assets", content=json.dumps(GOOD | changes), headers={"Content-Type": "application/json"})
    assert response.status_code in {201, 422}, response.text
    if response.status_code == 201:
        stored = response.json()
        assert app.get(f"/assets/{stored['asset_id']}") == stored


@pytest.mark.parametrize(
    "value", ['"\\ud800"', "NaN", "-Infinity", '"\\u0000"', "1" + "0" * 400, "[" * 500 + "]" * 500, "[" * 100_000, '"' + "x" * 30_000 + '"']
)
def test_attributes_are_stored_as_they_are_or_refused(app, value):
    body = json.dumps(GOOD)[:-1] + f', "attributes": {{"deep": [{value}]}}}}'
    response = app.client.post("/assets", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in {201, 400, 422}, response.text
    if response.status_code == 201:
        assert app.get(f"/assets/{response.json()['asset_id']}")["attributes"] == json.loads(body)["attributes"]


@few
@given(st.binary(max_size=60))
def test_no_bytes_make_the_service_fail(app, body):
    response = app.client.post("/assets", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in {400, 422}, response.text


@pytest.mark.parametrize(
    ("path", "mistake"),
    [
        ("/assets?cursor=AAAA", "cursor: not a cursor of this listing"),
        ("/assets?limit=1000000000", "query.limit: Input should be less than or equal to 100"),
        ("/assets?source_system=gong'%20or%20'1'='1", "query.source_system: String should match pattern"),
        ("/assets?created_from=2026-13-01", "query.created_from: Input should be a valid datetime"),
        ("/stats/daily?created_from=2026-02-01&created_to=2026-01-01", "created_from must be before created_to"),
        ("/search?q=%20", "q has no word in it"),
        ("/assets/1%20or%201=1", "path.id: Input should be a valid integer"),
    ],
)
def test_a_mistake_is_named(app, path, mistake):
    response = app.client.get(path)
    problem = response.json()
    assert response.status_code == 422
    assert mistake in " ".join([problem["error"], *problem["details"]])


def test_a_cursor_of_another_listing_is_refused(app):
    newest = app.get("/assets", limit=1)["next"]
    response = app.client.get("/assets", params={"cursor": newest, "created_to": "2026-01-01"})
    assert response.status_code == 422
    assert "another listing" in response.json()["error"]


def test_a_failure_of_the_service_would_be_seen(app, monkeypatch):
    """The control: these tests do notice a 500."""
    monkeypatch.setattr(type(app.service.catalogue), "item", lambda *_: 1 / 0)
    assert app.client.get("/assets/59000").status_code == 500


def test_the_table_is_still_there(app):
    app.client.get("/assets", params={"source_system": "x; drop table sophia_core.unified_data_catalog"})
    assert app.get("/stats/daily")["days"]
