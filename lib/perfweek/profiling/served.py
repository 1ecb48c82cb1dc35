"""How many requests a service worked on in a stretch of time: each counts with the part of its duration that lies there.

Counted by their start alone, requests that one window leaves to the next would make the first look cheap and the second expensive.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def served(requests: pd.DataFrame, edges: ArrayLike) -> Floats:
    """Requests between each two neighbours of `edges` (epoch seconds, ascending); `requests` has time (of the start) and duration_ms."""
    start = requests["time"].to_numpy(float)
    length = np.maximum(requests["duration_ms"].to_numpy(float) / 1000, 1e-9)
    return np.diff([float(np.clip((edge - start) / length, 0, 1).sum()) for edge in np.asarray(edges, dtype=float)])


def served_by_endpoint(requests: pd.DataFrame, start: float, end: float) -> dict[str, float]:
    """endpoint -> requests between `start` and `end`, those without any left out."""
    near = requests[(requests["time"] < end) & (requests["time"] + requests["duration_ms"] / 1000 > start)]
    return {str(name): float(served(rows, [start, end])[0]) for name, rows in near.groupby("endpoint")}
