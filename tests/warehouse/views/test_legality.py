"""Each of Snowflake's limits on materialized views is refused by its own reason; what it allows is not."""

import pytest
import sqlglot

from perfweek.warehouse.views.legality import refusals

LEGAL = "select a, count(*) as n, sum(b) as s, avg(b) as m, min(c) as l, max(c) as g, stddev(b) as d from t where a > 1 group by a"


def reasons(text, kind="materialized view", types=None):
    return refusals(sqlglot.parse_one(text, read="snowflake"), kind, types)


@pytest.mark.parametrize(
    "text", [LEGAL, "select sum(b) as s from t", "select a, approx_count_distinct(b) as n, count_if(b > 1) as c from t group by a"]
)
def test_what_is_allowed_is_not_refused(text):
    assert reasons(text) == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("select a, sum(b) as s from t join u using (a) group by a", "joins"),
        ("select x.a, sum(y.b) as s from t x, t y where x.a = y.a group by x.a", "joins"),
        ("select a, sum(b) as s from t group by a having sum(b) > 1", "HAVING"),
        ("select a, sum(b) as s from t group by a order by a", "ORDER BY"),
        ("select a, sum(b) as s from t group by a limit 1", "LIMIT"),
        ("select sum(b) as s from t group by a", "does not show every key"),
        ("select a, count(distinct b) as n from t group by a", "DISTINCT in an aggregate"),
        ("select distinct a from t", "SELECT DISTINCT"),
        ("select a, sum(sum(b)) over () as s from t group by a", "window function"),
        ("select a, row_number() over (order by b) as n from t", "window function"),
        ("select a, sum(b) as s from t group by rollup (a)", "ROLLUP"),
        ("select a, b, sum(c) as s from t group by grouping sets ((a), (b))", "GROUPING SETS"),
        ("select a, sum(b) as s from t where a in (select a from u) group by a", "nested subquery"),
        ("select a, sum(b) as s from (select a, b from t) as x group by a", "nested subquery"),
        ("with x as (select a, b from t) select a, sum(b) as s from x group by a", "WITH"),
        ("select a, sum(b) as s from t group by a union all select a, sum(b) from t group by a", "UNION"),
        ("select a, median(b) as m from t group by a", "not allowed"),
        ("select a, array_agg(b) as m from t group by a", "not allowed"),
        ("select a, sum(b) as s from t where d < current_date() group by a", "something else each time"),
        ("select a, sum(random()) as s from t group by a", "something else each time"),
        ("select a, sum(b) as s from t where u = current_user() group by a", "session"),
        ("select a, sum(my_function(b)) as s from t group by a", "user's"),
        ("select a, sum(b) as s from t sample (10) group by a", "samples"),
        ("select a, sum(b) as s from t at (offset => -60) group by a", "past"),
        ("select sum(b) as s from table(my_table_function())", "no stored table"),
    ],
)
def test_a_deliberately_illegal_view_is_refused_by_the_rule_that_it_breaks(text, reason):
    assert any(reason in one for one in reasons(text)), reasons(text)


def test_a_day_in_the_sessions_time_zone_is_refused_and_one_without_a_zone_is_not():
    text = "select to_date(d) as day, count(*) as n from t group by to_date(d)"
    assert reasons(text, types={"d": "TIMESTAMP_NTZ(9)"}) == ()
    assert any("time zone" in one for one in reasons(text, types={"d": "TIMESTAMP_LTZ(9)"}))


def test_a_dynamic_table_may_join_and_keeps_the_other_rules():
    joined = "select t.a, sum(u.b) as s from t join u on t.a = u.a group by t.a"
    assert reasons(joined, "dynamic table") == ()
    assert reasons(joined.replace("sum(u.b)", "sum(distinct u.b)"), "dynamic table") != ()
