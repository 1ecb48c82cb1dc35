"""Where keys land in a Redis Cluster: 16,384 slots by CRC16, shared out among the masters in stretches."""

import binascii
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from perfweek.caching.logged import Logged, key_lengths, share_of_windows
from perfweek.caching.redis_memory import string_bytes
from perfweek.stats import Estimate

SLOTS = 16_384


def hashed_part(key: bytes) -> bytes:
    """What of a key is hashed: the bytes between its first { and the next }, where there are any between them; else the whole key.

    >>> hashed_part(b"{user1000}.following"), hashed_part(b"foo{}{bar}"), hashed_part(b"foo{{bar}}zap")
    (b'user1000', b'foo{}{bar}', b'{bar')
    """
    start = key.find(b"{")
    end = key.find(b"}", start + 1) if start >= 0 else -1
    return key[start + 1 : end] if end > start + 1 else key


def slot_of(key: str) -> int:
    """The slot of a key: CRC16 (XMODEM: polynomial 0x1021, from 0) of what is hashed of it, modulo 16,384."""
    return binascii.crc_hqx(hashed_part(key.encode("utf-8", "surrogatepass")), 0) % SLOTS


def shard_of(slots: npt.NDArray[np.int64], shards: int) -> npt.NDArray[np.int64]:
    """The master of each slot, as redis-cli shares them out among `shards`: equal stretches."""
    ends = np.rint(np.arange(1, shards + 1) * SLOTS / shards)
    return np.searchsorted(ends, slots, side="right")


@dataclass(frozen=True)
class Balance:
    """How the log's keys and requests lie on `shards` masters. `keys`: one row a key, most requested first: key, requests, bytes, slot, shard.
    `hottest`: the share of the requests that go to the first. `tagged`: keys with a hash tag. `length_bytes`: of Redis's memory, what the mean key
    costs more than one of 16 bytes; `entry_bytes`: of an entry, key and value, at the mean."""

    shards: int
    keys: pd.DataFrame
    hottest: Estimate
    tagged: int
    key_length: float
    length_bytes: float
    entry_bytes: float

    @property
    def by_shard(self) -> pd.DataFrame:
        """One row a shard: shard, keys, requests, bytes (of values), share (of the requests)."""
        grouped = self.keys.groupby("shard").agg(keys=("key", "size"), requests=("requests", "sum"), bytes=("bytes", "sum"))
        table = grouped.reindex(range(self.shards), fill_value=0)
        return table.assign(share=table["requests"] / max(1, table["requests"].sum())).rename_axis("shard").reset_index()

    @property
    def skew(self) -> float:
        """Requests of the busiest shard over those of a mean one."""
        return float(self.by_shard["share"].max() * self.shards)

    @property
    def hot_slots(self) -> pd.DataFrame:
        """The slots with more than a shard's share of the requests, or else the five busiest: slot, requests, share, keys."""
        slots = self.keys.groupby("slot").agg(requests=("requests", "sum"), keys=("key", "size"))
        slots = slots.assign(share=slots["requests"] / slots["requests"].sum()).sort_values("requests", ascending=False)
        return slots.head(max(5, int((slots["share"] > 1 / self.shards).sum()))).reset_index()[["slot", "requests", "share", "keys"]]

    @property
    def too_hot(self) -> pd.DataFrame:
        """Keys with more requests than a shard's share: no other distribution of the slots helps them."""
        return self.keys[self.keys["requests"] > self.keys["requests"].sum() / self.shards]


def balance_of(logged: Logged, shards: int) -> Balance:
    """The reads of a log on so many masters. The log must have reads."""
    reads = logged.reads
    keys = reads.groupby("key", sort=False).agg(requests=("key", "size"), bytes=("bytes", "max")).reset_index()
    slots = np.array([slot_of(key) for key in keys["key"]], np.int64)
    keys = keys.assign(slot=slots, shard=shard_of(slots, shards)).sort_values("requests", ascending=False, kind="stable", ignore_index=True)
    hottest = share_of_windows(reads["key"].to_numpy() == keys["key"].iloc[0], reads["time"].to_numpy(float))
    lengths = key_lengths(keys["key"])
    values = np.maximum(keys["bytes"].to_numpy(np.int64), 1)
    entry, short = (string_bytes(length, values, len(keys)).mean() for length in (lengths, np.full(len(keys), 16)))
    tagged = sum(hashed_part(key.encode("utf-8", "surrogatepass")) != key.encode("utf-8", "surrogatepass") for key in keys["key"])
    return Balance(shards, keys, hottest, tagged, float(lengths.mean()), float(entry - short), float(entry))
