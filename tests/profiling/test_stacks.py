"""Stacks of py-spy's raw format, and what they say of functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.profiling.stacks import functions_of, merged, parse_raw, without_idle

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
        "KqueueSelector.select (selectors.py)",
        "_wait_for_tstate_lock (threading.py)",
        "_worker (concurrent/futures/thread.py)",
        "Connection._recv (multiprocessing/connection.py)",
        "Popen._wait (subprocess.py)",
        "wait (threading.py:327)",
        "SocketIO.readinto (socket.py)",
    ],
)
def test_threads_that_wait_are_dropped_and_counted_under_the_names_of_either_version(leaf):
    working, dropped = without_idle({("run (a.py)", leaf): 5, ("run (a.py)", "work (a.py)"): 7})
    assert working == {("run (a.py)", "work (a.py)"): 7}
    assert dropped == 5


@pytest.mark.parametrize("leaf", ["wait (orders.py)", "selected (selectors.py)", "get (cache.py)", "wait (my_threading.py)", "_worker (jobs.py)"])
def test_functions_that_only_sound_like_waiting_are_kept(leaf):
    assert without_idle({(leaf,): 5}) == ({(leaf,): 5}, 0)


def test_a_function_that_waits_in_the_middle_of_a_stack_works():
    stack = ("wait (threading.py)", "work (a.py)")
    assert without_idle({stack: 2})[0] == {stack: 2}


def test_a_function_counts_once_a_stack_however_deep_it_recurses():
    own, total = functions_of({("main", "walk", "walk", "walk"): 30, ("main", "load"): 10})
    assert own == {"walk": 30, "load": 10}
    assert total == {"main": 40, "walk": 30, "load": 10}


def test_profiles_are_added_up():
    assert merged([{("a",): 1, ("b",): 2}, {("a",): 3}]) == {("a",): 4, ("b",): 2}


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text):
    assert all(samples >= 0 and stack for stack, samples in parse_raw(text).items())


@pytest.mark.parametrize("count", ["²", "9" * 5000, "-1", "1.5", ""])
def test_a_count_that_is_no_number_of_samples_is_left_out(count):
    assert parse_raw(f"main (a.py) {count}\nmain (a.py) 2") == {("main (a.py)",): 2}
