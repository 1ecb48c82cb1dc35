"""Times of a file to microseconds: in which unit they are is found from what the file says, or from their size."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from perfweek.caching.engine.requests import Whole
from perfweek.errors import EvidenceError

UNITS = {"s": 1e6, "ms": 1e3, "us": 1.0, "ns": 1e-3}
NAMES = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
_EPOCH = (("s", 1e8, 1e11), ("ms", 1e11, 1e14), ("us", 1e14, 1e17), ("ns", 1e17, 1e20))  # 1973 to 5138 in each unit


@dataclass
class Clock:
    """Converts times. `unit`: as the user or the file states it, '' to find it; `usual`: of the format, for times that do not say."""

    unit: str = ""
    usual: str = ""
    how: str = ""
    _range: tuple[float, float] | None = field(default=None, init=False)

    def microseconds(self, times: npt.NDArray[np.float64], place: str) -> Whole:
        """`times` are numbers from 0. `place` says where in the file they are. Raises EvidenceError where their unit changes."""
        if not times.size:
            return np.zeros(0, np.int64)
        if not self.how:
            self._find(float(np.median(times)))
        if self._range:
            other = np.flatnonzero((times < self._range[0]) | (times >= self._range[1]))
            if other.size:
                raise EvidenceError(
                    f"times in different units: {times[other[0]]:.15g} is not in {NAMES[self.unit]} since 1970, as the first times are",
                    place,
                    "Write all times in one unit.",
                )
        return np.rint(times * UNITS[self.unit]).astype(np.int64)

    def _find(self, typical: float) -> None:
        epoch = next(((unit, low, high) for unit, low, high in _EPOCH if low <= typical < high), None)
        if self.unit:
            self.how = f"times are in {NAMES[self.unit]}, as stated"
            scale = UNITS[self.unit] / UNITS["s"]
            self._range = (1e8 / scale, 1e11 / scale) if 1e8 <= typical * scale < 1e11 else None
        elif epoch and not self.usual:
            self.unit, self._range = epoch[0], epoch[1:]
            self.how = f"times are {NAMES[self.unit]} since 1970, going by their size"
        elif self.usual:
            self.unit = self.usual
            self.how = f"times are in {NAMES[self.unit]}, as is usual in this format"
        else:
            self.unit = "s"
            self.how = "times start near 0 and do not state their unit: taken as seconds"
