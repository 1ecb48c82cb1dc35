"""Stacks as py-spy's raw format writes them, and what they say of functions."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from perfweek.stats import Estimate, wilson

Stack = tuple[str, ...]
Stacks = Mapping[Stack, int]

# A thread that waits in one of these does no work. py-spy drops most such threads itself, but not in every version, and not all under load:
# the stop in which it reads a process makes sleeping threads look awake.
_IDLE = re.compile(
    r"^(?:\w+\.)?(?:wait \(threading|select \(selectors|get \(queue|poll \(multiprocessing/connection|readinto \(socket|accept \(socket|"
    r"read \(ssl|recv_into \(ssl)\.py"
)
_PROCESS = re.compile(r'^process \d+:"')
_SEPARATORS = re.compile(r'"(?:[^"\\]|\\.)*"|;')


@dataclass(frozen=True)
class FunctionShare:
    """A function of a profile: the share of samples taken in it (`own`) and in it or in what it called (`total`)."""

    function: str
    own: Estimate
    total: Estimate


def parse_raw(text: str) -> dict[Stack, int]:
    """py-spy's raw format, 'root;...;leaf count' a line, as stacks -> samples; frames of processes are left out.

    Lines that end in no count are ignored, as a profile that was cut short may have one.
    """
    stacks: Counter[Stack] = Counter()
    for line in text.splitlines():
        frames, _, count = line.rpartition(" ")
        if frames and count.isdigit():
            stack = tuple(frame for frame in _split(frames) if not _PROCESS.match(frame))
            stacks[stack or ("(unknown)",)] += int(count)
    return dict(stacks)


def without_idle(stacks: Stacks) -> tuple[dict[Stack, int], int]:
    """The stacks whose leaf works, and how many samples of waiting ones were dropped."""
    working = {stack: samples for stack, samples in stacks.items() if not _IDLE.match(stack[-1])}
    return working, sum(stacks.values()) - sum(working.values())


def function_shares(stacks: Stacks) -> list[FunctionShare]:
    """Every function, the one with most samples of its own first.

    One window of samples says nothing of how windows differ, so the intervals are those of independent samples: a lower
    bound of the true width (requests come in runs, and their samples with them).
    """
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for stack, samples in stacks.items():
        own[stack[-1]] += samples
        for function in set(stack):
            total[function] += samples
    n = sum(stacks.values())
    ranked = sorted(total, key=lambda function: (-own[function], -total[function], function))
    return [FunctionShare(function, _share(own[function], n), _share(total[function], n)) for function in ranked]


def _share(samples: int, n: int) -> Estimate:
    found = wilson(samples, n)
    return Estimate(found.value, found.low, found.high, n, "one window; Wilson interval, a lower bound of the width")


def _split(frames: str) -> list[str]:
    """Frames between semicolons, except those inside the quotes of a process frame's command line."""
    if not _PROCESS.match(frames):
        return frames.split(";")
    ends = [match.start() for match in _SEPARATORS.finditer(frames) if match.group() == ";"]
    return [frames[start + 1 : end] for start, end in zip([-1, *ends], [*ends, len(frames)], strict=True)]
