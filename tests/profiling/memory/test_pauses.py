"""Reading the log of the garbage collector's pauses, whatever is in it."""

import json

from hypothesis import given
from hypothesis import strategies as st

from perfweek.profiling.memory.pauses import parse_pauses, pauses_by_generation

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["time", "pid", "generation", "pauses_ms"]), inner, max_size=4),
    max_leaves=8,
)


def line(**changed) -> str:
    return json.dumps({"time": 100, "pid": 1, "generation": 0, "pauses_ms": [1.0, 2.0], **changed})


def test_each_pause_is_a_row():
    pauses = parse_pauses(line() + "\n" + line(generation=2, pauses_ms=[30]) + "\n")
    assert pauses.table["pause_ms"].tolist() == [1.0, 2.0, 30.0]
    assert pauses.table["generation"].tolist() == [0, 0, 2]
    assert (pauses.recorded, pauses.damaged) == (True, 0)


def test_a_torn_last_line_and_lines_that_cannot_be_true_are_counted():
    damaged = [line(pauses_ms=[-1]), line(pauses_ms=["x"]), line(time=float("nan")), line(generation=77), line(pauses_ms=[[1]]), "[1]", line()[:20]]
    pauses = parse_pauses("\n".join([line(), *damaged]))
    assert len(pauses.table) == 2
    assert pauses.damaged == len(damaged)


def test_no_file_is_not_the_same_as_no_pause():
    assert not parse_pauses(None).recorded
    assert parse_pauses("").recorded
    assert len(pauses_by_generation(parse_pauses("").table, 10)) == 0


@given(st.lists(JSON, max_size=5))
def test_any_json_is_a_row_or_counted(records):
    pauses = parse_pauses("\n".join(json.dumps(record) for record in records))
    assert pauses.damaged <= len(records)
    assert pauses.table["pause_ms"].between(0, 1e7).all()


@given(st.text())
def test_any_text_is_read_without_an_error(text):
    assert parse_pauses(text).recorded
