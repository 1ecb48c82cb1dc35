"""A small embedded warehouse, and the scripts that Wednesday really writes for it."""

import shutil
from pathlib import Path

import pytest

from perfweek import evidence
from perfweek.target import load_target
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.plan import plan_of
from perfweek.warehouse.scripts import write_scripts
from perfweek.warehouse.study import take_study
from perfweek.week import Week

TABLE = "sophia_core.catalogue"
WEEK = "2026-W48"
SPAN_MINUTES = 300_000
"""So long do the rows reach, few or many: seven months."""


def build(warehouse: EmbeddedWarehouse, rows: int) -> None:
    warehouse.query("create schema sophia_core")
    warehouse.query(
        f"""create table {TABLE} as select i as asset_id, timestamp '2026-01-01' + i * interval {SPAN_MINUTES // rows} minute as created_at,
        's' || i % 5 as source_system from range({rows}) as numbers(i) order by hash(i)"""
    )


def project(folder: Path, rows: int) -> Path:
    """A target with a warehouse of its own."""
    folder.mkdir(parents=True)
    (folder / "target.toml").write_text('[warehouse]\ndatabase = "w.duckdb"\n')
    with EmbeddedWarehouse(folder / "w.duckdb") as warehouse:
        build(warehouse, rows)
    return folder


@pytest.fixture(scope="session")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the scripts for a clustering key that Wednesday's study of a recorded history ends in."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "target.toml").write_text('[warehouse]\ndatabase = "w.duckdb"\n')
    with EmbeddedWarehouse(folder / "w.duckdb", folder / "h.ndjson") as warehouse:
        build(warehouse, 300_000)
        for number in range(20):
            values = {"start": f"2026-0{1 + number % 6}-01"}
            sql = f"select count(*) as n from {TABLE} where created_at >= %(start)s and created_at < dateadd(day, 1, created_at)"
            warehouse.query(sql, values, {"route": "GET /stats/daily", "request_id": f"b{number}"})
    target = load_target(str(folder / "target.toml"))
    week = Week.open(WEEK, target.weeks)
    evidence.collect(week, "load-monday", {}, lambda into: shutil.copyfile(folder / "h.ndjson", into / "query_history.ndjson"))
    clustering = [one for one in take_study(week, target).findings if one.adviser == "clustering"]
    return write_scripts(week, plan_of(clustering))[0].parent


@pytest.fixture(scope="session")
def pristine(scripts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of 2,000 rows in random order, with the scripts."""
    folder = project(tmp_path_factory.mktemp("pristine") / "project", 2000)
    shutil.copytree(scripts, folder / "weeks" / WEEK / "artifacts" / "wednesday")
    return folder


@pytest.fixture
def small(pristine: Path, tmp_path: Path) -> Path:
    """A copy of it, for a test to change."""
    return shutil.copytree(pristine, tmp_path / "project")
