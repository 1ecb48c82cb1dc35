"""Whether statements and their rewritten forms give the same: both are run on every case, and the smallest difference is shown."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
from sqlglot import exp

from perfweek.warehouse.proof.cases import Case, Known, cases
from perfweek.warehouse.proof.comparison import difference
from perfweek.warehouse.proof.engine import CannotRun, Engine, engine, text_of

SAMPLE = "a sample of the rows"
_MOST_TRIES = 120


@dataclass(frozen=True)
class Claim:
    """`after` gives what `before` gives. Both are queries with their values in place; `unnamed`: places of columns without a name of their own."""

    before: exp.Query
    after: exp.Query
    unnamed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Made:
    """A view: its qualified name in capitals, and what it holds."""

    name: str
    definition: exp.Select


@dataclass(frozen=True)
class Proof:
    """`claims` pairs ran on `cases` cases and gave `rows` rows together, each compared; `sampled` of them come from real rows.
    `counter_example`: where the two differ, in words; `problem`: why it could not be told. It holds where both are empty and rows were compared."""

    claims: int = 0
    cases: int = 0
    rows: int = 0
    sampled: int = 0
    counter_example: str = ""
    problem: str = ""

    @property
    def holds(self) -> bool:
        return not self.counter_example and not self.problem and self.rows > 0


def prove(claims: Sequence[Claim], known: Known, samples: Mapping[str, pa.Table], made: Made | None = None, seed: int = 1) -> Proof:
    """Run every claim on the samples (by qualified names in capitals) and on the cases made from `known`, until one differs.

    A proof by examples: it finds what differs there, and cannot exclude what differs nowhere there.
    """
    names = {*samples, *([made.name] if made else [])}
    texts = [_texts(claim, names) for claim in claims]
    proof = Proof()
    with engine() as runner:
        trial = _Trial(runner, made.name if made else "", text_of(made.definition, names) if made else "")
        for case in [Case(SAMPLE, samples), *cases(known, seed)]:
            try:
                rows, differing = trial.run(texts, case)
            except CannotRun as problem:
                return replace(proof, problem=f"the embedded engine does not run it: {problem}")
            if differing:
                return replace(proof, counter_example=_shown(trial, *differing, case))
            sampled = rows if case.name == SAMPLE else proof.sampled
            proof = Proof(len(claims), proof.cases + 1, proof.rows + rows, sampled)
    return proof


@dataclass(frozen=True)
class _Texts:
    """A claim in the engine's dialect: whole, and before the last rounding, which may turn on the last digit of a sum ('' without any)."""

    whole: tuple[str, str]
    unrounded: tuple[str, str]
    unnamed: tuple[int, ...]


@dataclass(frozen=True)
class _Trial:
    engine: Engine
    view: str
    definition: str

    def run(self, claims: Iterable[_Texts], case: Case) -> tuple[int, tuple[_Texts, str] | None]:
        """Rows compared, and the first claim that differs."""
        rows = 0
        self.engine.load(case.tables)
        if self.view:
            self.engine.make(self.view, self.definition)
        for claim in claims:
            count, words = self._compare(claim)
            rows += count
            if words:
                return rows, (claim, words)
        return rows, None

    def _compare(self, claim: _Texts) -> tuple[int, str]:
        before, after = (self.engine.run(text) for text in claim.whole)
        if not claim.unrounded[0]:
            return len(before.rows), difference(before, after, claim.unnamed)
        words = difference(replace(before, rows=[]), replace(after, rows=[]), claim.unnamed)
        before, after = (self.engine.run(text) for text in claim.unrounded)
        return len(before.rows), words or difference(before, after, range(len(before.names)))


def _texts(claim: Claim, names: Collection[str]) -> _Texts:
    pair = [_whole(query) for query in (claim.before, claim.after)]
    rounded = bool(claim.before.find(exp.Round))
    before, after = (text_of(query, names) for query in pair)
    bare = [text_of(_bare(query), names) for query in pair] if rounded else ["", ""]
    return _Texts((before, after), (bare[0], bare[1]), claim.unnamed)


def _whole(query: exp.Query) -> exp.Query:
    """Without its LIMIT, which among equals may keep any, and so without its order."""
    if not query.args.get("limit") and not query.args.get("order"):
        return query
    bare = query.copy()
    for part in ("limit", "offset", "order", "fetch"):
        bare.set(part, None)
    return bare


def _bare(query: exp.Query) -> exp.Query:
    copy = query.copy()
    for node in list(copy.find_all(exp.Round)):
        node.replace(node.this)
    return copy


def _shown(trial: _Trial, claim: _Texts, words: str, case: Case) -> str:
    if case.name == SAMPLE:
        return f"on {case.name}, {words}"
    small, words = _smaller(trial, claim, words, case)
    tables = "; ".join(f"{name.rpartition('.')[2].lower()}: {_rows(table)}" for name, table in small.tables.items())
    return f"{case.name} ({tables}), {words}"


def _smaller(trial: _Trial, claim: _Texts, words: str, case: Case) -> tuple[Case, str]:
    """The case with as few rows as still differ (delta debugging: Zeller and Hildebrandt 2002, halves first)."""
    tries = 0
    for name in case.tables:
        size = max(1, case.tables[name].num_rows // 2)
        while size and tries < _MOST_TRIES:
            start = 0
            while start < case.tables[name].num_rows and tries < _MOST_TRIES:
                rows = case.tables[name]
                fewer = Case(case.name, {**case.tables, name: pa.concat_tables([rows.slice(0, start), rows.slice(start + size)])})
                found, tries = trial.run([claim], fewer)[1], tries + 1
                case, words, start = (fewer, found[1], start) if found else (case, words, start + size)
            size //= 2
    return case, words


def _rows(table: pa.Table) -> str:
    if not table.num_rows:
        return "no rows"
    shown = [
        ", ".join(f"{name.lower()} {'NULL' if value is None else value}" for name, value in row.items()) for row in table.slice(0, 3).to_pylist()
    ]
    return " | ".join(shown) + (f" and {table.num_rows - 3} more rows" if table.num_rows > 3 else "")
