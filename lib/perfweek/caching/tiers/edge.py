"""Workers KV for a kernel: one central value a key, and what each location has read of it."""

from typing import Any, NamedTuple

import numpy as np

from perfweek.caching.engine.bits import inlined
from perfweek.caching.engine.requests import microseconds
from perfweek.caching.tiers.design import KV_LARGEST, KV_WRITE_EVERY_S, Edge

COPY = np.dtype([("until", np.int64), ("born", np.int64)])
CENTRAL = np.dtype([("until", np.int64), ("born", np.int64), ("written", np.int64)])
_LONG_AGO = -(1 << 62)
TTL, CACHED, PROPAGATION, WRITE_EVERY, LARGEST, LOCATIONS = range(6)
WRITES, REFUSED, TOO_LARGE = range(3)


class Edges(NamedTuple):
    """`copies`: key * locations + location. `rules`: microseconds, bytes. `counts`: writes taken, writes refused (429), values too large."""

    central: Any
    copies: Any
    rules: Any
    counts: Any


def edges_of(edge: Edge | None, keys: int) -> Edges:
    """An empty edge; one without keys stands for none."""
    there = keys if edge else 0
    edge = edge or Edge(60)
    central, copies = np.zeros(there, CENTRAL), np.zeros(there * edge.locations, COPY)
    central["written"] = central["until"] = copies["until"] = _LONG_AGO
    spans = microseconds([edge.ttl_s, edge.cached_s, edge.propagation_s, KV_WRITE_EVERY_S])
    return Edges(central, copies, np.array([*spans, KV_LARGEST, edge.locations], np.int64), np.zeros(3, np.int64))


@inlined
def look(edge, key, location, now):
    """When the value that this location gives was born; _LONG_AGO for none. A read of the central value leaves a copy here."""
    copy = key * edge.rules[LOCATIONS] + location
    if now < edge.copies[copy].until:
        return edge.copies[copy].born
    if now < edge.central[key].until and now >= edge.central[key].written + edge.rules[PROPAGATION]:
        edge.copies[copy].until = min(now + edge.rules[CACHED], edge.central[key].until)
        edge.copies[copy].born = edge.central[key].born
        return edge.copies[copy].born
    return np.int64(_LONG_AGO)


@inlined
def fill(edge, key, location, now, born, life, size):
    """Write a value that this location has just been given: it sees it at once. A second write within a second is refused."""
    if size > edge.rules[LARGEST]:
        edge.counts[TOO_LARGE] += 1
    elif now < edge.central[key].written + edge.rules[WRITE_EVERY]:
        edge.counts[REFUSED] += 1
    else:
        edge.counts[WRITES] += 1
        edge.central[key].until, edge.central[key].born, edge.central[key].written = now + life, born, now
        copy = key * edge.rules[LOCATIONS] + location
        edge.copies[copy].until = now + min(edge.rules[CACHED], life)
        edge.copies[copy].born = born


@inlined
def delete(edge, key, now):
    """A delete is a write; one that is refused is tried again until it is taken, here at once. Copies stay until they end."""
    refused = now < edge.central[key].written + edge.rules[WRITE_EVERY]
    edge.counts[REFUSED] += refused
    edge.counts[WRITES] += 1
    edge.central[key].until, edge.central[key].written = _LONG_AGO, now


@inlined
def holds(born):
    """Whether `look` found something."""
    return born != _LONG_AGO
