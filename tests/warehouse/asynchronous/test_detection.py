"""Which requests run SELECTs one after the other, what together would save, and what asking for results costs."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warehouse.advisers.materials import material_of
from warehouse.conftest import history_row

from perfweek.warehouse.advisers.asynchronous import advise
from perfweek.warehouse.asynchronous.detection import groups, patterns
from perfweek.warehouse.asynchronous.polling import overshoot, seen_done


def rows(*statements, tagged=True):
    """(owner, start in s, seconds, kind)"""
    return pd.DataFrame(
        [
            {"request_id": owner if tagged else None, "session_id": owner, "route": "GET /x", "start_time": start, "elapsed_ms": 1000.0 * took}
            | {"reads": int(kind != "write"), "text_key": kind}
            for owner, start, took, kind in statements
        ]
    )


def test_three_in_sequence_together_take_as_long_as_the_slowest():
    (found,) = groups(rows(("r", 0, 1, "a"), ("r", 1.5, 3, "b"), ("r", 5, 1, "c")))
    assert found.pattern == ("a", "b", "c")
    assert (found.alone_s, found.together_s) == (6.0, 3.0)
    assert found.polled_s == 3.5


def test_a_write_between_them_keeps_them_apart():
    assert list(groups(rows(("r", 0, 1, "a"), ("r", 1, 1, "write"), ("r", 2, 1, "b")))) == []


def test_statements_that_overlap_run_together_already():
    assert list(groups(rows(("r", 0, 2, "a"), ("r", 1, 2, "b")))) == []


def test_two_requests_are_never_one_even_on_one_session():
    assert list(groups(rows(("r", 0, 1, "a"), ("s", 1, 1, "b")))) == []


def test_without_tags_a_pause_for_thought_ends_a_request():
    assert len(list(groups(rows((1, 0, 1, "a"), (1, 1.05, 1, "b"), tagged=False)))) == 1
    assert list(groups(rows((1, 0, 1, "a"), (1, 1.2, 1, "b"), tagged=False))) == []


def test_the_saving_of_a_pattern_is_the_mean_of_its_requests():
    found = patterns(rows(*((f"r{n}", 10 * n + at, took, kind) for n in range(10) for at, took, kind in ((0, 1, "a"), (1, 2 + n % 2, "b")))))
    (pattern,) = found
    assert (pattern.texts, pattern.requests) == (("a", "b"), 10)
    assert pattern.alone.value == pytest.approx(3.5)
    assert pattern.saved.value == pytest.approx(1.0)
    assert pattern.whole_s == pytest.approx(10.0)


@pytest.mark.parametrize(("took", "seen"), [(0, 0), (0.1, 0.5), (0.6, 1.0), (1.0, 1.0), (1.5, 2.0), (2.1, 3.5), (5.6, 9.5), (14.6, 19.5), (30, 34.5)])
def test_a_statement_is_seen_to_be_done_at_the_next_question(took, seen):
    """0.5 s times 1, 1, 2, 3, 4, 8, 10, 10, ... after each other."""
    assert seen_done([took])[0] == pytest.approx(seen)


@given(st.floats(0, 500))
def test_no_question_comes_before_the_end_or_more_than_five_seconds_late(took):
    assert 0 <= overshoot([took])[0] <= 5.0


def test_nothing_and_a_history_without_sessions_find_nothing():
    assert patterns(rows(("r", 0, 1, "a")).head(0)) == []
    assert patterns(rows((None, 0, 1, "a"), (None, 1, 1, "b"), tagged=False)) == []


def test_advice_says_that_independence_is_not_proven_and_promises_no_least_saving():
    statements = [
        history_row(10 * n + k, query_text=f"select {'ab'[k]} from t", query_hash=None, query_parameterized_hash="ab"[k] * 32)
        | {"query_tag": f'{{"route": "GET /two", "request_id": "r{n}"}}', "total_elapsed_time": 400.0, "execution_time": 400.0}
        for n in range(8)
        for k in (0, 1)
    ]
    (finding,) = advise(material_of({"query_history": statements}))
    assert finding.title == "run 2 SELECTs of GET /two together, with threads"
    assert finding.low == 0
    assert finding.likely == pytest.approx(8 * 1.0)  # 0.4 s, 0.6 s of pause, 0.4 s, less 0.4 s
    assert "cannot prove" in finding.cannot_judge
    assert "GET /two" in finding.title


def test_one_statement_again_and_again_is_one_pattern_however_often_it_runs():
    found = patterns(rows(*((f"r{n}", 10 * n + k, 1, "a") for n in range(6) for k in range(2 + n % 3))))
    (pattern,) = found
    assert (pattern.texts, pattern.runs, pattern.requests) == (("a",), 3, 6)
    assert pattern.one_text
