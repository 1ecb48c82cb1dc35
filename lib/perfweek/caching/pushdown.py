"""Curves of an access log that stays in the warehouse: `sql/cache/sample.sql` takes the sample there, and only that travels."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from perfweek.caching.curve import Unit
from perfweek.caching.engine.exact import exact_curve
from perfweek.caching.engine.requests import DELETE, READ, Requests
from perfweek.caching.engine.sampling import FEWEST, SampledCurve, scaled
from perfweek.caching.engine.ttl import Ttl
from perfweek.errors import ParameterError

SAMPLE, EXTENT = "cache/sample", "cache/extent"
EVER = (0.0, 1e11)  # epoch seconds


def sample_parameters(rate: float, salt: int, since: float = EVER[0], until: float = EVER[1]) -> dict[str, object]:
    """The parameters of the question SAMPLE for a share of the keys: the MD5 of a key begins below a bound with that chance."""
    if not 0 < rate <= 1:
        raise ParameterError(f"a sample is a share of the keys over 0 and up to 1, not {rate:g}")
    below = "g" if rate == 1 else f"{round(rate * 2**32):08x}"
    return {"salt": f"{salt}:", "below": below, "since": since, "until": until}


def requests_of(sample: pa.Table) -> Requests:
    """The rows of SAMPLE as requests, in order of time."""
    kinds = np.where(np.asarray(sample["is_write"], bool), DELETE, READ)
    keys = sample["key"].to_pandas()
    return Requests.of(keys, np.asarray(sample["seconds"], float), np.asarray(sample["bytes"]).astype(np.int64), kinds).in_order()


def curve_of_samples(samples: Sequence[pa.Table], rate: float, reads: int, unit: Unit = "objects", ttl: Ttl | None = None) -> SampledCurve:
    """The curve of the whole log of `reads` reads (the question EXTENT counts them), from samples with different salts."""
    found = [requests_of(sample) for sample in samples]
    curves = [scaled(exact_curve(requests, unit, ttl), rate, reads) for requests in found]
    sizes = np.concatenate([requests.needs("sizes", "a sample") for requests in found]) if found else np.zeros(0)
    size = float(sizes.mean()) if unit == "bytes" and sizes.size else 1.0
    objects = round(float(np.mean([curve.distinct for curve in curves]))) if curves else 0
    return SampledCurve(curves, rate, reads, objects, FEWEST / rate * size if rate < 1 else 0.0)
