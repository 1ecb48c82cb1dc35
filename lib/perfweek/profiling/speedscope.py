"""py-spy's speedscope format: one profile a thread of each process, which its raw format cannot keep apart for a tree of workers."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from perfweek.errors import EvidenceError
from perfweek.profiling.stacks import UNKNOWN, Stack, is_process_frame

_LIBRARY = re.compile(r"^.*/(?:site-packages|dist-packages|python3\.\d+)/")


def parse_speedscope(text: str, names: Mapping[str, str] | None = None) -> dict[Stack, int]:
    """The stacks of all threads and processes, root first, as `parse_raw` gives them: 'function (file)' -> samples.

    `names` gives the short name of each file (`short_name` where it is not in it): this format has whole paths. Frames that stand for
    processes are left out. Raises EvidenceError for what is not such a file.
    """
    try:
        content = json.loads(text)
        frames = [_frame(frame, names or {}) for frame in content["shared"]["frames"]]
        stacks: Counter[Stack] = Counter()
        for sample in _samples(content):
            stack = tuple(frames[place] for place in sample)
            stacks[tuple(frame for frame in stack if not is_process_frame(frame)) or (UNKNOWN,)] += 1
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise EvidenceError(
            f"this is no whole speedscope profile: {error!r}", remedy="Run the day again: it is measured anew where the file was damaged."
        ) from error
    return dict(stacks)


def files_of(text: str) -> set[str]:
    """The files that a speedscope profile names."""
    return {frame["file"] for frame in json.loads(text)["shared"]["frames"] if frame.get("file")}


def short_name(file: str) -> str:
    """A path without what is in front of the library that holds it, or its last part alone: '/usr/lib/python3.11/json/encoder.py' is
    'json/encoder.py'. Never a surprise where the file is not of this machine."""
    return _LIBRARY.sub("", file) if _LIBRARY.match(file) else file.rpartition("/")[2]


def _frame(frame: Mapping[str, Any], names: Mapping[str, str]) -> str:
    file, name = frame.get("file") or "", str(frame["name"])
    return f"{name} ({names.get(file) or short_name(file)})" if file else name


def _samples(content: Mapping[str, Any]) -> Iterator[list[int]]:
    for profile in content["profiles"]:
        if profile["type"] != "sampled":
            raise ValueError(f"a profile of type {profile['type']!r}")
        for sample in profile["samples"]:
            if any(place < 0 for place in sample):
                raise ValueError("a frame of a negative number")
            yield sample
