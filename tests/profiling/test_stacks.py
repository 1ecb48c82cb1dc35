"""Stacks of py-spy's raw format, and what they say of functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.profiling.stacks import function_shares, parse_raw, without_idle

frames = st.text(st.characters(codec="utf-8", exclude_characters=';"', exclude_categories=("C", "Z")), min_size=1, max_size=12).map(
    "{} (file.py)".format
)
profiles = st.dictionaries(st.lists(frames, min_size=1, max_size=5).map(tuple), st.integers(1, 10_000), max_size=8)


@given(profiles)
def test_every_stack_that_was_written_is_read(stacks):
    raw = "\n".join(f"{';'.join(stack)} {samples}" for stack, samples in stacks.items())
    assert parse_raw(raw) == stacks


def test_names_with_spaces_and_brackets_are_names():
    raw = "<module> (app.py);<lambda> (app.py);call me (weird name.py) 7\n"
    assert parse_raw(raw) == {("<module> (app.py)", "<lambda> (app.py)", "call me (weird name.py)"): 7}


def test_a_line_without_a_count_is_left_out():
    assert parse_raw("main (a.py) 3\nmain (a.py);work (a.p\n\n") == {("main (a.py)",): 3}


def test_a_process_frame_with_semicolons_in_its_command_line_is_left_out_and_workers_are_added_up():
    worker = 'process {}:"python -c from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=5)";run (uvicorn/main.py);work (app.py) {}'
    raw = "\n".join(worker.format(pid, samples) for pid, samples in ((41, 3), (42, 4)))
    assert parse_raw(raw) == {("run (uvicorn/main.py)", "work (app.py)"): 7}


@pytest.mark.parametrize(
    "leaf",
    [
        "wait (threading.py)",
        "Condition.wait (threading.py)",
        "select (selectors.py)",
        "EpollSelector.select (selectors.py)",
        "get (queue.py)",
        "SocketIO.readinto (socket.py)",
    ],
)
def test_threads_that_wait_are_dropped_and_counted_under_the_names_of_either_version(leaf):
    working, dropped = without_idle({("run (a.py)", leaf): 5, ("run (a.py)", "work (a.py)"): 7})
    assert working == {("run (a.py)", "work (a.py)"): 7}
    assert dropped == 5


@pytest.mark.parametrize("leaf", ["wait (orders.py)", "selected (selectors.py)", "get (cache.py)"])
def test_functions_that_only_sound_like_waiting_are_kept(leaf):
    assert without_idle({(leaf,): 5}) == ({(leaf,): 5}, 0)


def test_a_function_that_waits_in_the_middle_of_a_stack_works():
    stack = ("wait (threading.py)", "work (a.py)")
    assert without_idle({stack: 2})[0] == {stack: 2}


def test_shares_count_a_function_once_a_stack_however_deep_it_recurses():
    shares = {one.function: one for one in function_shares({("main", "walk", "walk", "walk"): 30, ("main", "load"): 10})}
    assert (shares["walk"].own.value, shares["walk"].total.value) == (0.75, 0.75)
    assert (shares["main"].own.value, shares["main"].total.value) == (0, 1)
    assert shares["load"].own.value == 0.25


def test_the_function_with_most_samples_of_its_own_comes_first():
    assert [one.function for one in function_shares({("main", "b"): 1, ("main", "a"): 5, ("main",): 2})] == ["a", "main", "b"]


def test_a_share_carries_the_samples_and_says_that_its_interval_is_a_lower_bound():
    (share,) = function_shares({("main",): 40})
    assert (share.own.n, share.own.high) == (40, 1)
    assert 0.9 < share.own.low < 1
    assert "lower bound" in share.own.method


@given(profiles)
def test_own_shares_add_up_to_one(stacks):
    assert sum(one.own.value for one in function_shares(stacks)) == pytest.approx(1 if stacks else 0)
