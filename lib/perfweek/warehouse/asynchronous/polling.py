"""What waiting for an asynchronous statement by asking costs: its end is only seen at the next question.

The connector asks at once, and then after pauses that grow: 0.5 s times 1, 1, 2, 3, 4, 8, 10, 10, ...
(snowflake-connector-python 4, cursor.py, ASYNC_RETRY_PATTERN: the same as the JDBC driver's).
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
PAUSES_S: Final = tuple(0.5 * times for times in (1, 1, 2, 3, 4, 8, 10))


def seen_done(elapsed_s: ArrayLike) -> Floats:
    """When statements that take `elapsed_s` are seen to be done, in seconds after their start."""
    elapsed = np.asarray(elapsed_s, dtype=float)
    longest = float(elapsed.max(initial=0.0))
    early = np.concatenate([[0.0], np.cumsum(PAUSES_S)])
    later = np.arange(early[-1] + PAUSES_S[-1], longest + 2 * PAUSES_S[-1], PAUSES_S[-1])
    asked = np.concatenate([early, later])
    return asked[np.searchsorted(asked, elapsed, side="left")]


def overshoot(elapsed_s: ArrayLike) -> Floats:
    """Seconds between a statement's end and the question that sees it."""
    return seen_done(elapsed_s) - np.asarray(elapsed_s, dtype=float)
