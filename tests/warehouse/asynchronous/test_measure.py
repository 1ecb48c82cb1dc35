"""The three ways measured on a target: through the real connector, and with threads on the embedded engine."""

import pytest

from perfweek.errors import WarehouseError
from perfweek.target import Target, Warehouse
from perfweek.warehouse.asynchronous import example, measure
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.week import Week


@pytest.fixture
def week(tmp_path):
    return Week.open("2026-W48", tmp_path / "weeks")


def test_on_a_local_server_the_asynchronous_call_blocks_and_the_measurement_says_so(week, local_snowflake, tmp_path):
    target = Target(warehouse=Warehouse(connection="local"), root=tmp_path)
    found = measure.read_ways(week, measure.measure_ways(week, target, local_snowflake.connections_file))
    assert [way.name for way in found.ways] == list(example.WAYS)
    assert found.blocks is True
    assert found.engine.startswith("Snowflake")
    assert found.ways[0].ratio.value == 1
    assert all(way.seconds.low < way.seconds.value < way.seconds.high for way in found.ways)
    assert (week.root / found.source).is_file()


def test_the_embedded_engine_is_measured_with_threads_and_has_no_asynchronous_call(week, tmp_path):
    with EmbeddedWarehouse(tmp_path / "w.duckdb"):
        pass
    target = Target(warehouse=Warehouse(database="w.duckdb"), root=tmp_path)
    assert measure.has_warehouse(target)
    found = measure.read_ways(week, measure.measure_ways(week, target))
    assert [way.name for way in found.ways] == list(measure.EMBEDDED_WAYS)
    assert found.blocks is None
    assert found.engine.startswith("DuckDB")
    assert {way.seconds.n for way in found.ways} == {measure.ROUNDS}


def test_a_target_with_an_export_alone_has_nothing_to_measure_on():
    assert not measure.has_warehouse(Target(warehouse=Warehouse(history="h.csv")))


def test_a_connection_that_is_not_there_is_named(week, local_snowflake, tmp_path):
    target = Target(warehouse=Warehouse(connection="nowhere"), root=tmp_path)
    with pytest.raises(WarehouseError) as caught:
        measure.measure_ways(week, target, local_snowflake.connections_file)
    assert "nowhere" in caught.value.what
    assert not (week.evidence / measure.NAME).exists()
