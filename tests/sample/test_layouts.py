"""What the improvement changes for the warehouse, as its own query history tells it."""

import pytest

PATHS = ("/stats/daily?created_from=2026-08-01&created_to=2026-09-01", "/assets?source_system=gong&created_to=2026-09-01&limit=6", "/assets/31415")


def scanned(app, route: str) -> list[tuple[int, int]]:
    """(row groups scanned, row groups of the table) of each statement of a route."""
    return [(row["partitions_scanned"], row["partitions_total"]) for row in app.statements() if row["tag"]["route"] == route]


def test_as_found_every_filter_scans_the_whole_table(as_found):
    for path in PATHS:
        as_found.get(path)
    statements = [pair for route in ("GET /stats/daily", "GET /assets", "GET /assets/{id}") for pair in scanned(as_found, route)]
    assert len(statements) == 1 + 7 + 1
    # The rows of the first and the last group may lack a source or a year; all others hold everything.
    assert all(total - 2 <= groups <= total and total >= 29 for groups, total in statements)


def test_improved_the_same_filters_scan_a_few_row_groups(improved):
    for path in PATHS:
        improved.get(path)
    for route in ("GET /stats/daily", "GET /assets", "GET /assets/{id}"):
        [(groups, total)] = scanned(improved, route)
        assert 1 <= groups <= total / 6


def test_as_found_a_page_takes_a_statement_for_each_row_and_improved_one(as_found, improved):
    for app in (as_found, improved):
        app.get("/assets", limit=6)
    assert (len(as_found.statements()), len(improved.statements())) == (7, 1)
    assert (as_found.notes[0].queries, improved.notes[0].queries) == (7, 1)


def test_as_found_each_caller_has_the_figures_computed_and_improved_one_for_all(as_found, improved):
    for app in (as_found, improved):
        for _ in range(3):
            app.get("/stats/daily", created_from="2026-10-01")
            app.get("/search", q="lead")
    assert (len(as_found.statements()), len(improved.statements())) == (6, 2)
    assert [note.tier for note in improved.notes] == ["origin", "origin", "l1", "l1", "l1", "l1"]


def test_as_found_the_cache_forgets_what_improved_still_has(as_found, improved):
    for app in (as_found, improved):
        for asset_id in (*range(1, 171), *range(1, 171)):
            app.get(f"/assets/{asset_id}")
    assert (len(as_found.statements()), len(improved.statements())) == (340, 170)


def test_figures_of_the_past_stay_cached_when_something_is_written(improved):
    past, now = {"created_from": "2026-09-01", "created_to": "2026-10-01"}, {"created_from": "2026-09-01"}
    for span in (past, now):
        improved.get("/stats/daily", **span)
    improved.add("gong")
    for span in (past, now, {**now, "source_system": "slack"}):
        improved.get("/stats/daily", **span)
    improved.add("gong")
    improved.get("/stats/daily", **now, source_system="slack")
    assert [note.tier for note in improved.notes if note.method == "GET"] == ["origin", "origin", "l1", "origin", "origin", "l1"]


def test_listings_are_wide_as_found_and_narrow_when_improved(as_found, improved):
    sizes = [len(app.client.get("/assets", params={"limit": 10}).content) for app in (as_found, improved)]
    assert sizes[0] > 4 * sizes[1]


@pytest.mark.parametrize("app", ["as_found", "improved"])
def test_each_statement_carries_the_route_and_the_request_that_asked(app, request):
    service = request.getfixturevalue(app)
    service.add()
    service.get("/assets", limit=2)
    service.get("/search", q="lead")
    asked = {note.request_id: (note.route, note.queries) for note in service.notes}
    tags = [row["tag"] for row in service.statements()]
    assert {tag["request_id"]: tag["route"] for tag in tags} == {request_id: route for request_id, (route, _) in asked.items()}
    assert len(tags) == sum(queries for _, queries in asked.values())
