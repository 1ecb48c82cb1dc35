from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.sample.cursor import Position, read_cursor


@given(st.datetimes(), st.integers(1, 2**63 - 1))
def test_a_cursor_is_read_as_the_position_that_wrote_it(created_at, asset_id):
    position = Position(created_at, asset_id)
    assert read_cursor(position.cursor()) == position


@given(st.text(max_size=60))
def test_any_other_text_is_refused_or_is_exactly_a_cursor(text):
    try:
        assert read_cursor(text).cursor() == text
    except ValueError as error:
        assert str(error) == "not a cursor of this listing"


@pytest.mark.parametrize("asset_id", [0, -1, 2**63])
def test_a_cursor_with_an_impossible_number_is_refused(asset_id):
    with pytest.raises(ValueError, match="not a cursor"):
        read_cursor(Position(datetime(2026, 1, 1), asset_id).cursor())
