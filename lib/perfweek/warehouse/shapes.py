"""What one shape of statement is: its kind, the tables it reads, the columns it gives, and the family that it belongs to.

A shape is parsed once, however many statements have it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from perfweek.warehouse.fingerprint import MOST_CHARACTERS, digest

SEVERAL = "SEVERAL"
UNPARSED = "UNPARSED"
MOST_PARSED = 200_000
_VALUE = re.compile(r"(?<=\s)\?(?=\s|$)")
_STAND_INS = ("?", "'0'", "0")
"""What stands where a value was: some places take only a marker, some only a text (`interval '1 day'`), some only a number."""
_LOOSE = re.compile(r" ?(\.) ?|(?<=\() | (?=[,)])")
_SHARD_MARK = re.compile(r"(?<=\w)_#")
_WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Copy, exp.Drop, exp.Alter, exp.TruncateTable)
_KINDS = {exp.Transaction: "TRANSACTION", exp.Commit: "TRANSACTION", exp.Rollback: "TRANSACTION"}


@dataclass(frozen=True)
class Shape:
    """`kind`: SELECT, INSERT, ..., SEVERAL for more than one statement in a text, UNPARSED; `tables`: those read, `written`: those
    changed, in lower case; `columns`: what the result's columns are called; `problem`: why the text could not be parsed, if so.

    `family` is the same before and after a rewrite that keeps the tables, the columns of the result and the kind: it links the two.
    """

    text: str
    kind: str
    tables: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    statements: int = 1
    problem: str = ""

    @property
    def shown(self) -> str:
        """The text as people write it: its tokens without blanks around points, before commas and inside brackets."""
        return _LOOSE.sub(r"\1", self.text)

    @property
    def id(self) -> str:
        return digest(self.text)

    @property
    def family(self) -> str:
        """Its own id where the text tells no tables and columns."""
        if self.problem or not (self.tables or self.written or self.columns):
            return self.id
        return digest("\n".join((self.kind, *self.tables, "into", *self.written, "gives", *self.columns)))


@lru_cache(maxsize=4096)
def read_shape(text: str) -> Shape:
    """The parts of a shape as `fingerprint` gives it. Never raises: what cannot be parsed is a shape of kind UNPARSED."""
    if len(text) > MOST_PARSED:
        return Shape(text, UNPARSED, problem=f"longer than {MOST_PARSED:,} characters")
    problem: Exception | None = None
    for value in _STAND_INS:
        try:
            trees = [tree for tree in sqlglot.parse(_VALUE.sub(value, _SHARD_MARK.sub("_0", text)), read="snowflake") if tree]
            break
        except (SqlglotError, RecursionError) as error:
            problem = problem or error
    else:
        statements = text.count(" ; ") + 1
        return Shape(text, SEVERAL if statements > 1 else UNPARSED, statements=statements, problem=_problem(problem, text))
    if not trees:
        return Shape(text, UNPARSED, problem="no statement in it")
    if any(isinstance(tree, exp.Command) for tree in trees) and len(trees) == 1:
        return Shape(text, trees[0].name.upper() or "COMMAND")
    return _of_trees(text, trees)


def _of_trees(text: str, trees: list[exp.Expr]) -> Shape:
    kinds = [_kind(tree) for tree in trees]
    written = [_name(table) for tree in trees for table in _written(tree)]
    read = [name for tree in trees for name in _read(tree)]
    columns = _columns(trees[0]) if len(trees) == 1 else ()
    kind = kinds[0] if len(trees) == 1 else SEVERAL
    return Shape(text, kind, tuple(sorted(set(read))), tuple(sorted(set(written))), columns, len(trees))


def _kind(tree: exp.Expr) -> str:
    for node, kind in _KINDS.items():
        if isinstance(tree, node):
            return kind
    return "SELECT" if isinstance(tree, exp.Query) else tree.key.upper()


def _written(tree: exp.Expr) -> list[exp.Table]:
    target = tree.this if isinstance(tree, _WRITES) else None
    found = target if isinstance(target, exp.Table) else target.find(exp.Table) if isinstance(target, exp.Schema) else None
    return [found] if found is not None else []


def _read(tree: exp.Expr) -> list[str]:
    """Tables that stand in the statement, without what it defines itself and the one it only writes to."""
    own = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    written = {id(table) for table in _written(tree)}
    tables = [table for table in tree.find_all(exp.Table) if id(table) not in written and table.name]
    return [_name(table) for table in tables if table.db or table.name.lower() not in own]


def _name(table: exp.Table) -> str:
    return ".".join(part.name.lower() for part in table.parts)


def _columns(tree: exp.Expr) -> tuple[str, ...]:
    if isinstance(tree, exp.Query):
        return tuple((one.alias_or_name or one.sql("snowflake")).lower() for one in tree.selects)
    if isinstance(tree, exp.Update):
        return tuple(sorted(one.this.name.lower() for one in tree.expressions if isinstance(one, exp.EQ)))
    return ()


def _problem(error: Exception | None, text: str) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if len(text) >= MOST_CHARACTERS // 2:
        return "cut at 100,000 characters or damaged"
    return re.sub(r"\x1b\[[\d;]*m", "", str(error)).strip().splitlines()[0][:200]
