"""Ranges read from a WHERE: no row that the engine finds ever lies outside of them."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfweek.warehouse.conditions import Range, Restriction, Within
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.templates import bound_values, restriction_of, templates_of


def asked(where, bound="[]"):
    return restriction_of(templates_of(f"select * from s.t where {where}")[0], bound)


@pytest.mark.parametrize(
    ("where", "ranges"),
    [
        ("a = 5", {"a": Range(5.0, 5.0)}),
        ("5 < a and a <= 9", {"a": Range(5.0, 9.0, above=True)}),
        ("a between 1 and 5 and b = 'x'", {"a": Range(1.0, 5.0), "b": Range("x", "x")}),
        ("a in (3, 1, 7)", {"a": Range(1.0, 7.0)}),
        ("a = 1 or a = 4", {"a": Range(1.0, 4.0)}),
        ("a = 1 or b = 'x'", {}),
        ("(a = 1 or a = 2) and b > 'm'", {"a": Range(1.0, 2.0), "b": Range("m", None, above=True)}),
        ("a = -5", {"a": Range(-5.0, -5.0)}),
        ("t >= '2026-01-01'::timestamp", {"t": Range("2026-01-01", None)}),
        ("to_date(t) = '2026-01-01'", {"t": Range("2026-01-01 00:00:00", "2026-01-02 00:00:00", below=True)}),
        ("t::date > '2026-01-01'", {"t": Range("2026-01-02 00:00:00")}),
        ("t::date <= '2026-01-01'", {"t": Range(None, "2026-01-02 00:00:00", below=True)}),
        ("date_trunc('month', t) = '2026-02-01'", {"t": Range("2026-02-01 00:00:00", "2026-03-01 00:00:00", below=True)}),
        ("t < date '2026-01-31' + interval '1 month'", {"t": Range(None, "2026-02-28 00:00:00", below=True)}),
        ("t >= dateadd(day, -1, '2026-03-01'::date)", {"t": Range("2026-02-28 00:00:00")}),
        ("a + 1 = 5", {}),
        ("not (a = 5)", {}),
        ("not (a > 5)", {"a": Range(None, 5.0)}),
        ("b like 'x%'", {"b": Range("x", "x\U0010ffff")}),
        ("startswith(b, 'xy')", {"b": Range("xy", "xy\U0010ffff")}),
        ("b like '%x'", {}),
        ("a = (select max(a) from s.t)", {}),
        ("t > dateadd(day, -1, current_date())", {}),
    ],
)
def test_what_restricts_a_column_and_what_does_not(where, ranges):
    assert asked(where).ranges == ranges


def test_an_optional_filter_restricts_only_where_it_is_given():
    """The way services write one: no value means all."""
    where = "(%(source)s is null or source = %(source)s) and t >= %(since)s"
    source = '{"name":"source","type":"TEXT","value":"gong"}'
    given_ = f'[{source},{source},{{"name":"since","type":"TEXT","value":"2026"}}]'
    assert asked(where, given_).ranges == {"source": Range("gong", "gong"), "t": Range("2026", None)}
    assert asked(where, given_.replace('"gong"', "null")).ranges == {"t": Range("2026", None)}


def test_a_comparison_with_null_finds_nothing():
    assert asked("a = null").never
    assert asked("a = null or b = 'x'") == Restriction(Within("b", Range("x", "x")))


@pytest.mark.parametrize("bound", ['["5"]', '[{"type":"FIXED","value":"5"}]', '[{"name":"1","type":"FIXED","value":"5"}]'])
def test_bound_values_in_each_form_that_a_history_holds(bound):
    assert str(bound_values(bound)["1"]) in ("5", "5.0")
    assert set(asked("a >= ?", bound).ranges) == {"a"}


def test_a_value_that_is_not_known_restricts_nothing():
    assert asked("a >= %(low)s and b = 'x'", None).ranges == {"b": Range("x", "x")}


def test_order_and_limit_are_kept_for_rows_but_not_for_groups():
    rows, groups = "select a from s.t where b = 'x' order by a desc limit %(n)s", "select a, count(*) from s.t group by a order by a limit 5"
    found = restriction_of(templates_of(rows)[0], '[{"name":"n","type":"FIXED","value":"50"}]')
    assert (found.order, found.descending, found.limit) == ("a", True, 50)
    assert restriction_of(templates_of(groups)[0], "[]").limit == 0


@pytest.mark.parametrize("text", ["insert into t values (1)", "select", "begin", "selekt", "x" * 60_000])
def test_what_is_no_query_has_no_template(text):
    assert templates_of(text) == ()


JOINED = "select * from s.a as one {} join s.b on one.k = b.k and b.y > 3 and one.x < 9 where one.x >= 1"


@pytest.mark.parametrize(
    ("kind", "left", "right"), [("", Range(1.0, 9.0, below=True), Range(3.0, None, above=True)), ("left", Range(1.0), Range(3.0, above=True))]
)
def test_a_join_s_conditions_restrict_the_table_that_they_name_but_not_the_kept_side_of_an_outer_join(kind, left, right):
    one, other = templates_of(JOINED.format(kind))
    assert (one.name, one.joins, one.alone) == ("s.a", ("k",), False)
    assert restriction_of(one, "[]").ranges == {"x": left}
    assert restriction_of(other, "[]").ranges == {"y": right}


def test_a_bare_column_of_a_join_belongs_to_the_table_that_has_it():
    text = "select x from s.a join s.b using (k) where x = 1"
    schema = {"s.a": {"x": "X", "k": "K"}, "s.b": {"y": "Y", "k": "K"}}
    assert [restriction_of(one, "[]").ranges for one in templates_of(text, schema)] == [{"x": Range(1.0, 1.0)}, {}]
    assert [restriction_of(one, "[]").ranges for one in templates_of(text)] == [{}, {}]


def test_a_table_within_a_common_table_expression_keeps_its_own_conditions():
    (found,) = templates_of("with recent as (select * from s.a where x > 5) select count(*) from recent")
    assert restriction_of(found, "[]").ranges == {"x": Range(5.0, above=True)}


def test_names_are_spelt_as_snowflake_stores_them():
    template = templates_of('select x, "Mixed" from sophia_core."odd; name" where x = 1 and "Mixed" = 2')[0]
    assert template.table == ("SOPHIA_CORE", "odd; name")
    assert template.columns == {"x": "X", "mixed": "Mixed"}


ROWS = [(a, b, f"2026-0{1 + a % 3}-01 00:00:00") for a in range(-2, 5) for b in ("k", "m", "x", None)]

numbers = st.integers(-3, 6).map(str)
words = st.sampled_from(["'a'", "'k'", "'m'", "'x'", "'z'", "null"])
times = st.sampled_from(["'2026-01-01 00:00:00'", "'2026-02-01 00:00:00'::timestamp", "'2026-04-01 00:00:00'"])
operators = st.sampled_from(["=", "<", "<=", ">", ">="])
leaves = st.one_of(
    st.builds("a {} {}".format, operators, numbers),
    st.builds("{} {} a".format, numbers, operators),
    st.builds("b {} {}".format, operators, words),
    st.builds("t {} {}".format, operators, times),
    st.builds("a between {} and {}".format, numbers, numbers),
    st.builds("b in ({}, {})".format, words, words),
    st.builds("({} is null or b = {})".format, words, words),
    st.just("b is null"),
    st.just("a % 2 = 0"),
    st.builds("b like {}".format, st.sampled_from(["'k%'", "'%m'", "'x'", "'_m'"])),
    st.builds("t::date {} {}".format, operators, times),
    st.builds("date_trunc('month', t) {} {}".format, operators, times),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner), st.builds("({} or {})".format, inner, inner), st.builds("not ({})".format, inner)
    ),
    max_leaves=5,
)


@given(where=st.lists(conditions, min_size=15, max_size=15))
@settings(max_examples=20, deadline=None)
def test_no_row_that_matches_lies_outside_the_ranges(where):
    with EmbeddedWarehouse(Path(":memory:")) as warehouse:
        values = ", ".join(f"({a}, {'null' if b is None else repr(b)}, '{t}'::timestamp)" for a, b, t in ROWS)
        warehouse.query("create table t (a int, b varchar, t timestamp)")
        warehouse.query(f"insert into t values {values}")
        for condition in where:
            found = warehouse.query(f"select a, b, t::varchar as t from t where {condition}").to_pylist()
            restriction = asked(condition)
            assert not (restriction.never and found), condition
            for column, wanted in restriction.ranges.items():
                assert all(row[column] is not None for row in found), condition
                assert all(wanted.low is None or row[column] > wanted.low or (row[column] == wanted.low and not wanted.above) for row in found), (
                    condition
                )
                assert all(wanted.high is None or row[column] < wanted.high or (row[column] == wanted.high and not wanted.below) for row in found), (
                    condition
                )
