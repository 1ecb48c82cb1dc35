"""Which searches could be optimized, and what the adviser says of them."""

from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest
from warehouse.known_material import known, material, statement

from perfweek.warehouse.advisers import search_optimization
from perfweek.warehouse.searches import native_search, searches_of
from perfweek.warehouse.templates import templates_of


@pytest.mark.parametrize(
    ("where", "targets"),
    [
        ("id = 5", ["equality(id)"]),
        ("5 = id and other > 3", ["equality(id)"]),
        ("id in (1, 2)", ["equality(id)"]),
        ("id in (select 1)", []),
        ("id is null", ["equality(id)"]),
        ("id is not null", []),
        ("cast(id as varchar) = '5'", []),
        ("upper(name) = 'X'", []),
        ("id = 1 or name = 'x'", []),
        ("name like '%needle%'", ["substring(name)"]),
        ("name like '%abcd%'", []),
        ("contains(name, %(word)s)", ["substring(name)"]),
        ("doc:user.uuid::string = 'x'", ['equality(doc:"user"."uuid")']),
        ('"Odd; name" = 1', ['equality("Odd; name")']),
        ("a.id = b.id", []),
    ],
)
def test_what_an_access_path_can_answer(where, targets):
    assert [str(search) for search in searches_of(templates_of(f"select * from s.a as a where {where}")[0].where)] == targets


def test_what_snowflake_names_is_read_and_nothing_else():
    assert str(native_search('EQUALITY("DEVICE_ID")')) == "equality(device_id)"
    assert str(native_search('SUBSTRING("a""b")')) == 'substring("a""b")'
    assert native_search("EQUALITY(X); drop table y") is None


def slow(number, text="select * from c.s.t where id = {}", **values):
    return statement(text.format(number), 4000.0, number, rows_produced=1, partitions_scanned=80, **values)


def test_slow_searches_for_few_rows_are_worth_an_access_path():
    """Ten statements of 4 s read 80 partitions for one row: 79 of 80 parts are for nothing."""
    (finding,) = search_optimization.advise(material([slow(number) for number in range(10)]))
    assert finding.likely == pytest.approx(40 * 79 / 80)
    assert finding.change.apply == ("alter table c.s.t add search optimization on equality(id)",)
    assert finding.change.rollback == ("alter table c.s.t drop search optimization on equality(id)",)
    assert any("system$estimate_search_optimization_costs" in text for text in finding.change.verify)


@pytest.mark.parametrize("values", [{"rows_produced": 5000}, {"execution_time": 100.0}, {"partitions_scanned": 1}])
def test_what_returns_many_rows_or_is_fast_or_reads_one_partition_is_not(values):
    assert search_optimization.advise(material([slow(number) | values for number in range(10)])) == []


def test_a_column_of_few_values_is_no_aim():
    few = known("C.S.T", pa.table({"ID": pa.array(range(1000))}))
    many = known("C.S.T", pa.table({"ID": pa.array(range(1000))}), share=0.001)
    rows = [slow(number) for number in range(10)]
    assert search_optimization.advise(material(rows, [few])) == []
    assert search_optimization.advise(material(rows, [many]))
    assert search_optimization.advise(material(rows, [replace(many, key_now="LINEAR(ID)")])) == []


@pytest.mark.parametrize(
    ("where", "column", "kind", "supported"),
    [
        ("id = {}", pa.array([float(number) for number in range(1000)]), "BASE TABLE", False),
        ("id = {}", pa.array(range(1000)), "EXTERNAL TABLE", False),
        ("id = {}", pa.array(range(1000)), "VIEW", False),
        ("id like '%needle{}%'", pa.array(range(1000)), "BASE TABLE", False),
        ("id like '%needle{}%'", pa.array([f"text {number}" for number in range(1000)]), "BASE TABLE", True),
    ],
)
def test_what_snowflake_cannot_optimize_is_not_offered(where, column, kind, supported):
    table = known("C.S.T", pa.table({"ID": column}), share=0.001, kind=kind)
    rows = [slow(number, f"select * from c.s.t where {where}") for number in range(10)]
    assert bool(search_optimization.advise(material(rows, [table]))) == supported


def test_the_embedded_engine_has_none_and_the_finding_says_so():
    (finding,) = search_optimization.advise(replace(material([slow(number) for number in range(10)]), engine="embedded"))
    assert finding.likely == 0
    assert finding.change is None
    assert "the embedded engine has no search access paths" in finding.cannot_judge


def test_snowflake_s_own_column_is_taken_where_it_is_granted():
    found = material([slow(1)])
    row = {"database_name": "C", "schema_name": "S", "table_name": "U", "column_name": "DEVICE_ID", "access_type": "WHERE", "queries": 2}
    row |= {"execution_ms": 10_000.0, "partitions_scanned": 100, "rows_matched": 4, "expressions": '["EQUALITY(\\"DEVICE_ID\\")"]'}
    answers = dict(found.look.answers) | {"column_pruning": pd.DataFrame([row])}
    (finding,) = search_optimization.advise(replace(found, look=replace(found.look, answers=answers)))
    assert finding.title == "optimize searches of c.s.u: equality(device_id)"
    assert finding.likely == pytest.approx(9.6)
    assert "COLUMN_QUERY_PRUNING_HISTORY" in finding.evidence
