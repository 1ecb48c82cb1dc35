"""Any report of times, told apart by what is in it, never by its name."""

import json
from pathlib import Path

from perfweek.errors import EvidenceError
from perfweek.profiling.timings.hyperfine import Benchmark, is_hyperfine, read_hyperfine
from perfweek.profiling.timings.importtime import Imports, read_importtime
from perfweek.profiling.timings.junit import JUnit, read_junit
from perfweek.profiling.timings.turborepo import Summary, is_turborepo, read_turborepo

Report = JUnit | list[Benchmark] | Summary | Imports
KNOWN = "JUnit XML, hyperfine JSON, Turborepo run summaries and the output of python -X importtime"


def read_report(path: Path) -> Report:
    """Read a report of one of the KNOWN kinds. Raises EvidenceError where it is another kind of file, or damaged."""
    with path.open("rb") as content:
        start = content.read(65_536).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return read_junit(path)
    if start.startswith((b"{", b"[")):
        return _read_json(path)
    if b"import time:" in start:
        return read_import_log(path)
    what = "the report is empty" if not start else "no report of times that is known"
    raise EvidenceError(what, path.name, f"Read are {KNOWN}: mend [commands] reports in the target.")


def read_import_log(path: Path) -> Imports:
    """Read the output of `python -X importtime`. Raises EvidenceError where no line of it can be read."""
    found = read_importtime(path.read_text(encoding="utf-8", errors="replace"))
    if not found.modules:
        raise EvidenceError("no line of python -X importtime", path.name, "Run the day again: it will be measured anew.")
    return found


def _read_json(path: Path) -> Report:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise EvidenceError(f"no whole JSON: {reason}", path.name, "Let the command write it anew, then run the day again.") from error
    if is_turborepo(content):
        return read_turborepo(content, path.name)
    if is_hyperfine(content):
        return read_hyperfine(content, path.name)
    raise EvidenceError("JSON, but no report of times that is known", path.name, f"Read are {KNOWN}: mend [commands] reports in the target.")
