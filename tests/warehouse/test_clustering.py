"""One clustering key, from a real history to its predictions and scripts, judged against the table really rewritten."""

import json

import pandas as pd
import pyarrow as pa
import pytest

from perfweek.warehouse.advisers.material import KnownTable
from perfweek.warehouse.clustering.candidates import first_keys, grown
from perfweek.warehouse.clustering.change import change_of
from perfweek.warehouse.clustering.cost import cost_of_clustering
from perfweek.warehouse.clustering.judgement import Advice, advise
from perfweek.warehouse.clustering.keys import Key
from perfweek.warehouse.clustering.layouts import Sample
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.history import load_history, partitions_scanned_share
from perfweek.warehouse.names import written_table
from perfweek.warehouse.tableuse import table_uses

GROUP, GROUPS = 2048, 50
TABLE = "sophia_core.unified_data_catalog"
STATEMENTS = {
    "GET /assets/{id}": f"select * from {TABLE} where asset_id = %(asset_id)s",
    "GET /stats/daily": f"""select to_date(created_at) as day, count(*) as n from {TABLE}
        where created_at >= %(start)s and created_at < %(stop)s group by 1""",
    "GET /assets": f"""select asset_id from {TABLE}
        where (%(source)s is null or source_system = %(source)s) and created_at < %(stop)s order by created_at desc limit 20""",
    "GET /search": f"select asset_id from {TABLE} where contains(name, %(word)s)",
}


def ask(warehouse):
    """Sixty requests of each kind, the same at every call."""
    for number in range(60):
        start = pd.Timestamp("2026-01-01") + pd.Timedelta(days=number)
        values = {
            "asset_id": 1 + number * 1009,
            "start": start.to_pydatetime(),
            "stop": (start + pd.Timedelta(days=3)).to_pydatetime(),
            "source": [None, "gong", "slack"][number % 3],
            "word": f"name 7{number}",
        }
        for route, sql in STATEMENTS.items():
            warehouse.query(sql, values, {"route": route, "request_id": f"{route} {number}"})


@pytest.fixture(scope="module")
def week(tmp_path_factory):
    """Database and history of a table in random order."""
    folder = tmp_path_factory.mktemp("week")
    database = folder / "as_found.duckdb"
    with EmbeddedWarehouse(database) as warehouse:
        warehouse._engine.execute(f"detach embedded; attach '{database}' as embedded (row_group_size {GROUP})")
        warehouse.query("create schema sophia_core")
        warehouse.query(
            f"""create table {TABLE} as
            select i as asset_id, timestamp '2026-01-01' + i * interval 1 minute as created_at, 'name ' || i as name,
                   case hash(i) % 4 when 0 then 'gong' when 1 then 'slack' when 2 then 'zendesk' else 'linear' end as source_system
            from range({GROUP * GROUPS}) as numbers(i) order by hash(i + 1)"""
        )
    history = folder / "history.ndjson"
    with EmbeddedWarehouse(database, history, read_only=True) as warehouse:
        ask(warehouse)
    return database, history


@pytest.fixture(scope="module")
def advice(week) -> Advice:
    database, history = week
    statements = load_history(history)
    use = table_uses(statements)[0]
    with EmbeddedWarehouse(database, read_only=True) as warehouse:
        frame = warehouse.query(f"select {', '.join(sorted(use.weights))} from {TABLE} sample bernoulli (10) seed (1)").to_pandas()
    bounds = {"asset_id": (0, GROUP * GROUPS - 1)}
    return advise(use, Sample.of(frame, bounds, len(frame) / (GROUP * GROUPS), use.partitions), statements)


def test_the_history_says_how_the_table_is_used(week):
    use = table_uses(load_history(week[1]))[0]
    assert use.name == TABLE
    assert use.partitions == GROUPS
    assert set(use.weights) == {"asset_id", "created_at", "source_system"}  # contains() restricts no range
    assert not use.written


def test_now_is_what_the_history_measured(advice, week):
    assert advice.now["GET /assets/{id}"] == partitions_scanned_share(load_history(week[1]), "GET /assets/{id}")
    assert advice.now_overall > 0.8


def test_the_proposal_is_judged_beside_other_orders(advice):
    names = [candidate.name for candidate in advice.candidates]
    assert names[0] == "(created_at, source_system)"
    assert "(source_system, created_at)" in names
    assert len(names) == len(set(names))


def test_a_better_order_is_chosen_and_what_no_order_helps_stays(advice):
    assert advice.chosen.keys[0].column in ("created_at", "asset_id")
    assert set(advice.affected) == {"GET /assets/{id}", "GET /stats/daily", "GET /assets"}
    assert advice.chosen.endpoints["GET /search"].likely == pytest.approx(advice.now["GET /search"].value)


def embedded_change(advice):
    table = KnownTable(("SOPHIA_CORE", "UNIFIED_DATA_CATALOG"), {}, GROUP * GROUPS, 0, pa.table({}), 1.0)
    return change_of(advice, table, cost_of_clustering(table, advice.chosen.keys, {}, 1.0), embedded=True).embedded


def test_the_predictions_hold_on_the_table_really_rewritten_and_the_rollback_brings_the_order_back(advice, week, tmp_path):
    database = tmp_path / "changed.duckdb"
    database.write_bytes(week[0].read_bytes())
    change = embedded_change(advice)
    with EmbeddedWarehouse(database) as warehouse:
        warehouse._engine.execute(f"detach embedded; attach '{database}' as embedded (row_group_size {GROUP})")
        before = warehouse.query(f"select asset_id from {TABLE}")
        for statement in change.apply:
            warehouse.query(statement)
        assert warehouse.query(f"select asset_id from {TABLE}") != before
    with EmbeddedWarehouse(database, tmp_path / "after.ndjson", read_only=True) as warehouse:
        ask(warehouse)
        for statement in change.verify:
            warehouse.query(statement)
    after = load_history(tmp_path / "after.ndjson")
    assert {prediction.labels["endpoint"] for prediction in change.predictions} == set(advice.affected)
    for prediction in change.predictions:
        measured = partitions_scanned_share(after, prediction.labels["endpoint"]).value
        assert prediction.expected_low <= measured <= prediction.expected_high, prediction
        assert measured < 0.3 * prediction.before
    with EmbeddedWarehouse(database) as warehouse:
        for statement in change.rollback:
            warehouse.query(statement)
        assert warehouse.query(f"select asset_id from {TABLE}") == before


@pytest.mark.parametrize(
    ("parts", "written"),
    [(("SOPHIA_CORE", "ASSETS"), "sophia_core.assets"), (("S", "Mixed"), 's."Mixed"'), (("S", "ORDER"), 's."ORDER"'), (("S", 'a"b'), 's."a""b"')],
)
def test_names_are_plain_only_where_that_is_the_same_table(parts, written):
    assert written_table(parts) == written


def test_literals_in_the_text_are_read_like_bound_values(shared_data, tmp_path):
    """Real statements of a public benchmark on Snowflake: its sixth template restricts lineitem by a year of l_shipdate."""
    from tarfile import open as open_tar

    archive = shared_data / "warehouse/cab/snowflake_shared_1h_32s_4tb/executor_logs.tar.xz"
    with open_tar(archive) as logs:
        texts = [
            line.split("Running: ")[1]
            for member in logs
            if member.isfile()
            for line in logs.extractfile(member).read().decode().splitlines()
            if "l_discount between" in line
        ]
    rows = [
        {
            "query_id": str(n),
            "query_text": text,
            "start_time": f"2026-01-01T00:00:{n % 60:02}Z",
            "execution_time": 1.0,
            "bytes_scanned": 1,
            "rows_produced": 1,
        }
        | {"partitions_scanned": 600, "partitions_total": 600, "query_type": "SELECT"}
        for n, text in enumerate(texts)
    ]
    path = tmp_path / "cab.ndjson"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    use = next(use for use in table_uses(load_history(path)) if use.name.startswith("lineitem"))
    assert {"l_shipdate", "l_discount", "l_quantity"} <= set(use.weights)
    wanted = use.statements[0].restriction.ranges["l_shipdate"]
    assert str(wanted.low).endswith("-01-01")


def test_candidates_come_from_what_restricts_most_time(advice):
    sample = Sample.of(pd.DataFrame({"asset_id": range(100), "source_system": ["a", "b"] * 50}), {}, 1.0, 4)
    assert set(first_keys(advice.use, sample)) == {(Key("asset_id"),), (Key("asset_id", "trunc", 1),), (Key("source_system"),)}
    assert grown((Key("source_system"),), advice.use, sample) == [
        (Key("source_system"), Key("asset_id")),
        (Key("asset_id", "trunc", 1), Key("source_system")),
    ]
