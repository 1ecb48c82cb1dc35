"""The change to a key: what it costs, what it runs, and how it is undone."""

import math
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest
import sqlglot
from warehouse.known_material import known, material, statement

from perfweek.warehouse.advisers import clustering
from perfweek.warehouse.clustering.cost import cost_of_clustering, version_of
from perfweek.warehouse.clustering.judgements import NATIVE, judgements
from perfweek.warehouse.clustering.keys import Key
from perfweek.warehouse.embedded import EmbeddedWarehouse

ROWS = 20_000
HOSTILE = 'odd"; drop table x; --\n drop table y; --'


def rows(day="DAY", number="NUMBER"):
    """Rows in no order: a number, and a time that rises with it."""
    shuffled = [(place * 7919) % ROWS for place in range(ROWS)]
    times = pd.Timestamp("2026-01-01") + pd.to_timedelta(pd.Series(shuffled), unit="min")
    return pa.table({number: pa.array(shuffled), day: pa.Array.from_pandas(times)})


def advised(name="C.S.T", condition="number between {0} and {1}", engine="snowflake", table=None, **values):
    """The findings for forty statements that each ask for one part in forty of the table, and read it whole."""
    quoted = ".".join(f'"{part}"'.replace('odd"', 'odd""') for part in name.split("."))
    texts = [f"select * from {quoted} where " + condition.format(500 * part, 500 * part + 499) for part in range(40)]
    history = [statement(text, 1000.0, place, partitions_scanned=100) for place, text in enumerate(texts)]
    one = known(name, table if table is not None else rows(), partitions=100, **values)
    return replace(material(history, [one]), engine=engine)


def only(found):
    (finding,) = clustering.advise(found)
    return finding


def test_a_table_read_whole_for_a_part_of_it_is_worth_another_order():
    finding = only(advised())
    assert finding.title.startswith("cluster c.s.t by (")
    assert finding.unit == "s"
    assert finding.low <= finding.likely <= finding.high
    assert finding.likely == pytest.approx(40 * (1 - 0.035), rel=0.03)  # 2.5 of 100 partitions and one more for the edges
    assert "nothing is metered" in finding.cannot_judge
    assert "the texts of the statements" in finding.evidence


def test_a_table_that_is_in_that_order_is_left_alone():
    key = only(advised()).title.partition(" by ")[2]
    assert clustering.advise(advised(key_now=f"LINEAR{key}", version="OPTIMA")) == []


def test_snowflake_s_own_count_of_columns_is_taken_where_it_is_granted():
    found = advised()
    pruned = {"database_name": "C", "schema_name": "S", "table_name": "T", "column_name": "DAY", "access_type": "WHERE", "execution_ms": 5.0}
    answers = dict(found.look.answers) | {"column_pruning": pd.DataFrame([pruned])}
    (judgement,) = judgements(replace(found, look=replace(found.look, answers=answers)))
    assert judgement.columns_from == NATIVE
    assert set(judgement.use.weights) == {"day"}


def test_no_key_is_added_or_dropped_but_the_former_one_is_set_again():
    classic = only(advised(key_now="LINEAR(DAY)", version="CLASSIC")).change
    assert classic.rollback == ("alter table c.s.t cluster by (DAY)",)
    assert "stays with Classic" in classic.warning
    assert "never drops it" in classic.warning
    fresh = only(advised()).change
    assert fresh.rollback == ("alter table c.s.t drop clustering key",)
    assert "Optima" in fresh.warning
    assert any("system$clustering_information" in text for text in fresh.verify)
    assert any("insert overwrite into c.s.t__perfweek_ordered" in text for text in fresh.verify)


@pytest.mark.parametrize("engine", ["snowflake", "embedded"])
def test_hostile_names_are_identifiers_and_nothing_else(engine):
    change = only(advised(f"C.S.{HOSTILE}", engine=engine)).change
    for part in (change, change.embedded) if change.embedded else (change,):
        for text in (*part.apply, *part.verify, *part.rollback):
            if not text.startswith("explain"):
                assert len(sqlglot.parse(text, read="snowflake")) == 1, text
            assert "\ndrop" not in text.replace(HOSTILE.replace('"', '""'), "NAME").replace(HOSTILE.lower(), "NAME")


def test_the_constants_of_conditions_are_literals():
    found = advised(condition="name = 'o''x; drop table y; --{0}' and number < {1}", table=rows().append_column("NAME", pa.array(["a"] * ROWS)))
    tried = [text for text in only(found).change.verify if text.startswith("explain")]
    assert tried
    assert all(len(sqlglot.parse(text, read="snowflake")) == 1 and "x; drop table y; --" in text for text in tried)


def test_the_embedded_change_may_be_made_and_undone_twice(tmp_path):
    change = only(advised("S.T", engine="embedded")).change.embedded
    with EmbeddedWarehouse(tmp_path / "w.duckdb") as warehouse:
        warehouse.query("create schema s")
        warehouse.query("create table s.t as select (i * 7919) % 1000 as number, to_date('2026-01-01') as day from range(1000) as r(i)")
        before = warehouse.query("select number from s.t").to_pylist()
        for text in (*change.apply, *change.apply):
            warehouse.query(text)
        changed = warehouse.query("select number from s.t").to_pylist()
        assert changed != before
        assert sorted(row["number"] for row in changed) == list(range(1000))
        for text in (*change.rollback, *change.rollback):
            warehouse.query(text)
        assert warehouse.query("select number from s.t").to_pylist() == before


def test_snowflake_s_change_is_accepted_by_a_local_snowflake_twice(local_snowflake):
    change = only(advised("CLUSTER_CHANGE.S.T")).change
    with local_snowflake.connect() as warehouse:
        for text in ("create database cluster_change", "create schema cluster_change.s"):
            warehouse.query(text)
        warehouse.query("create table cluster_change.s.t (number number, day timestamp)")
        warehouse.query("insert into cluster_change.s.t values (1, '2026-01-01')")
        for text in (*change.apply, *change.apply, *change.rollback, *change.rollback):
            warehouse.query(text)
        assert warehouse.query("select number from cluster_change.s.t").to_pylist() == [{"number": 1}]


def table(**values):
    return replace(known("C.S.T", rows()), rows=1000, bytes=10**9, **values)


def spent(version, credits_):
    return pd.DataFrame([{"version": version, "credits": credits_, "bytes_reclustered": 2e9}])


def dml(added, updated=0):
    return pd.DataFrame(
        [{"database_name": "C", "schema_name": "S", "table_name": "T", "rows_added": added, "rows_updated": updated, "rows_removed": 0}]
    )


def test_a_new_key_is_optima_and_a_clustered_table_stays_classic():
    assert version_of(table()) == "OPTIMA"
    assert version_of(table(key_now="LINEAR(A)")) == "CLASSIC"
    assert version_of(table(key_now="LINEAR(A)", version="OPTIMA")) == "OPTIMA"


def test_what_the_account_paid_prices_a_gigabyte_and_the_changed_rows_their_part():
    """3 credits for 2 GB are 1.5 for this table's one; 100 of 1,000 rows updated are a tenth of that in the history's nine days."""
    cost = cost_of_clustering(table(), (Key("number"),), {"clustering_spent": spent("OPTIMA", 3.0), "table_dml": dml(60, 40)}, 9.0)
    assert (cost.once, cost.kept) == pytest.approx((1.5, 0.15))
    assert cost.over_the_history == pytest.approx(1.5 * 9 / 90 + 0.15)


def test_rows_that_come_in_by_time_overlap_less_and_prices_of_another_version_are_not_taken():
    by_time = cost_of_clustering(table(), (Key("day"),), {"clustering_spent": spent("OPTIMA", 3.0), "table_dml": dml(100)}, 9.0)
    assert by_time.kept == pytest.approx(0.075)
    unknown = cost_of_clustering(table(), (Key("day"),), {"clustering_spent": spent("CLASSIC", 3.0), "table_dml": dml(100)}, 9.0)
    assert math.isnan(unknown.once)
    assert unknown.over_the_history == 0


def test_own_writes_price_a_gigabyte_where_nothing_else_does():
    """An hour of a small warehouse is 2 credits and wrote 4 GB: half a credit, and twice that serverless."""
    write = {"warehouse_size": "Small", "warehouse_type": "STANDARD", "execution_ms": 3_600_000.0, "bytes_written": 4e9, "rows_changed": 0}
    written = pd.DataFrame([write | {"query_text": "insert into c.s.other select 1"}])
    cost = cost_of_clustering(table(), (Key("number"),), {"written": written}, 9.0)
    assert cost.once == pytest.approx(1.0)
    assert cost.kept == 0
    assert "own writes" in cost.rate.basis
