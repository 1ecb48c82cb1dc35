"""Statements read from a view give what they give from the table: by hand, and for random blocks on random tables."""

import pytest
from hypothesis import HealthCheck, given, settings
from warehouse.views.blocks_to_draw import SCHEMA, TABLES, templates

from perfweek.warehouse.proof.comparison import difference
from perfweek.warehouse.proof.engine import engine, text_of
from perfweek.warehouse.views.blocks import blocks_of
from perfweek.warehouse.views.definition import NoView, view_of
from perfweek.warehouse.views.legality import block_refusals, refusals
from perfweek.warehouse.views.members import Member
from perfweek.warehouse.views.reading import Run, Template, parsed, resolved
from perfweek.warehouse.views.rewriting import CannotAnswer, rewritten
from perfweek.warehouse.views.writing import one_line

TYPES = {"G": "TEXT", "K": "NUMBER(38,0)", "N": "NUMBER(38,0)", "F": "FLOAT", "T": "TIMESTAMP_NTZ(9)"}


def template(*texts):
    runs = tuple(Run(parsed(text), resolved(parsed(text), {"T": TYPES})) for text in texts)
    return Template("id", texts[0], runs[0].qualified, runs, len(texts), 1.0, 1.0, 1.0, 1.0, 1.0)


def member(*texts, place=0):
    return Member(template(*texts), place, tuple(TYPES.items()))


def view_and_texts(*members):
    view = view_of(members, "materialized view")
    return one_line(view.definition), [one_line(rewritten(one.template.runs[0].qualified, one.place, view)) for one in members]


def test_what_varies_becomes_a_key_and_what_does_not_stays_a_condition():
    view, (text,) = view_and_texts(
        member("select g, sum(n) as s from t where k = 1 and n > 0 group by g", "select g, sum(n) as s from t where k = 2 and n > 0 group by g")
    )
    assert view == "select g as g, k as k, sum(n) as sum_n from t as t where n > 0 group by g, k"
    name = text.split(" from ")[1].split()[0]
    assert text == f"select v.g as g, sum(v.sum_n) as s from {name} as v where v.k = 1 group by v.g"


def test_a_mean_is_a_sum_and_a_count_and_a_count_of_nothing_is_zero():
    view, (text,) = view_and_texts(
        member("select avg(f) as m, count(*) as c from t where k = 1", "select avg(f) as m, count(*) as c from t where k = 2")
    )
    assert "sum(f) as sum_f, count(f) as count_f, count(*) as rows_counted" in view
    assert "sum(v.sum_f) / nullif(sum(v.count_f), 0) as m, coalesce(sum(v.rows_counted), 0) as c" in text


@pytest.mark.parametrize(
    ("bounds", "unit"),
    [
        (("2024-01-02", "2024-02-03"), "cast(t as date)"),
        (("2024-02-01", "2024-03-01"), "date_trunc('month', t)"),
        (("2023-01-01", "2024-01-01"), "date_trunc('year', t)"),
        (("2024-01-02 10:00:00", "2024-02-03"), "t as t"),
    ],
)
def test_a_time_is_kept_only_as_finely_as_its_bounds_ask(bounds, unit):
    view, _ = view_and_texts(member(*(f"select count(*) as c from t where t >= '{bound}'" for bound in bounds)))
    assert unit in view.lower()


def test_a_bound_that_is_not_at_the_beginning_cannot_be_answered():
    view = view_of(
        [member("select count(*) as c from t where t >= '2024-02-01'", "select count(*) as c from t where t >= '2024-03-01'")], "materialized view"
    )
    with pytest.raises(CannotAnswer, match="beginning of a month"):
        rewritten(template("select count(*) as c from t where t >= '2024-02-02'").runs[0].qualified, 0, view)


def test_two_statements_share_a_view_by_the_union_of_their_lists():
    first, second = member("select g, sum(n) as s from t where k in (1, 2) group by g"), member("select max(f) as m from t where k = 3")
    view, (one, other) = view_and_texts(first, second)
    assert "where k in (1, 2, 3)" in view
    assert "v.k in (1, 2)" in one
    assert "v.k = 3" in other


def test_a_statement_that_asks_for_more_than_the_view_holds_is_refused():
    view = view_of([member("select sum(n) as s from t where k = 1")], "materialized view")
    for text, reason in (("select sum(n) as s from t where k = 2", "leaves out"), ("select sum(f) as s from t where k = 1", "does not keep")):
        with pytest.raises(CannotAnswer, match=reason):
            rewritten(template(text).runs[0].qualified, 0, view)


def test_a_deviation_that_cannot_be_computed_again_asks_for_the_views_own_groups():
    one = member("select g, stddev(n) as s from t group by g")
    assert "stddev(n)" in view_of([one], "materialized view").definition.sql("snowflake").lower()
    with pytest.raises(NoView, match="cannot be computed again"):
        view_of([one, member("select k, sum(n) as s from t group by k")], "materialized view")


def test_a_block_within_a_statement_is_replaced_and_the_rest_stays():
    text = "select g from t where n > (select avg(n) from t where k = 1)"
    one = member(text, text.replace("k = 1", "k = 2"), place=1)
    view = view_of([one], "materialized view")
    assert "(select sum(v.sum_n) / nullif(sum(v.count_n), 0) as _col_0 from" in one_line(rewritten(one.template.runs[0].qualified, 1, view))


def test_a_table_that_with_defines_is_no_stored_table():
    query = resolved(parsed("with x as (select g, sum(n) as s from t group by g) select max(s) as m from x"), {"T": TYPES})
    assert [block.tables[0].name for block in blocks_of(query)] == ["T"]


def check(members, rows):
    view = view_of(members, "materialized view")
    assert refusals(view.definition, "materialized view", TYPES) == ()
    name = ".".join(view.parts)
    with engine({"T": rows.cast(SCHEMA)}) as runner:
        runner.make(name, text_of(view.definition, {"T"}))
        for place, run in ((one.place, run) for one in members for run in one.template.runs):
            before = runner.run(text_of(run.tree, {"T"}))
            after = runner.run(text_of(rewritten(run.qualified, place, view), {"T", name}))
            assert difference(before, after) == "", one_line(view.definition)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(templates(), TABLES)
def test_random_blocks_on_random_tables_give_the_same_from_their_view(texts, rows):
    one = member(*texts)
    assert block_refusals(one.block.select, "materialized view", TYPES) == ()
    check([one], rows)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(templates(), templates(), TABLES)
def test_two_random_blocks_give_the_same_from_one_view(first, second, rows):
    check([member(*first), member(*second)], rows)


def test_the_positive_control_of_that_property_is_a_view_without_a_key():
    """Without the column of its varying condition the view cannot answer: the rewriting says so rather than give other rows."""
    one = member("select sum(n) as s from t where k = 1", "select sum(n) as s from t where k = 2")
    view = view_of([member("select sum(n) as s from t")], "materialized view")
    with pytest.raises(CannotAnswer, match="does not keep K"):
        rewritten(one.template.runs[0].qualified, 0, view)
