"""Child processes that never outlive the one that started them.

The child runs under a small guard process that holds the read end of a pipe. When the starter ends in whatever way,
kill -9 included, the pipe closes and the guard ends the child with its whole process group. Unlike a parent-death
signal this needs no Linux and works from any thread.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from perfweek.errors import MeasurementError

GRACE_S = 5.0

_GUARD = """
import os, select, signal, subprocess, sys
pipe, grace, command = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    signal.signal(getattr(signal, name), signal.SIG_IGN)
child = subprocess.Popen(command, stdout=2, start_new_session=True, restore_signals=True,
                         preexec_fn=lambda: [signal.signal(s, signal.SIG_DFL) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)])
os.write(1, b"%d\\n" % child.pid)
os.close(1)
def tell(number):
    try:
        os.killpg(child.pid, number)
    except (ProcessLookupError, PermissionError):
        pass
while child.poll() is None:
    if select.select([pipe], [], [], 0.05)[0] and not os.read(pipe, 1):
        tell(signal.SIGTERM)
        try:
            child.wait(grace)
        except subprocess.TimeoutExpired:
            pass
        break
tell(signal.SIGKILL)
code = child.wait()
os._exit(code if code >= 0 else 128 - code)
"""


class Child:
    """A running guarded child: its pid (of the command itself, not of the guard), and ways to wait for it or stop it."""

    def __init__(self, guard: subprocess.Popen[bytes], pipe: int, pid: int) -> None:
        self._guard = guard
        self._pipe: int | None = pipe
        self.pid = pid

    def poll(self) -> int | None:
        """The exit code (128 + n for signal n), or None while it runs."""
        return self._guard.poll()

    def wait(self, timeout_s: float | None = None) -> int:
        """Wait for the exit code. Raises subprocess.TimeoutExpired."""
        return self._guard.wait(timeout_s)

    def interrupt(self) -> None:
        """Ask the command to finish (SIGINT), as Ctrl-C in its own terminal would."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGINT)

    def stop(self) -> int:
        """End the command and its process group: SIGTERM, then SIGKILL after a grace time. Returns the exit code."""
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None
        return self._guard.wait(GRACE_S + 10)


@contextlib.contextmanager
def guarded(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Iterator[Child]:
    """Run `command` (an argument list, no shell) with its output appended to `log`; stop it when the block is left.

    Raises MeasurementError where the program does not exist or may not be executed.
    """
    read_end, write_end = os.pipe()
    with log.open("ab") as output:
        guard = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _GUARD, str(read_end), str(GRACE_S), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            pass_fds=(read_end,),
            env={**os.environ, **(environment or {})},
            cwd=folder,
            start_new_session=True,
        )
    os.close(read_end)
    assert guard.stdout
    with guard.stdout:
        first_line = guard.stdout.readline()
    if not first_line:
        os.close(write_end)
        guard.wait()
        raise MeasurementError(f"{command[0]} cannot be started", str(log), "Check that the program is installed and that its name is written right.")
    child = Child(guard, write_end, int(first_line))
    try:
        yield child
    finally:
        child.stop()


def last_lines(log: Path, count: int = 10) -> str:
    """The last lines of what a child wrote to its log, for an error message; '' where it wrote nothing."""
    if not log.exists():
        return ""
    with log.open("rb") as content:
        content.seek(max(0, log.stat().st_size - 20_000))
        lines = content.read().decode(errors="replace").splitlines()
    return "\n".join(lines[-count:])
