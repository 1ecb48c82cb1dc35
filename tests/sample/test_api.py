import json
from datetime import UTC, datetime

import pytest

from perfweek.sample.api import ROUTES
from perfweek.sample.settings import InProcess, Settings, load_settings


def test_one_asset_comes_with_its_attributes(as_found):
    asset = as_found.get("/assets/4321")
    assert asset["asset_id"] == 4321
    assert len(asset["attributes"]["columns"]) == 9
    assert as_found.client.get("/assets/60001").status_code == 404


def test_pages_follow_each_other_without_gap_or_repeat(improved):
    whole = improved.get("/assets", source_system="gong", limit=100)["items"]
    read, cursor = [], ""
    while len(read) < 100:
        page = improved.get("/assets", source_system="gong", limit=7, **({"cursor": cursor} if cursor else {}))
        read += page["items"]
        cursor = page["next"]
    assert [row["asset_id"] for row in read[:100]] == [row["asset_id"] for row in whole]
    assert [row["created_at"] for row in whole] == sorted((row["created_at"] for row in whole), reverse=True)
    assert {row["source_system"] for row in whole} == {"gong"}


def test_the_last_page_has_no_cursor(improved):
    day = improved.get("/assets", created_from="2023-12-04", created_to="2023-12-06", limit=100)
    assert 0 < len(day["items"]) < 100
    assert day["next"] is None


def test_a_page_does_not_shift_when_assets_are_added_in_the_meantime(improved):
    first = improved.get("/assets", limit=3)
    improved.add()
    second = improved.get("/assets", limit=3, cursor=first["next"])
    assert [row["asset_id"] for row in first["items"] + second["items"]] == [60000, 59999, 59998, 59997, 59996, 59995]


@pytest.mark.parametrize("batch_lists", [False, True])
@pytest.mark.parametrize("wide", [False, True])
def test_a_listing_says_the_same_however_it_is_asked_for(open_app, tmp_path, batch_lists, wide):
    with open_app(Settings(batch_lists=batch_lists, attributes_in_lists=wide), tmp_path) as app:
        rows = app.get("/assets", limit=5)["items"]
        whole = [app.get(f"/assets/{row['asset_id']}") for row in rows]
    expected = whole if wide else [{name: value for name, value in row.items() if name != "attributes"} for row in whole]
    assert [{name: value for name, value in row.items() if name != "attributes" or value} for row in rows] == expected


def test_both_settings_give_the_same_figures(as_found, improved):
    """Layout and caches change the time that an answer takes, not the answer."""
    for path in ("/stats/daily?created_from=2026-09-01", "/search?q=daily+revenue", "/assets/77"):
        assert as_found.client.get(path).json() == improved.client.get(path).json()


def test_daily_figures_add_up_to_the_rows_of_the_span(as_found):
    days = as_found.get("/stats/daily", created_from="2023-11-01", created_to="2026-11-01")["days"]
    assert sum(day["assets"] for day in days) == 60_000
    october = as_found.get("/stats/daily", created_from="2026-10-01", created_to="2026-11-01", source_system="slack")["days"]
    assert [day["day"] for day in october] == sorted(day["day"] for day in october)
    assert all(day["day"].startswith("2026-10") and 0 <= day["quality_score"] <= 1 for day in october)


def test_search_ranks_by_words(as_found):
    hits = as_found.get("/search", q="Weekly revenue", limit=5)["hits"]
    assert len(hits) == 5
    assert all("weekly revenue" in hit["description"] for hit in hits)
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)


@pytest.mark.parametrize("app", ["as_found", "improved"])
def test_what_was_written_is_read_at_once_everywhere(app, request):
    catalogue = request.getfixturevalue(app)
    today = datetime.now(UTC).date().isoformat()
    views = [f"/assets?source_system=gong&created_from={today}", f"/stats/daily?created_from={today}", "/search?q=zebra&source_system=gong"]
    before = [catalogue.client.get(view).json() for view in views]
    added = catalogue.add("gong", description="zebra stripes", attributes={"deep": {"list": [1, None, "ä"]}})
    assert catalogue.get(f"/assets/{added['asset_id']}") == added
    listed, stats, found = (catalogue.get(view) for view in views)
    assert added["asset_id"] in [row["asset_id"] for row in listed["items"]]
    assert sum(day["assets"] for day in stats["days"]) == sum(day["assets"] for day in before[1]["days"]) + 1
    assert [hit["asset_id"] for hit in found["hits"]] == [added["asset_id"]]


def test_redis_answers_what_the_process_no_longer_holds_and_a_write_is_seen_through_it(open_app, tmp_path, redis_url):
    small = load_settings("improved").model_copy(update={"l1": InProcess(size_mb=0)})
    with open_app(small, tmp_path, redis_url) as app:
        for _ in range(2):
            app.get("/assets/5")
            app.get("/assets", source_system="gong", limit=3)
        added = app.add("gong")
        listed = app.get("/assets", source_system="gong", limit=3)["items"]
    assert added["asset_id"] in [row["asset_id"] for row in listed]
    assert [note.tier for note in app.notes] == ["origin", "origin", "l2", "l2", "none", "origin"]
    assert [note.items for note in app.notes] == [1, 3, 1, 3, 1, 3]


def test_every_run_starts_from_the_same_rows(open_app, tmp_path):
    numbers = []
    for _ in range(2):
        with open_app(load_settings("improved"), tmp_path) as app:
            numbers.append(app.add()["asset_id"])
    assert numbers == [60_001, 60_001]


def test_the_answer_to_a_write_says_where_the_asset_is(as_found):
    body = {"source_system": "gong", "asset_type": "table", "name": "n", "owner_team": "t"}
    response = as_found.client.post("/assets", json=body)
    assert response.headers["location"] == f"/assets/{response.json()['asset_id']}" == "/assets/60001"


def test_each_response_says_who_it_was_and_where_its_time_went(as_found):
    first, second = (as_found.client.get("/assets/5", headers={"X-Session": "s" * 100}) for _ in range(2))
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    parts = dict(part.strip().split(";", 1) for part in first.headers["server-timing"].split(","))
    database_ms, total_ms = (float(parts[name].removeprefix("dur=")) for name in ("db", "total"))
    assert 0 < database_ms <= total_ms
    assert parts["cache"] == 'desc="origin"'
    assert 'cache;desc="l1"' in second.headers["server-timing"]
    assert "db;dur=0.000" in second.headers["server-timing"]
    assert as_found.notes[0].session == "s" * 80


def test_each_request_is_noted_once_with_its_route_key_and_size(improved):
    improved.add()
    paths = [
        "/assets/5",
        "/assets?limit=2",
        "/stats/daily?created_from=2026-10-01",
        "/search?q=lead",
        "/assets/0",
        "/nowhere",
        "/healthz",
        "/metrics",
    ]
    sizes = [len(improved.client.get(path).content) for path in paths]
    records = [note.record() for note in improved.notes]
    assert [record["route"] for record in records] == [
        "POST /assets",
        "GET /assets/{id}",
        "GET /assets",
        "GET /stats/daily",
        "GET /search",
        "GET /assets/{id}",
        "other",
    ]
    assert set(ROUTES) == {record["route"] for record in records} - {"other"}
    assert [record["bytes"] for record in records[1:]] == sizes[:6]
    assert [record["status"] for record in records] == [201, 200, 200, 200, 200, 422, 404]
    assert [record["tier"] for record in records] == ["none", *["origin"] * 4, "none", "none"]
    assert [record["items"] for record in records[:3]] == [1, 1, 2]
    assert records[0]["key"] == "item:60001"
    assert len({record["key"] for record in records[1:5]}) == 4


def test_the_document_of_the_api_names_every_route(as_found):
    document = as_found.get("/openapi.json")
    described = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert described >= ROUTES
    assert "attributes" in json.dumps(document["components"]["schemas"]["NewAsset"])
