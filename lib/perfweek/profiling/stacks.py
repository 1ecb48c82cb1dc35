"""Stacks as py-spy's raw format writes them, without the threads that wait."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

Stack = tuple[str, ...]
Stacks = Mapping[Stack, int]
UNKNOWN = "(unknown)"

# A thread that waits in one of these does no work. py-spy drops most such threads itself, but not in every version, and not all under load:
# the stop in which it reads a process makes sleeping threads look awake.
_WAITING = {
    "threading": ("wait", "join", "_wait_for_tstate_lock"),
    "selectors": ("select",),
    "queue": ("get", "put"),
    "socket": ("readinto", "accept", "create_connection", "getaddrinfo"),
    "ssl": ("read", "recv_into", "do_handshake"),
    "subprocess": ("wait", "_wait", "_try_wait"),
    "concurrent/futures/thread": ("_worker",),
    "multiprocessing/connection": ("poll", "recv", "_recv", "wait", "accept"),
    "multiprocessing/popen_fork": ("poll", "wait"),
    "multiprocessing/resource_tracker": ("main",),
}
_IDLE = re.compile(r"^(?:\w+\.)*(?:" + "|".join(rf"(?:{'|'.join(functions)}) \({file}" for file, functions in _WAITING.items()) + r")\.py[:)]")
_COUNT = re.compile(r"[0-9]{1,15}")
_PROCESS = re.compile(r'^process \d+:"')
_SEPARATORS = re.compile(r'"(?:[^"\\]|\\.)*"|;')


def parse_raw(text: str) -> dict[Stack, int]:
    """py-spy's raw format, 'root;...;leaf count' a line, as stacks -> samples; frames of processes are left out.

    Lines that end in no count are ignored, as a profile that was cut short may have one.
    """
    stacks: Counter[Stack] = Counter()
    for line in text.splitlines():
        frames, _, count = line.rpartition(" ")
        if frames and _COUNT.fullmatch(count):
            stack = tuple(frame for frame in _split(frames) if not _PROCESS.match(frame))
            stacks[stack or (UNKNOWN,)] += int(count)
    return dict(stacks)


def without_idle(stacks: Stacks) -> tuple[dict[Stack, int], int]:
    """The stacks whose leaf works, and how many samples of waiting ones were dropped."""
    working = {stack: samples for stack, samples in stacks.items() if not _IDLE.match(stack[-1])}
    return working, sum(stacks.values()) - sum(working.values())


def merged(profiles: Iterable[Stacks]) -> dict[Stack, int]:
    """The stacks of several profiles as one."""
    together: Counter[Stack] = Counter()
    for stacks in profiles:
        together.update(stacks)
    return dict(together)


def functions_of(stacks: Stacks) -> tuple[Counter[str], Counter[str]]:
    """(samples taken in each function, samples with it anywhere in the stack): however deep it recurses, a stack counts once."""
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for stack, samples in stacks.items():
        own[stack[-1]] += samples
        for function in set(stack):
            total[function] += samples
    return own, total


def is_process_frame(frame: str) -> bool:
    """Whether a frame stands for a process of a tree, as py-spy puts one on top of the stacks of each."""
    return bool(_PROCESS.match(frame))


def _split(frames: str) -> list[str]:
    """Frames between semicolons, except those inside the quotes of a process frame's command line."""
    if not _PROCESS.match(frames):
        return frames.split(";")
    ends = [match.start() for match in _SEPARATORS.finditer(frames) if match.group() == ";"]
    return [frames[start + 1 : end] for start, end in zip([-1, *ends], [*ends, len(frames)], strict=True)]
