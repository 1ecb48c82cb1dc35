"""What keeping a view up to date costs: by Snowflake's own count of changed rows where it was read, else by the texts, and which it was is said."""

from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest
from warehouse.known_material import known, material, quick, statement

from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.advisers.materialized_views import finding_of
from perfweek.warehouse.views.proposals import Proposal, propose
from perfweek.warehouse.views.worth import writes_of

TABLE = "D.S.SALES"
SALES = pa.table({"SHOP": [number % 5 for number in range(4000)], "AMOUNT": [float(number) for number in range(4000)]})
DML = {"database_name": "D", "schema_name": "S", "table_name": "SALES", "rows_added": 700, "rows_removed": 20, "rows_updated": 3, "hours": 9}


def insert(rows: int, number: int) -> dict[str, object]:
    return statement("insert into d.s.sales select 1, 2", 50.0, number, query_type="INSERT", rows_produced=rows, partitions_total=0)


@pytest.fixture(scope="module")
def given() -> Material:
    reads = [statement("select shop, sum(amount) as a from d.s.sales group by shop", 4000.0, 10 + number) for number in range(5)]
    return material([*[quick(number) for number in range(3)], *reads, insert(40, 20), insert(2, 21)], [known(TABLE, SALES)])


def counted(given: Material, *rows: dict[str, object]) -> Material:
    """The same history, beside which TABLE_DML_HISTORY was read."""
    return replace(given, look=replace(given.look, answers={**given.look.answers, "table_dml": pd.DataFrame(rows)}), _found={})


def only(given: Material) -> Proposal:
    (found,) = propose(given).proposals
    return found


def test_without_the_view_the_rows_are_those_of_the_texts(given: Material) -> None:
    writes = writes_of(given, [TABLE])
    assert (writes.statements, writes.rows, writes.source) == (2, 42, "the texts of the statements")


def test_with_the_view_rows_added_removed_and_updated_count_whoever_wrote_them(given: Material) -> None:
    other = {**DML, "table_name": "OLD_SALES", "rows_added": 10**9}
    writes = writes_of(counted(given, DML, other, {**DML, "schema_name": "T"}), [TABLE])
    assert (writes.statements, writes.rows, writes.source) == (9, 723, "TABLE_DML_HISTORY")


def test_a_table_that_the_view_does_not_name_was_not_changed(given: Material) -> None:
    assert writes_of(counted(given, {**DML, "table_name": "OTHER"}), [TABLE]).rows == 0


def test_more_changed_rows_cost_more_and_the_finding_says_where_they_are_known_from(given: Material) -> None:
    by_texts, by_view = only(given), only(counted(given, DML))
    assert by_view.worth.refresh > by_texts.worth.refresh
    assert by_view.worth.likely == by_texts.worth.likely
    said = [finding_of(one, "W") for one in (by_texts, by_view)]
    assert [one.change.costs.partition("known from ")[2].partition(";")[0] for one in said if one.change] == [
        "the texts of the statements",
        "TABLE_DML_HISTORY",
    ]
    assert "does not hold" in said[0].cannot_judge and "does not hold" not in said[1].cannot_judge


def test_a_view_on_a_table_that_changes_more_than_it_is_read_is_refused(given: Material) -> None:
    found = propose(counted(given, {**DML, "rows_updated": 10**6}))
    assert found.proposals == ()
    assert "refreshing it" in found.refused[0].reason
