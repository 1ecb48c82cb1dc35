"""Kernels become machine code at their first call, and are kept on disk: beside their sources, or in Numba's folder of the user where that cannot
be written. The first cost is told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import event


class _Listener(event.TimingListener):
    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell
        self._told = False

    def on_start(self, occurred: Any) -> None:
        if not self._told:
            self._told = True
            self._tell("compiling the engine for this machine, once (some seconds)...")
        super().on_start(occurred)


@contextmanager
def told(tell: Callable[[str], None]) -> Iterator[None]:
    """Tell when something is compiled inside, and at the end how long that took."""
    listener = _Listener(tell)
    with event.install_listener("numba:compile", listener):
        yield
    if listener.done:
        tell(f"compiled in {listener.duration:.1f} s; from now on it is ready")
