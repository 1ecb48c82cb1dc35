"""Which profiler is chosen, and what the report says of it."""

import pytest

from perfweek.profiling.capability import MANY_THREADS, NO_PROCESS, NOT_PYTHON, PERMISSION, PUSHES, Look, choice_sentence, choose, miscounts

OPEN = Look("", "3.11.7", 5)
DENIED = Look("Permission Denied")


def test_an_open_process_is_sampled_by_py_spy():
    choice = choose("0.4.2", OPEN, None, pyroscope=True)
    assert (choice.tool, choice.flags, choice.reason, choice.python) == ("py-spy", (), "", "3.11.7")
    assert choice_sentence(choice) == "The profiler is py-spy: it may read and stop the process, which runs Python 3.11.7."


def test_a_process_that_may_be_read_but_not_stopped_is_sampled_without_stopping_it():
    choice = choose("0.4.2", DENIED, OPEN, pyroscope=False)
    assert (choice.tool, choice.flags) == ("py-spy --nonblocking", ("--nonblocking",))
    assert choice_sentence(choice) == "The profiler is py-spy --nonblocking: py-spy may read the process but not stop it (Permission Denied)."


def test_a_process_of_very_many_threads_is_not_stopped():
    assert choose("0.4.2", Look("", "3.11.7", MANY_THREADS), None, pyroscope=False).tool == "py-spy"
    choice = choose("0.4.2", Look("", "3.11.7", MANY_THREADS + 1), None, pyroscope=False)
    assert choice.tool == "py-spy --nonblocking"
    assert "the service has 65 threads" in choice.why


def test_without_permission_a_service_may_push_where_the_target_names_a_server():
    assert (choose("0.4.2", DENIED, DENIED, pyroscope=False).tool, PERMISSION) == ("nothing", PERMISSION)
    choice = choose("0.4.2", DENIED, DENIED, pyroscope=True)
    assert (choice.tool, choice.reason, choice.remedy) == ("pyroscope-io", "Permission Denied", PUSHES)
    assert choice_sentence(choice).startswith("The profiler is pyroscope-io: Permission Denied, and the target names a Pyroscope server")


def test_an_address_alone_gives_nothing_to_look_into():
    choice = choose("0.4.2", None, None, pyroscope=False)
    assert choice_sentence(choice) == f"No profiler was used: only the address of the service is known. {NO_PROCESS}"


def test_a_service_in_another_language_is_left_to_other_profilers():
    strange = Look("Failed to find python version from target process")
    assert choose("0.4.2", strange, strange, pyroscope=True).remedy == NOT_PYTHON


@pytest.mark.parametrize(
    ("version", "python", "wrong"),
    [
        ("0.4.3", "3.11.7", True),
        ("0.4.3", "3.14.0", True),
        ("0.4.3", "3.9.18", False),
        ("0.4.3", "", True),
        ("0.4.2", "3.11.7", False),
        ("0.4.1", "3.12.1", False),
    ],
)
def test_the_version_that_takes_idle_threads_for_busy_ones_is_refused_where_it_does(version, python, wrong):
    assert miscounts(version, python) is wrong
    choice = choose(version, Look("", python), None, pyroscope=False)
    assert (choice.tool == "nothing") is wrong
    assert ("counts idle threads" in choice.reason) is wrong
    assert not wrong or "py-spy==0.4.2" in choice.remedy


def test_a_version_that_was_not_checked_is_used_and_flagged():
    assert "its version 0.5.0 is not 0.4.2" in choose("0.5.0", OPEN, None, pyroscope=False).why


def test_a_missing_py_spy_is_said():
    choice = choose("", OPEN, None, pyroscope=False)
    assert (choice.tool, choice.reason) == ("nothing", "py-spy is not installed")
