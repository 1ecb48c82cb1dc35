"""Two results are the same whatever the order of their rows, and differ in what a reader would see."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.warehouse.proof.comparison import difference, kind_of, unmatched
from perfweek.warehouse.proof.engine import Result

NAN = float("nan")


def result(*rows, names=("a", "b"), types=("BIGINT", "DOUBLE")):
    return Result(names, types, list(rows))


def test_order_does_not_matter_and_the_number_of_equal_rows_does():
    assert difference(result((1, 0.5), (2, 0.5)), result((2, 0.5), (1, 0.5))) == ""
    assert difference(result((1, 0.5), (1, 0.5)), result((1, 0.5))) == "only before: (1, 0.5)"


def test_fractions_may_differ_by_the_rounding_of_a_sum_and_by_no_more():
    assert difference(result((1, 0.1 + 0.2)), result((1, 0.3))) == ""
    assert difference(result((1, 0.3)), result((1, 0.3001))) == "only before: (1, 0.3); only after: (1, 0.3001)"


def test_nan_is_nan_and_minus_zero_is_zero_and_null_is_neither():
    assert difference(result((1, NAN), (2, -0.0)), result((1, NAN), (2, 0.0))) == ""
    assert difference(result((1, None)), result((1, 0.0))) == "only before: (1, NULL); only after: (1, 0.0)"
    assert difference(result((1, NAN)), result((1, None))) != ""


def test_names_and_types_are_compared_too():
    assert difference(result((1, 0.5)), result((1, 0.5), names=("a", "c"))) == "column 2 was called b, now c"
    assert difference(result((1, 0.5)), result((1, 0.5), names=("a", "c")), unnamed=(1,)) == ""
    assert difference(result((1, 0.5)), result((1, 0.5), types=("BIGINT", "VARCHAR"))) == "the type of b was DOUBLE, now VARCHAR"
    assert difference(result((1, 0.5)), Result(("a",), ("BIGINT",), [(1,)])) == "2 columns before, 1 after"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("BIGINT", "HUGEINT", True),
        ("BIGINT", "DECIMAL(38,0)", True),
        ("DECIMAL(15,2)", "DECIMAL(38,2)", True),
        ("DECIMAL(15,2)", "DECIMAL(38,4)", False),
        ("BIGINT", "DOUBLE", False),
        ("DATE", "TIMESTAMP", False),
    ],
)
def test_sums_may_be_wider_and_nothing_else(one, other, same):
    assert (kind_of(one) == kind_of(other)) is same


@given(
    rows=st.lists(st.tuples(st.integers(0, 2) | st.none(), st.sampled_from([0.0, -0.0, 1.5, NAN]) | st.none(), st.just(Decimal("1.50")))),
    data=st.data(),
)
def test_any_order_of_the_same_rows_is_equal_and_one_row_more_is_found(rows, data):
    shuffled = data.draw(st.permutations(rows))
    assert unmatched(rows, shuffled) == ([], [])
    assert unmatched([*rows, (9, 9.0, Decimal(1))], shuffled) == ([(9, 9.0, Decimal(1))], [])
