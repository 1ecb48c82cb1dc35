"""How many statements the result cache could answer: a replay in time order, with every write.

A result is reused for exactly the same text, while no table that the text names was written since the result's statement began,
for 24 hours after its last use and for 31 days at most (docs.snowflake.com/en/user-guide/querying-persisted-results).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

DAY_S = 86_400.0
LONGEST_S = 31 * DAY_S
EXPIRED, CHANGING, UNFINISHED = "not used for 24 hours, or kept for 31 days", "new at every run (a random value, the time)", "not finished yet"
_INSTANT_S = 1e-4
"""A statement ends after it began, where its times do not show it too."""
_WRITTEN = re.compile(
    r"\b(?:insert\s+(?:overwrite\s+)?into|merge\s+into|copy\s+into|delete\s+from|update|truncate(?:\s+table)?(?:\s+if\s+exists)?"
    r"|(?:create|alter|drop)\s+(?:or\s+replace\s+)?(?:transient\s+)?table(?:\s+if\s+(?:not\s+)?exists)?)\s+([\w$.\"]+)",
    re.IGNORECASE,
)
_CHANGING = re.compile(r"\b(?:random|randstr|uuid_string|current_timestamp|sysdate|localtimestamp|getdate|seq[1248])\b", re.IGNORECASE)


@dataclass(frozen=True)
class Replay:
    """`repeated` reads ran a text that had finished before, `surviving` of them could have been answered from the cache; both of `reads`,
    among `statements` of all kinds. `saved_ms` is their execution time, `repeated_ms` that of all repeated ones. `lost`: why the others could
    not, and how many: EXPIRED, CHANGING, UNFINISHED, or the name of a table that was written meanwhile."""

    statements: int
    reads: int
    repeated: int
    surviving: int
    repeated_ms: float
    saved_ms: float
    lost: Mapping[str, int] = field(default_factory=dict)

    @property
    def repeated_share(self) -> float:
        """Of the reads."""
        return self.repeated / self.reads if self.reads else float("nan")

    @property
    def surviving_share(self) -> float:
        """Of all statements."""
        return self.surviving / self.statements if self.statements else float("nan")


def replay_cache(runs: pd.DataFrame, reads: int | None = None, *, strict: bool = True) -> Replay:
    """`runs`: the columns of sql/history/runs.sql, in any order; `reads`: of all texts, those not repeated too.

    A write that ends while a statement runs ends its result too; not `strict`: only those after it do, as where what is recorded as
    the start is the moment of waiting for a connection.
    """
    known = mentions(runs.loc[runs["writes"] == 0].drop_duplicates("text_key"), written_tables(runs.loc[runs["writes"] == 1, "query_text"]))
    starts, ends = (_seconds(runs[name]).tolist() for name in ("start_time", "end_time"))
    rows = list(zip(runs["text_key"], runs["writes"], runs["query_text"], runs["execution_ms"].fillna(0).astype(float), strict=True))
    events = sorted(
        [(at, 1, place) for place, at in enumerate(starts)] + [(max(at, starts[place] + _INSTANT_S), 0, place) for place, at in enumerate(ends)]
    )
    state = _State(known, strict)
    for at, starting, place in events:
        key, writes, text, took = rows[place]
        if writes and not starting:
            state.write(written_tables([text]))
        elif not writes:
            if starting:
                state.start(place, key, at, took)
            else:
                state.finish(place, key, at)
    all_reads = sum(not row[1] for row in rows) if reads is None else reads
    statements = all_reads + sum(bool(row[1]) for row in rows)
    return Replay(statements, all_reads, state.repeated, state.surviving, state.repeated_ms, state.saved_ms, dict(state.lost.most_common()))


def written_tables(texts: Iterable[str]) -> set[str]:
    """The last parts of the names of tables that the texts change, in lower case."""
    return {name.replace('"', "").rpartition(".")[2].lower() for text in texts for name in _WRITTEN.findall(text or "")} - {""}


def mentions(texts: pd.DataFrame, tables: set[str]) -> dict[str, frozenset[str] | None]:
    """text_key -> the tables among `tables` that the text names; None for a text whose result is new every time.

    Any mention counts, in a damaged text too: that never finds too many hits.
    """
    names = re.compile("|".join(rf"\b{re.escape(name)}(?!\d)" for name in sorted(tables, key=len, reverse=True))) if tables else None
    found: dict[str, frozenset[str] | None] = {}
    for key, text in zip(texts["text_key"], texts["query_text"], strict=True):
        found[key] = None if _CHANGING.search(text) else frozenset(names.findall(text.lower()) if names else ())
    return found


class _State:
    """The cache as it is replayed."""

    def __init__(self, tables: dict[str, frozenset[str] | None], strict: bool) -> None:
        self._tables = tables
        self._strict = strict
        self._versions: dict[str, int] = {}
        self._began: dict[int, tuple[int, ...]] = {}
        self._kept: dict[str, tuple[tuple[int, ...], float, float]] = {}
        self._finished: set[str] = set()
        self.repeated = self.surviving = 0
        self.repeated_ms = self.saved_ms = 0.0
        self.lost: Counter[str] = Counter()

    def write(self, tables: set[str]) -> None:
        for table in tables:
            self._versions[table] = self._versions.get(table, 0) + 1

    def start(self, place: int, key: str, at: float, took_ms: float) -> None:
        now = self._state_of(key)
        if key in self._finished:
            self.repeated += 1
            self.repeated_ms += took_ms
        state, made, used = self._kept.get(key, ((), 0.0, 0.0))
        if key in self._kept and state == now and at - used <= DAY_S and at - made <= LONGEST_S:
            self.surviving += 1
            self.saved_ms += took_ms
            self._kept[key] = (state, made, at)
            return
        if key in self._finished:
            self.lost[self._reason(key, now)] += 1
        self._began[place] = now

    def _reason(self, key: str, now: tuple[int, ...]) -> str:
        tables = self._tables[key]
        if tables is None:
            return CHANGING
        if key not in self._kept:
            return UNFINISHED
        state = self._kept[key][0]
        written = [name for name, then, since in zip(sorted(tables), state, now, strict=True) if then != since]
        return written[0] if written else EXPIRED

    def finish(self, place: int, key: str, at: float) -> None:
        self._finished.add(key)
        if place in self._began and self._tables[key] is not None:
            began = self._began.pop(place)
            self._kept[key] = (began if self._strict else self._state_of(key), at, at)

    def _state_of(self, key: str) -> tuple[int, ...]:
        return tuple(self._versions.get(table, 0) for table in sorted(self._tables[key] or ()))


def _seconds(times: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(times):
        return times.astype(float)
    return pd.to_datetime(times, utc=True).astype("datetime64[us, UTC]").astype("int64") / 1e6
