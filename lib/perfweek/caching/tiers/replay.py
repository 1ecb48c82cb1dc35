"""A trace replayed through a design: which tier answered each request, and what each tier was asked and given."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perfweek.caching.engine.lru import Numbered
from perfweek.caching.engine.requests import Whole, microseconds
from perfweek.caching.tiers.design import Design, Store
from perfweek.caching.tiers.edge import REFUSED, TOO_LARGE, WRITES, edges_of
from perfweek.caching.tiers.store import HEAVIEST, Slots, slots_of
from perfweek.caching.tiers.walk import COUNTS, EXPIRED, Life, Rules, Trace, run
from perfweek.errors import ParameterError

TIERS = ("l4", "l1", "l2", "l3", "origin")
"""What answers, in the order in which a request meets them; the numbers of Answered.tiers are places in it."""
NOT_A_READ = 7
STALE, JOINED = 8, 16
"""Marks on an answer: it is from before the last write to its key; it came while the fetch that it stems from was still under way."""
_TIER = 7


@dataclass(frozen=True)
class Weights:
    """Bytes of each request's entry in L1 and in L2, where these hold bytes."""

    process: Whole | None = None
    shared: Whole | None = None


@dataclass(frozen=True)
class Answered:
    """`codes`: one a request, a place in TIERS and marks, NOT_A_READ for writes. `ages_s`: of answers from a cache, since the data left the
    warehouse (empty where not asked for). `fills`: entries put into l1 and l2; `evictions` of them; `expired`: found too old. `edge_writes`: taken
    by KV; `edge_refused`: for one write a second a key; `edge_too_large`: for 25 MiB."""

    codes: npt.NDArray[np.uint8]
    ages_s: npt.NDArray[np.float32]
    fills: tuple[int, int]
    evictions: tuple[int, int]
    expired: tuple[int, int]
    edge_writes: int
    edge_refused: int
    edge_too_large: int

    @property
    def tiers(self) -> npt.NDArray[np.uint8]:
        """The place in TIERS of each request; NOT_A_READ for writes."""
        return self.codes & np.uint8(_TIER)

    @property
    def stale(self) -> npt.NDArray[np.bool_]:
        return (self.codes & np.uint8(STALE)) > 0

    @property
    def joined(self) -> npt.NDArray[np.bool_]:
        """Answers that could not have been there yet: the fetch was under way. Without single flight each is one more fetch."""
        return (self.codes & np.uint8(JOINED)) > 0

    def shares(self) -> dict[str, float]:
        """The share of the reads that each tier answered; NaN without reads."""
        counts = np.bincount(self.tiers, minlength=NOT_A_READ + 1)[: len(TIERS)]
        return dict(zip(TIERS, (counts / counts.sum() if counts.sum() else counts * np.nan).tolist(), strict=True))


def replay_tiers(
    trace: Numbered,
    design: Design,
    weights: Weights | None = None,
    locations: npt.NDArray[np.uint8 | np.uint16] | None = None,
    ages: bool = False,
    seed: int = 1,
) -> Answered:
    """The requests through the tiers, in one pass.

    A design with times to live, an edge or a result cache needs times. A request's own ttl shortens that of the tiers; one of 0 is kept nowhere.
    `locations`: of each request at the edge, else spread by chance; so are the instances of random routing. `ages`: note them (8 bytes a request).
    Raises ParameterError where the trace lacks what the design needs.
    """
    requests, keys = trace.requests, trace.keys
    weights = weights or Weights()
    times = _times(trace, design)
    spread = np.random.default_rng(seed)
    process, shared = _stores(design, weights, keys)
    edge = edges_of(design.edge, keys)
    asked = Trace(
        trace.ids,
        times,
        np.zeros(0, np.int8) if requests.kinds is None else requests.kinds,
        np.zeros(0, np.int64) if requests.ttls is None else requests.ttls,
        _weight(weights.process),
        _weight(weights.shared),
        trace.sizes,
        _instances(design, len(requests), spread),
        _locations(design, len(requests), locations, spread),
    )
    codes, noted = np.empty(len(requests), np.uint8), np.zeros(len(requests) if ages else 0, np.int64)
    counts = np.zeros(COUNTS, np.int64)
    results = np.zeros(keys if design.results else 0, Life)
    written = np.full(keys if requests.kinds is not None and requests.kinds.any() else 0, -(1 << 62), np.int64)
    run(asked, _rules(design), process, shared, edge, results, written, codes, noted, counts)
    return _answered(codes, noted, counts, edge.counts)


def _stores(design: Design, weights: Weights, keys: int) -> tuple[Slots, Slots]:
    def empty(store: Store | None, weight: Whole | None, instances: int) -> Slots:
        lightest = 1 if weight is None else int(weight.min(initial=HEAVIEST))
        return slots_of(store.capacity if store else 0, keys, instances, lightest)

    return empty(design.process, weights.process, design.instances), empty(design.shared, weights.shared, 1)


def _answered(codes: npt.NDArray[np.uint8], noted: Whole, counts: Whole, edge: Whole) -> Answered:
    fills, evictions, expired = ((int(first), int(second)) for first, second in counts[: EXPIRED + 2].reshape(-1, 2))
    writes, refused, too_large = (int(edge[place]) for place in (WRITES, REFUSED, TOO_LARGE))
    return Answered(codes, (noted / 1e6).astype(np.float32), fills, evictions, expired, writes, refused, too_large)


def _times(trace: Numbered, design: Design) -> Whole:
    finite = any(store and store.ttl_s < np.inf for store in (design.process, design.shared))
    if trace.requests.times is None:
        if finite or design.edge or design.results or trace.requests.ttls is not None:
            raise ParameterError("a design with times to live needs the times of the requests, and the trace has none")
        return np.zeros(len(trace.requests), np.int64)
    return trace.requests.times


def _weight(weights: Whole | None) -> npt.NDArray[np.int32]:
    return np.zeros(0, np.int32) if weights is None else np.minimum(weights, HEAVIEST).astype(np.int32)


def _instances(design: Design, requests: int, spread: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Empty where the key decides."""
    by_chance = design.routing == "random" and design.instances > 1 and design.process
    return spread.integers(0, design.instances, requests if by_chance else 0, np.uint8)


def _locations(design: Design, requests: int, given: npt.NDArray[np.uint8 | np.uint16] | None, spread: np.random.Generator) -> npt.NDArray[np.uint16]:
    if not design.edge:
        return np.zeros(0, np.uint16)
    if given is not None:
        return (given % design.edge.locations).astype(np.uint16)
    return spread.integers(0, design.edge.locations, requests, np.uint16)


def _rules(design: Design) -> Rules:
    results = design.results
    spans = [store.ttl_s if store else np.inf for store in (design.process, design.shared, design.edge)]
    spans += [results.kept_s if results else 0, results.longest_s if results else 0, design.fetch_s]
    process, shared, edge, kept, longest, fetch = (int(span) for span in microseconds(spans))
    telling = ("nothing", "shared", "every").index(design.tells)
    return Rules(process, shared, edge, kept, longest, fetch, design.exclusive, design.inherits, telling)
