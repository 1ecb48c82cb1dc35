"""Memory line by line, as memory-profiler tells it, without the increments that it is known to get wrong.

It subtracts from the memory at a line the largest memory ever seen at the line before. Where a comprehension runs while memory
falls, each of its rounds adds that difference, and the sum may become thousands of MiB below zero.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from perfweek.errors import EvidenceError
from perfweek.wording import count, number

LINE_COLUMNS = ("function", "line", "code", "times", "increment_mib", "memory_mib")
LINE_FORMATS = {"line": "d", "added MiB": ".2f", "memory MiB": ".1f"}


@dataclass(frozen=True)
class Lines:
    """`table`: LINE_COLUMNS, a row a line; increment_mib is NaN where a line did not run, where the function begins, and where it is
    known to be wrong, `wrong` of them. `missing`: function -> why it was not looked at. `reason`, `remedy`: why there is nothing at all."""

    table: pd.DataFrame
    wrong: int
    missing: Mapping[str, str]
    reason: str = ""
    remedy: str = ""


def parse_lines(text: str) -> Lines:
    """Read what the line runner wrote. Raises EvidenceError where it is damaged."""
    try:
        content = json.loads(text)
        found = [_function(one) for one in content["functions"]]
        rows = [row for function, _ in found for row in function]
        missing = {str(name): str(why) for name, why in content["missing"].items()}
        return Lines(
            pd.DataFrame(rows, columns=list(LINE_COLUMNS)),
            sum(wrong for _, wrong in found),
            missing,
            content.get("reason", ""),
            content.get("remedy", ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvidenceError(f"the record of memory by line is damaged: {error}", "memory_lines.json", "Run the day again.") from error


def _function(content: Mapping[str, Any]) -> tuple[list[tuple[Any, ...]], int]:
    """The rows of a function, and how many increments of it are wrong."""
    ran = [line["line"] for line in content["lines"] if line["told"]]
    largest = max((line["told"][1] for line in content["lines"] if line["told"]), default=0.0)
    rows, wrong = [], 0
    for line in content["lines"]:
        increment, memory, times = line["told"] or (None, None, 0)
        if line["line"] == min(ran, default=None):
            increment = None  # it is all of the memory, found where the function was entered
        elif increment is not None and (abs(increment) > largest or (increment < 0 and line["inner"])):
            increment, wrong = None, wrong + 1
        rows.append((content["function"], line["line"], line["code"], times, increment, memory))
    return rows, wrong


def lines_sentence(lines: Lines) -> str:
    """The line that adds most memory; or why no line was looked at."""
    if lines.reason:
        return f"No memory by line: {lines.reason}. {lines.remedy}"
    absent = "".join(f" `{name}` was not looked at: {why}." for name, why in lines.missing.items())
    silent = [str(name) for name, rows in lines.table.groupby("function", sort=False) if not rows["times"].any()]
    absent += "".join(f" `{name}` was not called." for name in silent)
    known = lines.table.dropna(subset=["increment_mib"])
    if known.empty:
        return f"No line was seen to add memory.{absent}"
    most = known.sort_values("increment_mib", ascending=False, key=lambda column: column.astype(float)).iloc[0]
    times = count(int(most["times"]), "time")
    return f"Line {most['line']} of `{most['function']}` adds most memory: {number(most['increment_mib'])} MiB, run {times}.{absent}"


def lines_note(lines: Lines) -> str:
    """How the figures were made, and which were left out."""
    if lines.reason:
        return "No function was looked at."
    left = f" {count(lines.wrong, 'increment')} left out: memory-profiler gets them wrong in and around comprehensions." if lines.wrong else ""
    return (
        "memory-profiler, in a process of its own: resident memory before and after each line, summed over its runs; other threads "
        f"of the process are in it.{left}"
    )


def lines_table(lines: Lines) -> pd.DataFrame:
    """A row a line of the functions that were called."""
    called = set(lines.table.loc[lines.table["times"] > 0, "function"])
    table = lines.table[lines.table["function"].isin(called)]
    return pd.DataFrame(
        {
            "function": table["function"],
            "line": table["line"],
            "statement": table["code"],
            "times": table["times"],
            "added MiB": table["increment_mib"].astype(float),
            "memory MiB": table["memory_mib"].astype(float),
        }
    )
