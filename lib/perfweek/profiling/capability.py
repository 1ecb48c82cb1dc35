"""Which profiler can be used here, and why: by permission, by the version of Python and by that of py-spy."""

from dataclasses import dataclass
from typing import Literal

Tool = Literal["py-spy", "py-spy --nonblocking", "pyroscope-io", "nothing"]

CHECKED = "0.4.2"
MANY_THREADS = 64
"""py-spy stops every thread for a sample, which with hundreds of native threads takes milliseconds: https://github.com/benfred/py-spy/issues/872"""
PERMISSION = (
    "Run as root, or give SYS_PTRACE (containers: cap_add; Linux: sysctl kernel.yama.ptrace_scope=0). "
    "Then run the day again: the profile is taken, nothing else is measured anew."
)
NOT_PYTHON = "py-spy reads Python processes only: profile this service with a profiler of its own language."
NO_PROCESS = "Give [service] start or process in the target, so that there is a process to look into."
WRONG_VERSION = f"Install py-spy {CHECKED}: pip install py-spy=={CHECKED}"
PUSHES = "Let the service push its profiles with pyroscope-io: it needs no permission, since it runs in the service itself."


@dataclass(frozen=True)
class Look:
    """What was found when py-spy looked at a process: `refused` in its words ('' where it could read), the version of Python in the process
    ('' where unknown), and its `threads`."""

    refused: str = ""
    python: str = ""
    threads: int = 1


@dataclass(frozen=True)
class Choice:
    """The profiler to use, why in a sentence, and where it is not py-spy: why not (`reason`) and what to do (`remedy`). `python` is the version
    of Python in the process, '' where unknown."""

    tool: Tool
    why: str
    reason: str = ""
    remedy: str = ""
    python: str = ""

    @property
    def flags(self) -> tuple[str, ...]:
        return ("--nonblocking",) if self.tool == "py-spy --nonblocking" else ()


def choose(version: str, look: Look | None, nonblocking: Look | None, pyroscope: bool) -> Choice:
    """Choose by the `version` of py-spy ('' where it is not installed), what it found with (`look`) and without (`nonblocking`) stopping the
    process (None where there is no process or it was not tried), and whether the target names a Pyroscope server."""
    if look is None:
        return _without("only the address of the service is known", NO_PROCESS, pyroscope)
    if not version:
        return _without("py-spy is not installed", WRONG_VERSION, pyroscope)
    if miscounts(version, look.python):
        return _without(f"py-spy {version} counts idle threads of Python {look.python or '3.11 and later'} as busy", WRONG_VERSION, pyroscope)
    if not look.refused:
        return _stopping(version, look)
    if nonblocking is None or nonblocking.refused:
        return _without(look.refused, PERMISSION if "permission denied" in look.refused.lower() else NOT_PYTHON, pyroscope)
    return _used("py-spy --nonblocking", f"py-spy may read the process but not stop it ({look.refused})", version, nonblocking.python)


def _stopping(version: str, look: Look) -> Choice:
    if look.threads > MANY_THREADS:
        held_up = f"the service has {look.threads} threads, and stopping them all for each sample would hold it up"
        return _used("py-spy --nonblocking", held_up, version, look.python)
    return _used("py-spy", f"it may read and stop the process, which runs Python {look.python or '(of an unknown version)'}", version, look.python)


def miscounts(version: str, python: str) -> bool:
    """Whether this py-spy takes threads that wait for busy ones: 0.4.3 does from Python 3.11 on, where it reads qualified names but still
    knows its idle functions by the bare ones. An unknown version of Python is taken for a new one."""
    return version == "0.4.3" and (not python or _number(python) >= (3, 11))


def choice_sentence(choice: Choice) -> str:
    """Which profiler was used and why; or that there is none, and what to do."""
    if choice.tool == "nothing":
        return f"No profiler was used: {choice.reason}. {choice.remedy}"
    return f"The profiler is {choice.tool}: {choice.why}."


def _without(reason: str, remedy: str, pyroscope: bool) -> Choice:
    """py-spy is out: profiles that the service pushes itself are the next best, where the target says that there is a server."""
    if pyroscope and remedy != NOT_PYTHON:
        return Choice("pyroscope-io", f"{reason}, and the target names a Pyroscope server to which the service can push", reason, PUSHES)
    return Choice("nothing", reason, reason, remedy)


def _used(tool: Tool, why: str, version: str, python: str) -> Choice:
    if version != CHECKED:
        why += f"; its version {version} is not {CHECKED}, whose counting of idle threads was checked"
    return Choice(tool, why, python=python)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
