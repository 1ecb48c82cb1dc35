"""The same results given twice would count each request twice, or make two runs of one."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path

from perfweek.errors import EvidenceError
from perfweek.files import sha256


def refuse_twice(paths: Sequence[Path]) -> None:
    """Raises EvidenceError where two of the files have the same content, under one name or under two."""
    for one, other in same_content(paths, paths):
        raise EvidenceError("the same results are given twice", f"{one}, {other}", "Give each file once.")


def same_content(some: Sequence[Path], others: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """Pairs of one file each of `some` and `others` with the same content; where both are the same list, of files at different places of it.

    Only files of one size are read for it. Pipes have no content that could be read twice, and are passed over."""
    pairs = combinations(some, 2) if some is others else ((one, other) for one in some for other in others)
    for one, other in pairs:
        if _of_one_size(one, other) and (one.samefile(other) or sha256(one) == sha256(other)):
            yield one, other


def _of_one_size(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and one.stat().st_size == other.stat().st_size > 0
