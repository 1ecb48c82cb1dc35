"""Applies a runbook in forked processes that are killed at one boundary after another, and recovers from each.

`python killed_runbook.py FOLDER DIRECTION`: FOLDER holds a target with an embedded warehouse and Wednesday's scripts. Prints one JSON object
a boundary and recovery. This process has no database open, so that each fork begins clean.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from perfweek.runbook.apply import apply
from perfweek.runbook.approval import make_plan
from perfweek.runbook.audit import Audit
from perfweek.runbook.book import Context, Runbook
from perfweek.runbook.books.table_state import TAG
from perfweek.runbook.catalogue import find_runbook
from perfweek.target import load_target
from perfweek.warehouse.embedded import EmbeddedWarehouse

TABLE = "sophia_core.catalogue"
MARKERS = 40


def forked(work: Callable[[], Any]) -> tuple[bool, Any]:
    """(was it killed, what it returned)"""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            result = json.dumps(work())
        except BaseException as error:
            result = json.dumps({"error": repr(error)})
        os.write(write, result.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status), json.loads(said) if said else None


def opened(folder: Path) -> tuple[Runbook, Context, Audit]:
    book, target = find_runbook("warehouse-change"), load_target(str(folder / "target.toml"))
    return book, book.context(target, {"week": "2026-W48"}), Audit(target, {})


def run(folder: Path, direction: str) -> str:
    plan = make_plan(*opened(folder), direction)
    return apply(*opened(folder), plan.token, plan.observed.direction).end if plan.token else "nothing to do"


def killed_at(boundary: int, folder: Path, direction: str, token: str) -> str:
    """Apply, and be killed at the boundary: before a line of the audit file, or before a statement that changes something."""
    passed = 0

    def counted(original: Callable[..., Any], counts: Callable[..., bool]) -> Callable[..., Any]:
        def instead(*arguments: Any, **named: Any) -> Any:
            cross(counts(*arguments, **named))
            return original(*arguments, **named)

        return instead

    def cross(counts: bool) -> None:
        nonlocal passed
        passed += counts
        if counts and passed == boundary:
            os.kill(os.getpid(), signal.SIGKILL)

    Audit.append = counted(Audit.append, lambda _self, event, **_: event != "planned")  # type: ignore[method-assign]
    EmbeddedWarehouse.query = counted(EmbeddedWarehouse.query, lambda _self, sql, *_, **__: not sql.lower().startswith("select"))  # type: ignore[method-assign]
    return apply(*opened(folder), token, direction).end  # type: ignore[arg-type]


def content(folder: Path) -> dict[str, Any]:
    with EmbeddedWarehouse(folder / "w.duckdb", read_only=True) as warehouse:
        tables = warehouse.query("select table_name from information_schema.tables where table_schema = 'sophia_core'", tag=TAG)
        rows = warehouse.query(f"select asset_id from {TABLE} order by rowid", tag=TAG)
    return {"tables": sorted(tables["table_name"].to_pylist()), "ids": rows["asset_id"].to_pylist()}


def recovered(folder: Path, direction: str) -> dict[str, Any]:
    """Go on in that direction, and say what is there then."""
    try:
        end = run(folder, direction)
    except Exception as error:
        end = str(error)
    target = load_target(str(folder / "target.toml"))
    chain = Audit(target, {}).read()
    return {"end": end, **content(folder), "problem": chain.problem, "events": [entry["event"] for entry in chain.entries]}


def main(source: Path, direction: str) -> None:
    warmed = shutil.copytree(source, source.parent / "warmed")
    run(warmed, "forward")  # translated statements and imports are kept for the forks
    before = forked(lambda: content(source))[1]
    if direction == "back":
        forked(lambda: run(source, "forward"))
    token = forked(lambda: make_plan(*opened(source), direction).token)[1]
    for boundary in range(1, MARKERS):
        for recovery in ("forward", "back") if direction == "forward" else ("back",):
            folder = source.parent / f"{direction}-{boundary}-{recovery}"
            shutil.copytree(source, folder)
            killed, said = forked(lambda folder=folder, boundary=boundary: killed_at(boundary, folder, direction, token))
            found = forked(lambda folder=folder, recovery=recovery: recovered(folder, recovery))[1]
            print(
                json.dumps({"boundary": boundary, "recovery": recovery, "killed": killed, "said": said, "before": before, "found": found}), flush=True
            )
            shutil.rmtree(folder)
        if not killed:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
