"""Time to live, counted from the moment an entry was filled: what it takes away from a curve, in one more pass."""

import numpy as np
import numpy.typing as npt
from numba import njit

from perfweek.caching.distances import STALE, Ids, Marks


def with_expiry(
    distances: npt.NDArray[np.integer], ids: Ids, times: npt.ArrayLike, ttl_s: float, writes: Marks | None = None
) -> npt.NDArray[np.integer]:
    """The distances with STALE where the entry had expired: `ttl_s` seconds or more since it was filled (`times` in seconds).

    When an entry was filled depends on the size of the cache; here it is that of a cache without limit, which refills a key only
    when it expires or is deleted (Sultan et al., EuroSys 2024). A smaller cache refills earlier, so this overstates the misses
    of small caches a little: by at most 0.005 in the tests, against a simulation of each size.
    """
    deletes = np.zeros(0, np.bool_) if writes is None else np.ascontiguousarray(writes, np.bool_)
    filled = np.full(int(ids.max()) + 1 if ids.size else 0, -np.inf)
    expired = _expired(ids, np.asarray(times, float), ttl_s, deletes, filled)
    return np.where(expired & (distances >= 0), STALE, distances)


@njit(cache=True)
def _expired(ids, times, ttl_s, writes, filled):
    expired = np.zeros(ids.size, np.bool_)
    for now in range(ids.size):
        key = ids[now]
        if writes.size and writes[now]:
            filled[key] = -np.inf
        elif not times[now] - filled[key] < ttl_s:
            expired[now] = True
            filled[key] = times[now]
    return expired
