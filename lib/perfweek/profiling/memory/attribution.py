"""Who holds the memory: what memray saw allocated, and not given back, in a window of load."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import pandas as pd

from perfweek.errors import EvidenceError
from perfweek.profiling.memory.leak import Leak
from perfweek.profiling.memory.sentences import size_text
from perfweek.wording import count, number, percent

COLUMNS = ("function", "caller", "bytes", "stacks", "bytes_a_second", "share")
ALLOCATION_FORMATS = {"kB/s": ".1f", "of all %": ".1f"}
_LIBRARY = ("site-packages", "dist-packages", "/lib/python")
_OWN_FRAMES = ("_memray_attach_hook.py", "memray/")


@dataclass(frozen=True)
class Frame:
    function: str
    file: str
    line: str

    @property
    def label(self) -> str:
        return f"{self.function} ({PurePosixPath(self.file).name}:{self.line})" if self.file else self.function

    @property
    def of_library(self) -> bool:
        return self.file.startswith("<") or any(part in self.file for part in _LIBRARY)


@dataclass(frozen=True)
class Allocations:
    """`table`: COLUMNS, a row a place that allocates, the largest first: `caller` is the nearest function that is of no library.
    `seconds` of load that were watched; `reason`, `remedy`: why there are none."""

    table: pd.DataFrame
    seconds: float
    reason: str = ""
    remedy: str = ""


def parse_allocations(text: str, seconds: float) -> pd.DataFrame:
    """COLUMNS from memray's `transform csv --leaks`: allocator, num_allocations, size, tid, thread_name, stack_trace, where a stack is
    'function;file;line' a frame, the leaf first, joined by '|'. Raises EvidenceError for anything else.

    num_allocations is not used: memray 1.20 counts those of one thread alone where several share a stack in an aggregated capture.
    """
    try:
        rows = pd.read_csv(io.StringIO(text), usecols=["size", "stack_trace"], dtype={"stack_trace": str})
        sizes = rows["size"].astype("int64")
    except (ValueError, pd.errors.ParserError) as error:
        raise EvidenceError(f"memray's allocations are damaged: {error}", "allocations.csv", "Run the day again.") from error
    found = [(*_places(stack), size, 1) for stack, size in zip(rows["stack_trace"].fillna(""), sizes, strict=True)]
    known = pd.DataFrame(found, columns=["function", "caller", "bytes", "stacks"])
    known = known[known["function"] != ""].groupby(["function", "caller"], as_index=False).sum()
    known = known.assign(bytes_a_second=known["bytes"] / seconds, share=known["bytes"] / max(1, known["bytes"].sum()))
    return known.sort_values("bytes", ascending=False, ignore_index=True)[list(COLUMNS)]


def _places(stack: str) -> tuple[str, str]:
    """(where memory is allocated, the nearest own function); ('', '') for the profiler's own."""
    frames = list(_frames(stack))
    if not frames or any(mark in frame.file for frame in frames for mark in _OWN_FRAMES):
        return "", ""
    own = next((frame for frame in frames if not frame.of_library), None)
    return frames[0].label, own.label if own else ""


def _frames(stack: str) -> Iterator[Frame]:
    for frame in stack.split("|"):
        function, *rest = frame.rsplit(";", 2)
        if function:
            yield Frame(function, *(rest if len(rest) == 2 else ("", "")))


def allocations_sentence(allocations: Allocations, leak: Leak) -> str:
    """The place that holds most of what was not given back, against the growth that was measured without memray."""
    if allocations.reason:
        return f"No allocations were traced: {allocations.reason}. {allocations.remedy}".strip()
    if allocations.table.empty:
        return f"In {number(allocations.seconds)} s under load memray saw nothing allocated that was not given back."
    first, total = allocations.table.iloc[0], allocations.table["bytes_a_second"].sum()
    via = f", called by `{first['caller']}`" if first["caller"] not in ("", first["function"]) else ""
    grown = f"; without memray the memory grew by {size_text(leak.per_second.value)}/s" if leak.grows else ""
    return (
        f"Of what is allocated and not given back {percent(first['share'])} comes from `{first['function']}`{via}: "
        f"{size_text(first['bytes_a_second'])}/s of {size_text(total)}/s{grown}."
    )


def allocations_note(allocations: Allocations) -> str:
    """How the allocations were traced."""
    if allocations.reason:
        return "No allocations were traced."
    n = int(allocations.table["stacks"].sum())
    return (
        f"memray for {number(allocations.seconds)} s of load in a service of its own, n = {count(n, 'stack')} with memory not given back at the end: "
        "caches that fill and requests under way are among them. It slows the service: no response time comes from this window."
    )


def allocations_table(allocations: Allocations, limit: int = 15) -> pd.DataFrame:
    """The places with most memory that was not given back."""
    table = allocations.table.head(limit)
    return pd.DataFrame(
        {
            "allocated in": table["function"],
            "called by": table["caller"],
            "kB/s": table["bytes_a_second"] / 1000,
            "of all %": 100 * table["share"],
        }
    )
