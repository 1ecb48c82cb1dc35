"""Which paths are asked for most."""

import re
from pathlib import Path
from urllib.parse import quote

import pandas as pd

from perfweek import evidence
from perfweek.access_log import measured_log, read_access_log
from perfweek.errors import TargetError
from perfweek.runbook.book import Context

_PLACEHOLDER = re.compile(r"\{[^/{}]+\}")


def hot_paths(context: Context, file: str = "") -> list[str]:
    """Paths, the most requested first: those of `file` (one a line), else of Monday's access log, else the GET requests of the target.

    Raises TargetError for a file that is not there or holds something else than paths.
    """
    if file:
        return _of_file(context.target.resolve(file))
    found = evidence.find(context.week, "load-monday")
    log = measured_log(context.target, found) if found else None
    logged = paths_of(read_access_log(log).frame) if log else []
    return logged or [request.path for request in context.target.load.requests if request.method == "GET"]


def paths_of(log: pd.DataFrame) -> list[str]:
    """Paths of successful reads. A route with one placeholder is filled with the last part of the cache key, `item:17` for
    `GET /assets/{id}`; a route without one is a path; others are left out."""
    reads = log[(log["method"] == "GET") & (log["status"] < 400)]
    counts = reads.groupby(["route", "key"]).size().sort_values(ascending=False, kind="stable")
    paths = [path for route, key in counts.index if (path := _path(route.removeprefix("GET "), key))]
    return list(dict.fromkeys(paths))


def _path(route: str, key: str) -> str:
    places = _PLACEHOLDER.findall(route)
    if not route.startswith("/") or len(places) > 1 or (places and key.count(":") != 1):
        return ""
    return _PLACEHOLDER.sub(lambda _: quote(key.rpartition(":")[2], safe=""), route)


def _of_file(path: Path) -> list[str]:
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise TargetError("the file of paths cannot be read", str(path), "Give a text file with one path a line.") from error
    wrong = [line for line in lines if not line.startswith("/") or line.startswith("//")]
    if wrong:
        raise TargetError(f"{wrong[0][:80]!r} is no path", str(path), "A path begins with one slash, such as /assets/17.")
    return lines
