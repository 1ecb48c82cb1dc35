"""A cache tier put in force by the team's command and taken back; the monitoring stack started and stopped through its runbook."""

import sys
from pathlib import Path

import pytest
from small_runbook import target_in

from perfweek import evidence, facts
from perfweek.facts import Fact
from perfweek.monitoring import loopback
from perfweek.runbook.apply import apply
from perfweek.runbook.approval import make_plan
from perfweek.runbook.audit import Audit
from perfweek.runbook.catalogue import find_runbook
from perfweek.stats import Estimate
from perfweek.week import Week

WEEK = "2026-W48"


def opened(folder: Path, name: str, **values: str):
    book, target = find_runbook(name), target_in(folder)
    return book, book.context(target, {"week": WEEK, **values}), Audit(target)


def settings(folder: Path, **changed: str) -> dict[str, str]:
    """Commands that read and write a file with the cache's settings."""
    (folder / "cache").write_text("none")
    write = f"{sys.executable} -c \"open('cache', 'w').write('%s')\""
    given = {
        "wanted": "l2 on",
        "state_command": f"{sys.executable} -c \"print(open('cache').read())\"",
        "command": write % "l2 on",
        "undo_command": write % "none",
    }
    return given | changed


def record(folder: Path, rows: list[tuple[str, str, dict[str, str], float]]) -> None:
    week = Week.open(WEEK, folder / "weeks")
    measured = evidence.collect(week, "load-monday", {}, lambda into: (into / "k6.csv").write_text("x"))
    source = evidence.relative(week, measured.path("k6.csv"))
    for day in {day for day, *_ in rows}:
        facts.record(week, day, [Fact(name, Estimate(v, v, v, 9, "m"), source, labels) for of, name, labels, v in rows if of == day])


def seen(plan) -> dict[str, tuple[str, str]]:
    return {one.step.id: (str(one.status), one.answer.what) for one in plan.observed.seen}


def test_an_origin_that_cannot_carry_all_requests_stops_the_roll_out_and_says_to_warm_first(tmp_path: Path) -> None:
    record(tmp_path, [("monday", "http.capacity.rate", {}, 40.0), ("monday", "http.rate", {"endpoint": "GET /a"}, 50.0)])
    plan = make_plan(*opened(tmp_path, "cache-roll-out", **settings(tmp_path)))
    assert plan.token == ""
    assert seen(plan)["origin"][0] == "FAILED"
    assert "Warm the tier before it takes traffic" in seen(plan)["origin"][1]


def test_without_commands_the_plan_says_what_is_missing_and_gives_no_token(tmp_path: Path) -> None:
    plan = make_plan(*opened(tmp_path, "cache-roll-out"))
    assert plan.token == ""
    assert "-p wanted=..." in seen(plan)["switch-on"][1]


def test_a_tier_that_leaves_the_service_unwell_is_taken_back(tmp_path: Path) -> None:
    # nothing listens at the target's address, so the verification fails after the command has run
    record(tmp_path, [("monday", "http.capacity.rate", {}, 90.0), ("monday", "http.rate", {"endpoint": "GET /a"}, 50.0)])
    opening = opened(tmp_path, "cache-roll-out", **settings(tmp_path))
    plan = make_plan(*opening)
    assert seen(plan)["origin"][0] == "OK"
    outcome = apply(*opening, plan.token)
    assert outcome.end == "failed"
    assert (tmp_path / "cache").read_text() == "l2 on"
    assert apply(*opening, outcome.offer.token, "back").end == "rolled back"
    assert (tmp_path / "cache").read_text() == "none"


def test_settings_that_are_in_force_are_left_alone(tmp_path: Path) -> None:
    opening = opened(tmp_path, "cache-roll-out", **settings(tmp_path, wanted="none"))
    assert seen(make_plan(*opening))["switch-on"][0] == "SKIPPED"


def test_monitoring_is_not_set_up_without_its_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    plan = make_plan(*opened(tmp_path, "monitoring-setup"))
    assert plan.token == ""
    assert "apt-get install" in seen(plan)["programs"][1]


@pytest.mark.alone
def test_the_stack_is_started_verified_and_stopped_again_through_its_runbook(tmp_path: Path, require_program) -> None:
    for name in ("prometheus", "redis-server", "prometheus-redis-exporter"):
        require_program(name)
    opening = opened(tmp_path, "monitoring-setup")
    plan = make_plan(*opening)
    assert any("Prometheus on 127.0.0.1" in line for one in plan.observed.seen for line in one.lines)
    outcome = apply(*opening, plan.token)
    try:
        assert outcome.end == "complete"
        assert seen(make_plan(*opening))["stack"][0] == "SKIPPED"
        back = make_plan(*opening, "back")
        assert apply(*opening, back.token, "back").end == "rolled back"
        assert loopback.running(tmp_path / ".perfweek" / "stack") == {}
    finally:
        loopback.stop(tmp_path / ".perfweek" / "stack")
