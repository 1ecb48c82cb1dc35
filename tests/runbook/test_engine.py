"""The engine on a real runbook that writes letters into files."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_runbook import opened, written

from perfweek.errors import ParameterError, RunbookError
from perfweek.runbook.apply import apply
from perfweek.runbook.approval import make_plan
from perfweek.runbook.book import Parameters, Runbook
from perfweek.runbook.deadline import OverdueError, deadline
from perfweek.runbook.look import asked
from perfweek.runbook.observe import observe
from perfweek.runbook.runs import last_rehearsal
from perfweek.runbook.shown import rehearsal_sentence
from perfweek.runbook.step import Read, Status, ok


def planned_and_applied(folder, names="abc", told=None, **values):
    book, context, audit = opened(folder, names, told, **values)
    plan = make_plan(book, context, audit)
    return apply(book, context, audit, plan.token)


def statuses(outcome):
    return [(one.step.id, str(one.status)) for one in outcome.done]


def test_a_plan_changes_nothing_and_says_what_would(tmp_path):
    plan = make_plan(*opened(tmp_path))
    assert written(tmp_path) == {}
    assert [(seen.step.id, str(seen.status)) for seen in plan.observed.seen] == [
        ("ready", "OK"),
        ("a", "AWAITING APPROVAL"),
        ("b", "AWAITING APPROVAL"),
        ("c", "AWAITING APPROVAL"),
        ("count", "UNVERIFIABLE"),
    ]
    assert plan.observed.awaiting[0].lines == ("write x into a.letter",)


def test_apply_without_a_token_changes_nothing_and_awaits_approval(tmp_path):
    outcome = apply(*opened(tmp_path))
    assert outcome.end == "awaiting approval"
    assert {status for step, status in statuses(outcome) if step in "abc"} == {"AWAITING APPROVAL"}
    assert written(tmp_path) == {}


def test_apply_with_the_plans_token_makes_and_verifies_every_change(tmp_path):
    outcome = planned_and_applied(tmp_path)
    assert (outcome.end, outcome.offer) == ("complete", None)
    assert {status for _, status in statuses(outcome)} == {"OK"}
    assert written(tmp_path) == {"a": "x", "b": "x", "c": "x"}


def test_what_is_already_true_is_skipped_and_needs_no_approval(tmp_path):
    planned_and_applied(tmp_path)
    plan = make_plan(*opened(tmp_path))
    assert plan.token == ""
    assert [str(seen.status) for seen in plan.observed.seen] == ["OK", "SKIPPED", "SKIPPED", "SKIPPED", "OK"]


def test_only_the_selected_steps_are_taken(tmp_path):
    book, context, audit = opened(tmp_path)
    plan = make_plan(book, context, audit, "forward", ["b"])
    outcome = apply(book, context, audit, plan.token, "forward", ["b"])
    assert written(tmp_path) == {"b": "x"}
    assert [status for _, status in statuses(outcome)] == ["NOT SELECTED", "NOT SELECTED", "OK", "NOT SELECTED", "NOT SELECTED"]
    with pytest.raises(ParameterError, match="no step 'z'"):
        make_plan(book, context, audit, "forward", ["z"])


def test_reading_looks_at_the_reads_only(tmp_path):
    observed = observe(*opened(tmp_path), only_reads=True)
    assert [str(seen.status) for seen in observed.seen] == ["OK", "NOT SELECTED", "NOT SELECTED", "NOT SELECTED", "OK"]
    assert not (tmp_path / "weeks").exists()


# Approval


def test_a_token_is_good_for_one_run(tmp_path):
    book, context, audit = opened(tmp_path)
    token = make_plan(book, context, audit).token
    apply(book, context, audit, token)
    with pytest.raises(RunbookError, match="used before"):
        apply(book, context, audit, token)


def test_an_expired_token_is_refused(tmp_path):
    book, context, audit = opened(tmp_path)
    token = make_plan(book, context, audit, valid_s=0).token
    with pytest.raises(RunbookError, match="has expired"):
        apply(book, context, audit, token)
    assert written(tmp_path) == {}


def test_a_token_of_another_place_is_refused(tmp_path):
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    token = make_plan(*opened(tmp_path / "there")).token
    with pytest.raises(RunbookError, match="foreign"):
        apply(*opened(tmp_path / "here"), token)


@pytest.mark.parametrize("token", ["x", "0" * 12 + "-" + "0" * 16, "../../etc", "é"])
def test_a_made_up_token_is_refused(tmp_path, token):
    book, context, audit = opened(tmp_path)
    make_plan(book, context, audit)
    with pytest.raises(RunbookError, match="foreign"):
        apply(book, context, audit, token)
    assert written(tmp_path) == {}


def test_the_empty_approval_of_a_plan_without_changes_is_no_token(tmp_path):
    planned_and_applied(tmp_path)
    book, context, audit = opened(tmp_path)
    assert make_plan(book, context, audit).token == ""
    assert audit.entries()[-1]["approval"] == ""
    with pytest.raises(RunbookError, match="foreign"):
        apply(book, context, audit, " ")


def test_a_token_for_another_direction_is_refused(tmp_path):
    planned_and_applied(tmp_path)
    book, context, audit = opened(tmp_path)
    token = make_plan(book, context, audit, "back").token
    with pytest.raises(RunbookError, match="printed for letters --rollback"):
        apply(book, context, audit, token)


def test_other_parameters_void_the_token(tmp_path):
    token = make_plan(*opened(tmp_path)).token
    with pytest.raises(RunbookError, match="the parameters differ"):
        apply(*opened(tmp_path, letter="y"), token)


def test_a_changed_world_voids_the_token(tmp_path):
    book, context, audit = opened(tmp_path)
    token = make_plan(book, context, audit).token
    (tmp_path / "b.letter").write_text("someone was here")
    with pytest.raises(RunbookError, match="what was observed has changed"):
        apply(book, context, audit, token)
    assert written(tmp_path) == {"b": "someone was here"}


def test_changed_code_voids_the_token(tmp_path):
    book, context, audit = opened(tmp_path)
    script = tmp_path / "script.sql"
    script.write_text("select 1")
    scripted = Runbook(book.name, book.title, "low", book.parameters, book.steps, (), lambda _: [script])
    token = make_plan(scripted, context, audit).token
    script.write_text("drop table everything")
    with pytest.raises(RunbookError, match="the code or a script has changed"):
        apply(scripted, context, audit, token)


def test_other_steps_than_planned_are_refused(tmp_path):
    book, context, audit = opened(tmp_path)
    token = make_plan(book, context, audit, "forward", ["a"]).token
    with pytest.raises(RunbookError, match="other steps are selected"):
        apply(book, context, audit, token)


def test_a_refusal_is_written_down(tmp_path):
    book, context, audit = opened(tmp_path)
    with pytest.raises(RunbookError):
        apply(book, context, audit, "x")
    assert [(entry["event"], entry["why"]) for entry in audit.entries()] == [("refused", "the token is foreign: no plan here has printed it")]


def test_the_audit_file_does_not_hold_the_token(tmp_path):
    book, context, audit = opened(tmp_path)
    token = make_plan(book, context, audit).token
    apply(book, context, audit, token)
    assert token not in audit.path.read_text()


# Failing and undoing


@pytest.mark.parametrize(("misdeed", "said"), [("wrong", "It holds ?."), ("raises", "ValueError: no ink"), ("hangs", "It took longer than 0.2 s.")])
def test_a_change_that_fails_stops_the_run_and_offers_the_rollback_in_reverse_order(tmp_path, misdeed, said):
    outcome = planned_and_applied(tmp_path, told={"b": misdeed})
    assert outcome.end == "failed"
    assert statuses(outcome) == [("ready", "OK"), ("a", "OK"), ("b", "FAILED"), ("c", "NOT SELECTED"), ("count", "NOT SELECTED")]
    assert outcome.done[2].answer.what == said
    assert [seen.step.id for seen in outcome.offer.observed.awaiting] == ["b", "a"]


def test_the_offered_rollback_restores_what_was_there(tmp_path):
    told = {"b": "wrong"}
    outcome = planned_and_applied(tmp_path, told=told)
    back = apply(*opened(tmp_path, told=told), outcome.offer.token, "back")
    assert (back.end, statuses(back)) == ("rolled back", [("b", "OK"), ("a", "OK")])
    assert written(tmp_path) == {}
    assert (tmp_path / "undone").read_text() == "ba"


def test_a_rollback_that_does_not_restore_fails_and_stops_there(tmp_path):
    told = {"b": "stays", "c": "wrong"}
    outcome = planned_and_applied(tmp_path, told=told)
    back = apply(*opened(tmp_path, told=told), outcome.offer.token, "back")
    assert (back.end, statuses(back)) == ("failed", [("c", "OK"), ("b", "FAILED"), ("a", "NOT SELECTED")])
    assert written(tmp_path) == {"a": "x", "b": "x"}


def test_a_rollback_that_stopped_half_way_can_be_turned_round(tmp_path):
    planned_and_applied(tmp_path)
    opening = opened(tmp_path, told={"b": "stays"})
    assert apply(*opening, make_plan(*opening, "back").token, "back").end == "failed"
    assert written(tmp_path) == {"a": "x", "b": "x"}
    opening = opened(tmp_path)
    outcome = apply(*opening, make_plan(*opening).token)
    assert (outcome.end, statuses(outcome)[1:4]) == ("complete", [("a", "SKIPPED"), ("b", "OK"), ("c", "OK")])
    assert written(tmp_path) == {"a": "x", "b": "x", "c": "x"}


def test_a_failed_run_goes_on_where_it_failed_once_the_cause_is_mended(tmp_path):
    planned_and_applied(tmp_path, told={"b": "wrong"})
    book, context, audit = opened(tmp_path)
    plan = make_plan(book, context, audit)
    assert [(seen.step.id, str(seen.status)) for seen in plan.observed.seen][1:4] == [
        ("a", "SKIPPED"),
        ("b", "AWAITING APPROVAL"),
        ("c", "AWAITING APPROVAL"),
    ]
    assert apply(book, context, audit, plan.token).end == "complete"
    assert written(tmp_path) == {"a": "x", "b": "x", "c": "x"}
    assert (tmp_path / "undone").read_text() == "b"  # what was half done was undone first


def test_a_complete_run_can_be_rolled_back_later_but_only_once(tmp_path):
    planned_and_applied(tmp_path)
    book, context, audit = opened(tmp_path)
    plan = make_plan(book, context, audit, "back")
    assert apply(book, context, audit, plan.token, "back").end == "rolled back"
    assert (tmp_path / "undone").read_text() == "cba"
    with pytest.raises(RunbookError, match="nothing that could be rolled back"):
        make_plan(book, context, audit, "back")


def test_a_rollback_says_where_the_world_went_on(tmp_path):
    planned_and_applied(tmp_path)
    (tmp_path / "c.letter").write_text("x, and what someone added")
    plan = make_plan(*opened(tmp_path), "back")
    assert "changed since it was made" in plan.observed.seen[0].answer.what


def test_an_open_run_goes_on_with_its_own_parameters_only(tmp_path):
    planned_and_applied(tmp_path, told={"b": "wrong"})
    with pytest.raises(RunbookError, match="had other parameters: letter=x"):
        make_plan(*opened(tmp_path, letter="y"))


def test_before_after_and_duration_are_in_the_audit_file(tmp_path):
    planned_and_applied(tmp_path, "a")
    entries = opened(tmp_path)[2].entries()
    assert [entry["event"] for entry in entries] == ["planned", "run begun", "change begun", "change ended", "run ended"]
    begun, ended = entries[2:4]
    assert (begun["before"], ended["after"], ended["status"]) == ({"content": None}, {"content": "x"}, "OK")
    assert 0 <= ended["seconds"] < 60


# Time limits


def test_a_time_limit_ends_a_wait_and_leaves_the_timer_that_ran_before():
    rang = []
    handler = signal.signal(signal.SIGALRM, lambda *_: rang.append("outer"))
    left = signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(OverdueError), deadline(0.05):
            time.sleep(5)
        time.sleep(0.4)
        assert rang == ["outer"]
    finally:
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, *left)


def test_no_runbook_runs_where_its_time_limits_would_not_hold(tmp_path):
    told = []

    def elsewhere():
        try:
            asked(lambda: ok(""), 1)
        except RunbookError as error:
            told.append(error.what)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert told[0].startswith("a runbook runs in the main thread")


# Two at once

APPLY = """
import sys
from pathlib import Path
from perfweek.runbook.apply import apply
from perfweek.runbook.approval import make_plan
from small_runbook import opened
opening = opened(Path(sys.argv[1]), "abc", {"b": "waits"})
print(apply(*opening, make_plan(*opening).token).end)
"""


@pytest.fixture
def another_apply(tmp_path):
    """One that is in the middle of its second change until there is a file `go`."""
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    other = subprocess.Popen([sys.executable, "-c", APPLY, str(tmp_path)], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path})
    while not (tmp_path / "waiting").exists():
        assert other.poll() is None
        time.sleep(0.01)
    yield other
    (tmp_path / "go").touch()
    other.wait(20)


def test_of_two_applies_at_once_the_second_stops_and_the_first_is_undisturbed(tmp_path, another_apply):
    book, context, audit = opened(tmp_path)
    token = make_plan(book, context, audit).token
    with pytest.raises(RunbookError, match="another runbook is being applied"):
        apply(book, context, audit, token)
    (tmp_path / "go").touch()
    assert another_apply.communicate(timeout=20)[0] == "complete\n"
    assert audit.read().problem == ""


def test_the_second_can_wait_and_then_finds_that_the_world_has_changed(tmp_path, another_apply):
    book, context, audit = opened(tmp_path)
    token = make_plan(book, context, audit).token
    threading.Timer(0.2, (tmp_path / "go").touch).start()
    with pytest.raises(RunbookError, match="has changed since the plan"):
        apply(book, context, audit, token, wait_s=20)
    assert written(tmp_path) == {"a": "x", "b": "x", "c": "x"}


def test_an_apply_that_was_killed_holds_nobody_up(tmp_path, another_apply):
    another_apply.kill()
    another_apply.wait()
    book, context, audit = opened(tmp_path)
    assert apply(book, context, audit, make_plan(book, context, audit).token).end == "complete"


# Parameters and rehearsals


def test_a_wrong_parameter_is_named_with_the_known_ones(tmp_path):
    book, _, _ = opened(tmp_path)
    with pytest.raises(ParameterError, match="parameter colour of letters"):
        book.context(opened(tmp_path)[1].target, {"colour": "red"})


def test_a_parameter_that_holds_a_password_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="holds a password"):
        opened(tmp_path, letter="redis://me:hunter2@host")


def test_a_rehearsal_long_ago_is_said(tmp_path):
    make_plan(*opened(tmp_path))
    rehearsal = last_rehearsal(opened(tmp_path)[2].entries(), "letters")
    today = datetime.now(UTC)
    assert rehearsal_sentence(rehearsal, today).startswith(f"Last rehearsed on {today:%Y-%m-%d}")
    assert "rehearse it again" in rehearsal_sentence(rehearsal, today + timedelta(days=31))
    assert rehearsal_sentence(last_rehearsal([], "letters")).startswith("Never rehearsed")


def test_a_read_that_fails_stands_in_the_way_of_every_change(tmp_path):
    book, context, audit = opened(tmp_path)
    blocked = Runbook("letters", "", "low", Parameters, lambda _: (Read("no", "No", lambda: 1 / 0), *book.steps(context)))  # type: ignore[arg-type, return-value]
    plan = make_plan(blocked, context, audit)
    assert plan.token == ""
    assert plan.observed.seen[0].status == Status.FAILED
    assert "ZeroDivisionError" in plan.observed.seen[0].answer.what
