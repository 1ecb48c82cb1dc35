"""Where Friday finds what was asked of the warehouse after the change, against a local Snowflake, and what it says where there is nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from warehouse.snowflake_week import HOURS, RUNS, SHAPES, last_day, serving

from perfweek import evidence
from perfweek.progress.statements import changed_at, statements_after
from perfweek.runbook.audit import Audit
from perfweek.target import Target, Warehouse
from perfweek.week import Week

AN_HOUR = RUNS * len(SHAPES)


@pytest.fixture(scope="module")
def connections() -> Iterator[str]:
    with serving() as text:
        yield text


@pytest.fixture
def target(tmp_path: Path, connections: str, monkeypatch: pytest.MonkeyPatch) -> Target:
    monkeypatch.setenv("SNOWFLAKE_CONNECTIONS", connections)
    return Target(warehouse=Warehouse(connection="service"), root=tmp_path)


@pytest.fixture
def week(target: Target) -> Week:
    return Week.open("2026-W48", target.weeks)


def changed(target: Target, week: str = "2026-W48", status: str = "OK") -> datetime:
    audit, run = Audit(target), {"runbook": "warehouse-change", "run": f"run of {week}"}
    audit.append("run begun", **run, parameters={"week": week, "finding": "01-cluster"})
    return datetime.fromisoformat(audit.append("change ended", **run, step="change", status=status)["at"])


def test_without_a_change_and_without_a_load_there_is_nothing_after_and_the_reason_is_said(target: Target, week: Week) -> None:
    found = statements_after(week, target, None)
    assert found.rows.empty
    assert found.why == "No change of the warehouse went through its runbook this week, so nothing is read of after it."


def test_the_history_is_read_from_the_second_on_in_which_the_load_began(target: Target, week: Week) -> None:
    began = last_day() + timedelta(hours=HOURS - 2)  # the last two hours are left
    found = statements_after(week, target, None, began.timestamp())
    assert len(found.rows) == 2 * AN_HOUR
    assert found.rows["endpoint"].value_counts().to_dict() == {endpoint: 2 * RUNS for endpoint, *_ in SHAPES}
    assert (week.root / found.source).is_file()
    assert found.why == f"Statements since {began:%A %d %B, %H:%M} UTC, by Snowflake's history."


def test_a_history_that_is_not_there_yet_is_said_and_asked_for_again(target: Target, week: Week) -> None:
    found = statements_after(week, target, None, datetime.now(UTC).timestamp())
    assert found.rows.empty
    assert "up to 45 minutes late" in found.why
    assert evidence.find(week, "warehouse-friday") is None


def test_a_change_that_went_through_the_runbook_comes_before_the_load(target: Target, week: Week) -> None:
    assert changed_at(week, target) is None
    changed(target, week="2026-W47")
    changed(target, status="FAILED")
    assert changed_at(week, target) is None
    at = changed(target)
    assert changed_at(week, target) == at
    assert statements_after(week, target, None, last_day().timestamp()).rows.empty  # all of them are older than the change


def test_an_audit_file_that_was_tampered_with_dates_no_change(target: Target, week: Week) -> None:
    changed(target)
    path = Audit(target).path
    path.write_bytes(path.read_bytes().replace(b"01-cluster", b"02-cluster"))
    assert changed_at(week, target) is None


def test_an_export_and_the_embedded_warehouse_have_only_what_the_load_recorded(target: Target, week: Week) -> None:
    for warehouse in (Warehouse(), exported(target)):
        found = statements_after(week, target.model_copy(update={"warehouse": warehouse}), None, last_day().timestamp())
        assert found.rows.empty and "is not recorded" in found.why


def exported(target: Target) -> Warehouse:
    return target.warehouse.model_copy(update={"history": "export.csv"})
