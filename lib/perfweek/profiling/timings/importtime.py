"""Import times from what `python -X importtime` writes to its error stream."""

import re
from dataclasses import dataclass

_MARK = "import time:"
_LINE = re.compile(r"import time:\s+(\d{1,15}) \|\s+(\d{1,15}) \| ( *)(\S.*)")
_HEADER = "import time: self [us]"


@dataclass(frozen=True)
class Import:
    """One module: microseconds of its own code and with all that it imports first; `depth` 0 is imported by nothing that was traced."""

    module: str
    self_us: int
    cumulative_us: int
    depth: int


@dataclass(frozen=True)
class Imports:
    """The modules in the order in which their import ended: those that a module imports stand before it. `damaged`: lines that cannot be read."""

    modules: tuple[Import, ...]
    damaged: int

    @property
    def total_us(self) -> int:
        """The time of all imports: the sum of `self_us`. Cumulative times hold each other and are never added."""
        return sum(one.self_us for one in self.modules)


def read_importtime(text: str) -> Imports:
    """The imports in the output of one process; other lines of it are passed over."""
    modules, damaged = [], 0
    for line in text.splitlines():
        found = _LINE.fullmatch(line.rstrip())
        if found:
            self_us, cumulative_us, indent, module = found.groups()
            modules.append(Import(module[:300], int(self_us), int(cumulative_us), len(indent) // 2))
        elif _MARK in line and not line.startswith(_HEADER):
            damaged += 1
    return Imports(tuple(modules), damaged)
