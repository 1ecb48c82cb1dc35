"""The week's folder: where everything that one ISO week measured, concluded and published lives.

weeks/2026-W48/week.json    manifest: parameters, versions, host, each day's status and times
               evidence/    raw, written once: one folder per measurement (see evidence.py)
               facts/       one Parquet file a day (see facts.py)
               predictions/ one Parquet file a day (see predictions.py)
               artifacts/   what a person can take away: SQL, redis.conf, plans
               reports/     executed notebooks, self-contained HTML, index.html
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from perfweek.errors import WeekError
from perfweek.files import disk_errors_explained, make_folder, write_atomic

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
FOLDERS = ("evidence", "facts", "predictions", "artifacts", "reports")


def current_week(today: date | None = None) -> str:
    """The ISO week of `today` (default: now, UTC), such as '2026-W48'."""
    year, week, _ = (today or datetime.now(UTC).date()).isocalendar()
    return f"{year:04}-W{week:02}"


def check_week(name: str) -> str:
    """Return `name` where it is an ISO week that exists, else raise WeekError."""
    match = re.fullmatch(r"(\d{4})-W(\d{2})", name)
    try:
        if match:
            date.fromisocalendar(int(match[1]), int(match[2]), 1)
            return name
    except ValueError:
        pass
    raise WeekError(f"{name!r} is not an ISO week", remedy=f"Write it as year and week, such as {current_week()} for this week.")


@dataclass(frozen=True)
class Week:
    """One week's folder. `root` is weeks/<name>; `Week.open` creates what is missing in it."""

    name: str
    root: Path

    @classmethod
    def open(cls, name: str, weeks: Path) -> "Week":
        """The week `name` ('' for the current one) below the folder `weeks`. Raises WeekError."""
        week = cls(check_week(name or current_week()), weeks.resolve() / (name or current_week()))
        for folder in FOLDERS:
            make_folder(week.root / folder)
        return week

    @classmethod
    def known(cls, name: str, weeks: Path) -> "Week":
        """As `open`, for who only looks: a week that was named and has no folder is an error. Raises WeekError."""
        if name and not (weeks / check_week(name)).is_dir():
            known = ", ".join(sorted(path.parent.name for path in weeks.glob("????-W??/week.json"))[-4:])
            remedy = f"There are: {known}." if known else f"Run it first: perfweek run --week {name}"
            raise WeekError("this week was not run", str(weeks / name), remedy)
        return cls.open(name, weeks)

    def earlier(self) -> "list[Week]":
        """The weeks before this one that have a folder beside it, the newest first."""
        names = sorted((path.parent.name for path in self.root.parent.glob("????-W??/week.json")), reverse=True)
        return [Week(name, self.root.parent / name) for name in names if name < self.name]

    @property
    def evidence(self) -> Path:
        return self.root / "evidence"

    @property
    def facts(self) -> Path:
        return self.root / "facts"

    @property
    def predictions(self) -> Path:
        return self.root / "predictions"

    @property
    def artifacts(self) -> Path:
        return self.root / "artifacts"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    def manifest(self) -> dict[str, Any]:
        """The content of week.json, or an empty manifest. A damaged one raises WeekError and is left as it is."""
        path = self.root / "week.json"
        if not path.exists():
            return {"week": self.name, "days": {}}
        try:
            return json.loads(path.read_text())
        except ValueError as error:
            raise WeekError(
                f"the manifest is damaged: {error}", str(path), "Move it away: the days are then run again, measurements are kept."
            ) from error

    def save_manifest(self, manifest: dict[str, Any]) -> None:
        write_atomic(self.root / "week.json", json.dumps(manifest, indent=2, sort_keys=True) + "\n")

    def lock(self) -> FileLock:
        """Take the week for this process (released when it ends, however it ends). A week in use raises WeekError."""
        lock = FileLock(self.root / ".lock")
        try:
            with disk_errors_explained(self.root):
                lock.acquire(timeout=0)
        except Timeout as error:
            raise WeekError(
                f"week {self.name} is being run by another process", str(self.root), "Wait until it ends, or stop it with Ctrl-C in its own terminal."
            ) from error
        return lock
