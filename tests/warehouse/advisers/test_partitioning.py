"""External tables to divide by folders, and very large tables whose old rows nobody reads."""

from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest
import sqlglot
from warehouse.known_material import known, material, statement

from perfweek.warehouse.advisers import partitioning

DAYS = 100


def rows():
    """1,000 rows of each of a hundred days."""
    times = pd.Series(pd.date_range("2026-01-01", periods=DAYS * 240, freq="6min"))
    return pa.table({"AT": pa.Array.from_pandas(times), "ID": pa.array(range(DAYS * 240))})


def history(first_day):
    """Forty statements, each for one day from `first_day` on, that read all 100 partitions in a second."""
    days = [pd.Timestamp("2026-01-01") + pd.Timedelta(days=first_day + place % (DAYS - first_day)) for place in range(40)]
    texts = [f"select count(*) from c.s.t where at >= '{day:%Y-%m-%d}' and at < dateadd(day, 1, '{day:%Y-%m-%d}'::timestamp)" for day in days]
    return [statement(text, 1000.0, place, partitions_scanned=100) for place, text in enumerate(texts)]


def test_an_external_table_is_divided_by_what_statements_restrict():
    (finding,) = partitioning.advise(material(history(0), [known("C.S.T", rows(), kind="EXTERNAL TABLE")]))
    assert finding.title == "divide the files of c.s.t by to_date(at)"
    assert finding.likely == pytest.approx(40 * 0.99, rel=0.02)


def test_a_definition_in_the_history_tells_an_external_table_and_whether_it_is_divided():
    plain = statement("create external table c.s.t (at timestamp) location = @stage", 1.0, 90, query_type="CREATE_EXTERNAL_TABLE")
    (finding,) = partitioning.advise(material([*history(0), plain]))
    assert finding.title == "divide the files of c.s.t by at"
    assert finding.likely == 0
    assert "nobody could look at its rows" in finding.cannot_judge
    divided = plain | {"query_text": "create external table c.s.t (at timestamp) partition by (at) location = @stage"}
    assert partitioning.advise(material([*history(0), divided])) == []


def test_old_rows_of_a_very_large_table_that_nobody_reads_are_kept_apart():
    """Only the last ten of a hundred days are read: nine tenths of each full scan are spared."""
    large = known("C.S.T", rows(), partitions=60_000)
    (finding,) = partitioning.advise(material(history(90), [large]))
    assert finding.title == "keep rows of c.s.t from before 2026-04-01 apart"
    assert finding.likely == pytest.approx(40 * 0.9, rel=0.02)
    for text in (*finding.change.apply, *finding.change.verify, *finding.change.rollback):
        assert len(sqlglot.parse(text, read="snowflake")) == 1


@pytest.mark.parametrize(("first_day", "partitions"), [(90, 100), (0, 60_000)])
def test_small_tables_and_those_that_are_read_whole_are_left_alone(first_day, partitions):
    assert partitioning.advise(material(history(first_day), [known("C.S.T", rows(), partitions=partitions)])) == []


def test_an_empty_history_has_nothing_to_divide():
    found = material(history(0))
    assert partitioning.advise(replace(found, statements=found.statements.head(0))) == []
