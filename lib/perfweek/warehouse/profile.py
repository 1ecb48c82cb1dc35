"""What DuckDB's profiler says about one statement, in the terms of the query history."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_PHASES = ("parser", "planner", "optimizer", "physical_planner")
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Scan:
    """One scan of a stored table. `mentioned` are the words of its projection and filters, column names among them."""

    table: str
    row_groups_scanned: int
    row_groups_total: int
    mentioned: frozenset[str]


@dataclass(frozen=True)
class Profile:
    """Times in milliseconds; `spilled` is the largest size of the temporary folder in bytes."""

    compilation_ms: float
    execution_ms: float
    spilled: int
    scans: tuple[Scan, ...]


def read_profile(text: str) -> Profile:
    """The profile of the last statement, from what `get_profiling_information(format="json")` returned.

    A statement that the profiler does not time (a transaction's begin or commit) has no times and no scans.
    """
    content = json.loads(text)
    if "query" not in content:
        return Profile(0.0, 0.0, 0, ())
    compilation_s = sum(content[phase]["total_time"] for phase in _PHASES if phase in content)
    return Profile(
        compilation_ms=compilation_s * 1000,
        execution_ms=max(0.0, content["query"]["total_time"] - compilation_s) * 1000,
        spilled=content["system"]["peak_temp_dir_size"],
        scans=tuple(_scan(node) for node in _table_scans(content["operator"])),
    )


def _table_scans(nodes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        if node["type"] == "TABLE_SCAN" and "Table" in node["extra_info"]:
            yield node
        yield from _table_scans(node.get("children", []))


def _scan(node: dict[str, Any]) -> Scan:
    details = node["extra_info"]
    mentioned = _words("\n".join(_joined(details.get(key, "")) for key in ("Projections", "Filters", "Dynamic Filters")))
    return Scan(details["Table"], node["row_groups_scanned"], node["total_row_groups_to_scan"], mentioned)


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(_QUOTED.sub("", text).lower()))


def _joined(value: str | list[str]) -> str:
    return value if isinstance(value, str) else " ".join(value)
