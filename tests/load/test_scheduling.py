"""Counting what threads waited, though threads come and go."""

import os

import psutil

from perfweek.load.scheduling import Switches, Total, switches_by_thread


def test_a_thread_that_ended_keeps_its_counts_and_a_new_one_starts_at_none():
    total = Total()
    total.advance({(1, 1): Switches(10, 1, 0.5), (1, 2): Switches(5, 0, 0.25)})
    assert total.advance({(1, 1): Switches(12, 2, 0.75)}) == Switches(17, 2, 1.0)
    assert total.advance({(1, 1): Switches(12, 2, 0.75), (1, 3): Switches(1, 1, 0.0)}) == Switches(18, 3, 1.0)


def test_a_thread_number_that_is_used_again_takes_nothing_away():
    total = Total()
    total.advance({(1, 1): Switches(10, 10, 1.0)})
    assert total.advance({(1, 1): Switches(2, 2, 0.0)}) == Switches(10, 10, 1.0)


def test_this_process_has_a_count_for_each_thread():
    found = switches_by_thread(psutil.Process())
    assert {pid for pid, _ in found} == {os.getpid()}
    assert len(found) == psutil.Process().num_threads()
    assert sum(one.voluntary for one in found.values()) > 0
