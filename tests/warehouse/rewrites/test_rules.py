"""Each rule finds its statements and no others; what it writes instead is proven by running both, or refused with the rows that differ."""

import math
from dataclasses import replace

import pyarrow as pa
import pytest
import sqlglot
from warehouse.known_material import known, material, quick, statement

from perfweek.warehouse.advisers import rewrites as adviser
from perfweek.warehouse.rewrites.shown import proven
from perfweek.warehouse.rewrites.study import Judged, judge, study

ROWS = 400
ORDERS = pa.table(
    {
        "ID": list(range(ROWS)),
        "CUSTOMER": [None if number % 7 == 0 else number % 40 for number in range(ROWS)],
        "BUYER": [number % 40 for number in range(ROWS)],
        "AMOUNT": [float(number % 90) for number in range(ROWS)],
        "STATUS": ["open" if number % 3 else "DONE" for number in range(ROWS)],
        "MADE": pa.array([1_700_000_000_000_000 + 3_600_000_000 * number for number in range(ROWS)], pa.timestamp("us")),
    }
)
CUSTOMERS = pa.table({"ID": list(range(60)), "NUMBER": list(range(60)), "NAME": [f"c{number}" for number in range(60)]})


def judged(text: str, **values: object) -> list[Judged]:
    rows = [*[quick(number) for number in range(3)], *[statement(text, 2000.0, 10 + number, **values) for number in range(3)]]
    return list(study(material(rows, [known("D.S.ORDERS", ORDERS), known("D.S.CUSTOMERS", CUSTOMERS)])))


def only(text: str, **values: object) -> Judged:
    (found,) = judged(text, **values)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "select count(*) as n from d.s.orders where to_date(made) = '2023-11-20'",
        "select count(*) as n from d.s.orders where date_trunc('month', made) = '2023-11-01'",
        "select count(*) as n from d.s.orders where year(made) = 2023 and amount > 10",
    ],
)
def test_a_function_on_the_filters_column_becomes_a_range_proven_by_running_both(text: str) -> None:
    found = only(text)
    assert found.equal
    assert found.proof is not None and found.proof.cases >= 5
    assert found.after is not None and "MADE" in found.after.sql("snowflake").upper()
    assert ">=" in found.after.sql("snowflake")


def test_a_range_as_it_should_be_is_left_alone() -> None:
    assert judged("select count(*) as n from d.s.orders where made >= '2023-11-20' and made < '2023-11-21'") == []


def test_not_in_over_a_column_that_holds_nulls_is_refused_on_its_own_rows() -> None:
    found = only("select count(*) as n from d.s.customers where id not in (select customer from d.s.orders where amount > 50)")
    assert not found.equal
    assert found.proof is not None and "on a sample of the rows" in found.proof.counter_example


def test_not_in_over_a_column_that_may_hold_nulls_is_refused_on_made_rows_and_holds_without_them() -> None:
    found = only("select count(*) as n from d.s.customers where number not in (select buyer from d.s.orders where amount > 50)")
    assert not found.equal
    assert found.proof is not None and found.proof.counter_example
    assert found.under_condition is not None and found.under_condition.holds
    assert "NULL" in proven(found)


SHARED = [
    "select count(*) as n from d.s.customers where id not in (select id from d.s.orders where amount > 50)",
    "select count(*) as n from d.s.customers where id not in (select buyer from d.s.orders where amount > 50)",
    "select count(*) as n from d.s.orders where id not in (select id from d.s.orders where amount > 50)",
    "select count(*) as n from d.s.orders as o where o.id not in (select o.buyer from d.s.orders as o where o.amount > 50)",
    "select count(*) as n from d.s.customers where id not in (select buyer from d.s.orders group by buyer having count(*) > 10)",
    "select name, amount from d.s.customers join d.s.orders on number = buyer where name not in (select name from d.s.customers where id < 9)",
]


@pytest.mark.parametrize("text", SHARED)
def test_a_name_that_both_tables_have_means_the_same_row_in_not_exists(text: str) -> None:
    found = only(text)
    assert found.after is not None and "NOT EXISTS" in found.after.sql("snowflake").upper()
    assert found.proof is not None and found.proof.counter_example, "with a NULL among the values the two differ"
    assert found.under_condition is not None and found.under_condition.holds


def test_the_control_an_outer_column_without_its_table_is_another_row_and_fails_the_proof() -> None:
    text, wrong = SHARED[1], "select count(*) as n from d.s.customers where not exists (select 1 from d.s.orders where buyer = id and amount > 50)"
    rows = [*[quick(number) for number in range(3)], *[statement(text, 2000.0, 10 + number) for number in range(3)]]
    given = material(rows, [known("D.S.ORDERS", ORDERS), known("D.S.CUSTOMERS", CUSTOMERS)])
    (first,) = study(given)
    rewriting = lambda _query: sqlglot.parse_one(wrong, read="snowflake")  # noqa: E731
    second = judge(first.template, replace(first.suggestion, rewriting=rewriting), given, 1.0, "s")
    assert second.under_condition is not None and not second.under_condition.holds


def test_not_in_of_a_subquery_with_a_limit_is_left_to_a_person() -> None:
    assert judged("select count(*) as n from d.s.customers where id not in (select buyer from d.s.orders limit 3)") == []


def test_every_column_is_asked_for_though_nobody_knows_which_are_used() -> None:
    found = only("select * from d.s.orders where id = 3")
    assert found.after is None
    assert math.isnan(found.likely) or found.likely >= 0
    assert found.suggestion.problem


def test_an_order_inside_that_nobody_sees_is_found_and_one_with_a_limit_is_not() -> None:
    unseen = "select n, count(*) as m from (select customer as n from d.s.orders order by amount{0}) as x group by n"
    assert only(unseen.format("")).equal
    assert judged(unseen.format(" limit 5")) == []


def test_a_join_that_gives_far_more_rows_than_it_reads_is_named() -> None:
    text = "select c.name, o.id from d.s.customers as c, d.s.orders as o where o.amount > 5"
    assert [one.suggestion.problem for one in judged(text, rows_produced=20_000)]


def test_names_that_break_out_of_sql_stay_names() -> None:
    hostile = 'A"; DROP TABLE X; --'
    quoted = '"A""; DROP TABLE X; --"'
    table = pa.table({hostile: ORDERS["MADE"]})
    text = f"select count(*) as n from d.s.strange where to_date({quoted}) = '2023-11-20'"
    rows = [*[quick(number) for number in range(3)], *[statement(text, 2000.0, 10 + number) for number in range(3)]]
    found = study(material(rows, [known("D.S.STRANGE", table)]))
    for one in found:
        assert one.after is None or quoted in one.after.sql("snowflake")
    for finding in adviser.advise(material(rows, [known("D.S.STRANGE", table)])):
        assert finding.change is None or all(quoted in text for text in finding.change.rewritten)
