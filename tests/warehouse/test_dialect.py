"""From Snowflake's text with markers to DuckDB's with bound parameters."""

import pytest

from perfweek.errors import WarehouseError
from perfweek.warehouse.dialect import named_markers, translate


def test_markers_become_parameters_in_their_order():
    statement = translate("select * from t where a >= %(low)s and b = %(word)s and a < %(low)s limit %(n)s")
    assert statement.names == ("low", "word", "low", "n")
    assert statement.duckdb == "SELECT * FROM t WHERE a >= $low AND b = $word AND a < $low LIMIT $n"


def test_a_percent_sign_is_written_twice_beside_markers_and_once_without():
    assert named_markers("select '100 %' as word") == ("select '100 %' as word", ())
    assert named_markers("select %(n)s, '100 %%'") == ("select :n, '100 %'", ("n",))
    with pytest.raises(WarehouseError, match="percent sign"):
        translate("select %(n)s, '100 %'")


@pytest.mark.parametrize("sql", ["select '%(word)s'", "select 1 -- %(word)s", 'select "%(word)s"'])
def test_a_marker_in_quotes_or_a_comment_is_refused(sql):
    with pytest.raises(WarehouseError, match="quotes or in a comment"):
        translate(sql)


@pytest.mark.parametrize("sql", ["select 1; drop table t", "", "-- nothing"])
def test_only_one_statement_at_a_time(sql):
    with pytest.raises(WarehouseError, match="statements in one call"):
        translate(sql)


def test_a_syntax_error_says_where():
    with pytest.raises(WarehouseError, match="Line 1"):
        translate("select from where")


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("select 1", "SELECT"),
        ("with a as (select 1 as b) select * from a", "SELECT"),
        ("select 1 union all select 2", "SELECT"),
        ("insert into t values (1)", "INSERT"),
        ("begin", "BEGIN_TRANSACTION"),
        ("checkpoint", "UNKNOWN"),
    ],
)
def test_the_kind_is_snowflakes_query_type(sql, kind):
    assert translate(sql).kind == kind


def test_the_text_of_a_json_path_has_no_quotes():
    assert "->>" in translate("select parse_json(tag):route::string from t").duckdb


def test_a_text_is_translated_once():
    assert translate("select 42 as once") is translate("select 42 as once")
