"""What is implied is told, and nothing else: checked by hand and against every row of a small world."""

import itertools

import duckdb
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from perfweek.warehouse.views.subsumption import asked, either, implies


def condition(text):
    return sqlglot.parse_one(text, read="snowflake")


@pytest.mark.parametrize(
    ("known", "wanted", "implied"),
    [
        (["a > 5"], "a > 3", True),
        (["a > 3"], "a > 5", False),
        (["a > 5"], "a >= 5", True),
        (["a >= 5"], "a > 5", False),
        (["a between 2 and 3"], "a between 1 and 4", True),
        (["a > 1", "a < 4"], "a between 0 and 4", True),
        (["a in (1, 2)"], "a in (1, 2, 3)", True),
        (["a = 1 or a = 2"], "a in (1, 2, 3)", True),
        (["a in (1, 2)"], "a between 1 and 2", True),
        (["a in (1, 2)"], "a = 1 or a = 2 or b = 3", True),
        (["a = 1 and b = 2"], "a = 1", True),
        (["a = 1"], "a = 1 and b = 2", False),
        (["(a = 1 and b = 2) or (a = 1 and b = 3)"], "a = 1", True),
        (["d >= to_date('2024-02-01')"], "d >= '2024-01-01'", True),
        (["d < add_months('2024-01-01'::date, 1)"], "d < '2024-03-01'", True),
        (["upper(a) = 'X'"], "upper(a) in ('X', 'Y')", True),
        (["a = 'x'"], "upper(a) = 'X'", False),
        (["a >= '10'"], "a >= '9'", False),
        (["a like 'x%'"], "a like 'x%'", True),
        (["a <> 1"], "a <> 1 or b = 2", True),
        (["a = null"], "a = 1", False),
    ],
)
def test_ranges_lists_ors_and_ands_are_subsumed(known, wanted, implied):
    assert implies([condition(one) for one in known], condition(wanted)) is implied


def test_the_cover_of_two_lists_is_their_union_and_of_two_ranges_their_hull():
    assert either(asked(condition("a in (1, 2)")), asked(condition("a = 3"))).sql("snowflake") == "a IN (1, 2, 3)"
    assert either(asked(condition("a > 5")), asked(condition("a between 2 and 3"))).sql("snowflake") == "a >= 2"
    assert either(asked(condition("a > 5")), asked(condition("a < 3"))) is None


COMPARED = st.builds("{} {} {}".format, st.sampled_from("ab"), st.sampled_from(["=", "<", "<=", ">", ">=", "<>"]), st.integers(0, 3))
LISTED = st.builds(
    lambda name, values: f"{name} in ({', '.join(map(str, values))})", st.sampled_from("ab"), st.lists(st.integers(0, 3), min_size=1, max_size=3)
)
BOUNDED = st.builds("{} between {} and {}".format, st.sampled_from("ab"), st.integers(0, 3), st.integers(0, 3))
CONDITIONS = st.recursive(
    COMPARED | LISTED | BOUNDED, lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner), max_leaves=3
)
WORLD = [(a, b) for a, b in itertools.product([None, 0, 0.5, 1, 1.5, 2, 3], repeat=2)]


@given(known=st.lists(CONDITIONS, min_size=1, max_size=2), wanted=CONDITIONS)
def test_whatever_is_said_to_be_implied_holds_for_every_row(known, wanted):
    if implies([condition(one) for one in known], condition(wanted)):
        rows = ", ".join(f"({'null' if a is None else a}::double, {'null' if b is None else b}::double)" for a, b in WORLD)
        left_out = f"select count(*) from (values {rows}) as t(a, b) where ({') and ('.join(known)}) and ({wanted}) is not true"
        assert duckdb.execute(left_out).fetchone() == (0,)
