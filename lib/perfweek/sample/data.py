"""The sample's rows, built once: `sophia_core.unified_data_catalog` as found and as improved, one DuckDB file each.

Both files hold the same rows; only their order differs. Each run of the service works on a copy.

Usage: python -m perfweek.sample.data [--folder FOLDER] [--rows N]
"""

import argparse
import hashlib
import json
import shutil
import sys
import time
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

import duckdb
from filelock import FileLock, Timeout

from perfweek.errors import PerfweekError, WeekError
from perfweek.files import disk_errors_explained, make_folder, write_atomic
from perfweek.steps import step

ROWS = 2_000_000
FEWEST_ROWS = 10_000
FOLDER = Path(".perfweek/sample")
LAYOUTS = ("as_found", "improved")
TABLE = "sophia_core.unified_data_catalog"
PREPARE = "python -m perfweek.sample.data"
_LISTING = "data.json"
_SECONDS_PER_MILLION_ROWS = 4


@dataclass(frozen=True)
class Built:
    """What a finished build left behind: the recipe (SHA-256 of its SQL), the number of rows, the bytes of each file."""

    recipe: str
    rows: int
    bytes: dict[str, int]


def database(folder: Path, layout: str) -> Path:
    """The pristine file of a layout: 'as_found', 'improved', or 'recommended', which a week's own changes made of the first."""
    return folder / f"{layout}.duckdb"


def find(folder: Path) -> Built | None:
    """The finished build in `folder`, or None where it is absent, damaged or from another recipe."""
    try:
        built = Built(**json.loads((folder / _LISTING).read_text()))
        whole = all(database(folder, layout).stat().st_size == built.bytes[layout] for layout in LAYOUTS)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return built if whole and built.recipe == _recipe() else None


def build(folder: Path, rows: int = ROWS) -> Built:
    """Build both files in `folder` unless they are there; a second builder waits for the first. Raises WeekError."""
    make_folder(folder)
    with disk_errors_explained(folder), _builder_lock(folder):
        built = find(folder)
        if built and built.rows == rows:
            return built
        for left in folder.glob(".building-*"):
            shutil.rmtree(left)
        temporary = folder / f".building-{time.time_ns()}"
        temporary.mkdir()
        try:
            _build_into(temporary, rows)
            return _publish(temporary, folder, rows)
        except RuntimeError as error:
            if str(error) == "Query interrupted":  # what DuckDB makes of Ctrl-C
                raise KeyboardInterrupt from None
            raise
        except duckdb.Error as error:
            reason = str(error).strip().splitlines()[0]
            raise WeekError(
                f"the sample's rows cannot be written: {reason}", str(folder), "Free some space there, then give the same command again."
            ) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def content_checksum(file: Path) -> str:
    """32 hexadecimal digits over the rows of a file, whatever their order: the sum of the MD5 of each row's text."""
    query = f"select sum(md5_number_lower(entry::varchar))::hugeint from {TABLE} as entry"
    with duckdb.connect(file, read_only=True) as connection:
        return f"{connection.execute(query).fetchall()[0][0]:032x}"


def _builder_lock(folder: Path) -> FileLock:
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print("another process is building the sample's rows: waiting for it", file=sys.stderr)
        lock.acquire()
    return lock


def _build_into(folder: Path, rows: int) -> None:
    row_group = row_group_size(rows)
    with duckdb.connect(config={"threads": 2, "memory_limit": "800MB", "temp_directory": str(folder / "spill")}) as connection:
        connection.execute(f"set variable asset_count = {rows}; set variable night_rows = {row_group // 4}")
        with step("drawing the sample's rows", rows / 1e6):
            connection.execute(_sql())
        for layout in LAYOUTS:
            with step(f"writing the sample's rows, {layout.replace('_', ' ')}", rows / 1e6 * _SECONDS_PER_MILLION_ROWS):
                path = str(database(folder, layout)).replace("'", "''")
                connection.execute(f"attach '{path}' as {layout} (row_group_size {row_group}); create schema {layout}.sophia_core")
                connection.execute(f"create table {layout}.{TABLE} as from catalog_rows('{layout}_order')")
                connection.execute(f"checkpoint {layout}; detach {layout}")


def row_group_size(rows: int) -> int:
    """About thirty row groups a table, so that pruning can be seen; DuckDB wants multiples of 2,048."""
    return max(1, rows // 30 // 2048) * 2048


def _publish(temporary: Path, folder: Path, rows: int) -> Built:
    """Rename the files, the listing last: without it nothing counts as built."""
    (folder / _LISTING).unlink(missing_ok=True)
    for layout in LAYOUTS:
        database(temporary, layout).replace(database(folder, layout))
    built = Built(_recipe(), rows, {layout: database(folder, layout).stat().st_size for layout in LAYOUTS})
    write_atomic(folder / _LISTING, json.dumps(asdict(built), indent=2) + "\n")
    return built


def _sql() -> str:
    return resources.files(__package__).joinpath("build.sql").read_text(encoding="utf-8")


def _recipe() -> str:
    return hashlib.sha256(_sql().encode()).hexdigest()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog=PREPARE, description="Build the sample's rows once; does nothing where they are built.")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"folder of the two files (default: {FOLDER})")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"number of rows, at least {FEWEST_ROWS:,} (default: {ROWS:,})")
    options = parser.parse_args(arguments)
    if options.rows < FEWEST_ROWS:
        parser.error(f"--rows {options.rows}: give at least {FEWEST_ROWS}")
    started = time.monotonic()
    try:
        built = build(options.folder, options.rows)
    except PerfweekError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: nothing was built", file=sys.stderr)
        return 130
    megabytes = sum(built.bytes.values()) / 1e6
    print(f"sample data ready: {built.rows:,} rows, {megabytes:.0f} MB in {options.folder}, {time.monotonic() - started:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
