"""Texts that differ only in spelling become one; texts that mean something else do not."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warehouse.advisers.materials import material_of
from warehouse.conftest import history_row

from perfweek.warehouse.advisers.result_cache import advise, reuse_of
from perfweek.warehouse.reuse.replay import CHANGING, EXPIRED
from perfweek.warehouse.reuse.spelling import STAGES, differing, replays, spellings

ONE = "select a, b from t where x in (1, 2, 3) and y = 'It'"


def runs(*texts, gap_s=10.0, bound=""):
    rows = [
        {"query_id": str(place), "text_key": text, "writes": int(not text.lower().lstrip("-/* c\n").startswith("select"))}
        | {"start_time": place * gap_s, "end_time": place * gap_s + 1, "execution_ms": 1000.0, "query_text": text, "bound": bound}
        for place, text in enumerate(texts)
    ]
    return pd.DataFrame(rows)


def hits(*texts):
    """By stage."""
    return [one.surviving for one in replays(runs(*texts))]


@pytest.mark.parametrize(
    ("other", "first_hit"),
    [
        (ONE, 0),
        (ONE.replace(" ", "\n  ") + " -- for the front page", 1),
        ("/* c */ " + ONE + ";", 1),
        (ONE.replace("select", "SELECT").replace("a, b", "A, b"), 2),
        (ONE.replace("1, 2, 3", "3,1, 2,1"), 3),
    ],
)
def test_each_stage_makes_one_of_what_the_stages_before_it_did_not(other, first_hit):
    assert hits(ONE, other) == [0] * first_hit + [1] * (len(STAGES) - first_hit)


@pytest.mark.parametrize(
    "other",
    [
        ONE.replace("'It'", "'it'"),
        ONE.replace("'It'", "'I t'"),
        ONE.replace("x in (1, 2, 3)", "x in (1, 2, 4)"),
        ONE.replace("a, b", 'a, "b"'),
        ONE.replace("a, b", "b, a"),
        ONE.replace(" x in (1, 2, 3)", " f(1, 2, 3)"),
    ],
)
def test_what_means_something_else_stays_apart(other):
    assert hits(ONE, other) == [0, 0, 0, 0]


def test_the_arguments_of_a_function_keep_their_order():
    assert hits("select f(1, 2)", "select f(2, 1)") == [0, 0, 0, 0]


@given(st.lists(st.integers(0, 99), min_size=1, max_size=6), st.randoms())
def test_the_order_of_an_in_list_never_matters_and_its_members_always_do(members, random):
    mixed = random.sample(members, len(members))
    texts = [f"select a from t where x in ({', '.join(map(str, one))})" for one in (members, mixed, [*members, 100])]
    assert spellings(texts[0])[2] == spellings(texts[1])[2]
    assert spellings(texts[0])[2] != spellings(texts[2])[2]


@given(st.text(max_size=60))
def test_any_text_has_a_spelling_and_spelling_it_again_changes_nothing(text):
    once = spellings(text)[2]
    assert spellings(once)[2] == once


def test_the_same_text_with_other_bound_values_is_another_statement():
    text = "select a from t where x = %(x)s"
    same, other = runs(text, text, bound='[{"value":"1"}]'), runs(text, text)
    other["bound"] = ['[{"value":"1"}]', '[{"value":"2"}]']
    other["text_key"] = ["1", "2"]
    assert [one.surviving for one in replays(same)] == [1, 1, 1, 1]
    assert [one.surviving for one in replays(other)] == [0, 0, 0, 0]


def test_markers_whose_values_are_not_in_the_history_count_as_never_the_same():
    assert hits("select a from t where x = ?", "select a from t where x = ?") == [0, 0, 0, 0]


def test_what_ended_a_result_is_named():
    write = "insert into sales.t select 1"
    (exact, *_) = replays(runs(ONE, write, ONE, ONE))
    assert (exact.repeated, exact.surviving, exact.lost) == (2, 1, {"t": 1})
    (exact, *_) = replays(runs(ONE, ONE, gap_s=90_000.0))
    assert exact.lost == {EXPIRED: 1}
    (exact, *_) = replays(runs("select random() as r", "select random() as r"))
    assert exact.lost == {CHANGING: 1}
    late = runs(ONE, "insert into t select 1", ONE, ONE)
    late["end_time"] = [1, 11, 100, 31]
    late["start_time"] = [0, 10, 20, 30]
    (exact, *_) = replays(late)
    assert exact.lost == {"t": 2}  # the third has not finished when the fourth begins


def test_the_spellings_of_a_statement_are_listed_with_the_stage_that_makes_them_one():
    rows = differing(runs(ONE, ONE.upper().replace("'IT'", "'It'"), ONE, "select 1"))
    assert rows.to_dict("records") == [{"spellings": 2, "statements": 3, "text": ONE, "first_stage": STAGES[2]}]


def test_a_history_says_how_much_more_one_spelling_would_give():
    texts = [ONE, ONE, ONE + " ", "select 5"]
    rows = [history_row(10 * place, query_text=text, query_hash=None, query_tag="") for place, text in enumerate(texts, 1)]
    material = material_of({"query_history": rows})
    exact, more = advise(material)
    assert "1 of 4 reads" in exact.evidence
    assert exact.change.apply == ("alter session set use_cached_result = true",)
    assert exact.change.rollback == ("alter session unset use_cached_result",)
    assert "1 read more" in more.evidence
    assert more.likely == pytest.approx(0.03)
    assert len(reuse_of(material).spellings) == 1
