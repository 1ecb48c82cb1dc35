"""A change script: its statements, the tables that it changes or makes, and what these are like afterwards."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from perfweek.errors import EvidenceError


@dataclass(frozen=True)
class Script:
    """`purpose`: its first comment. `statements`: as they stand in the file. `made`: tables that are not there before it; `changed`: those
    that are; `derived`: those that are filled anew from others at each run, there or not. `keeps_rows`: no row is moved or removed.
    `orders`: table -> what its rows are sorted by afterwards; `keys`: table -> the clustering key that it then has. Names
    and expressions are in Snowflake's dialect."""

    path: Path
    purpose: str
    statements: tuple[str, ...]
    made: tuple[str, ...]
    changed: tuple[str, ...]
    orders: dict[str, tuple[str, ...]]
    keys: dict[str, tuple[str, ...]]
    derived: tuple[str, ...] = ()
    keeps_rows: bool = True

    @property
    def tables(self) -> tuple[str, ...]:
        return (*self.changed, *self.made, *self.derived)

    @property
    def can_be_told(self) -> bool:
        """Whether the tables' state says that the script has run."""
        return bool(self.made or self.orders or self.keys) and self.keeps_rows


def read_script(path: Path) -> Script:
    """Raises EvidenceError for a script that is damaged."""
    try:
        text = path.read_text(encoding="utf-8")
        statements = tuple(_statements(text))
        trees = [_tree(statement) for statement in statements]
    except (SqlglotError, UnicodeDecodeError, OSError) as error:
        raise EvidenceError("the script cannot be read", str(path), "Run Wednesday again: perfweek run wednesday --again") from error
    creates = [tree for tree in trees if isinstance(tree, exp.Create) and tree.kind == "TABLE"]
    alters = [tree for tree in trees if isinstance(tree, exp.Alter) and tree.args.get("kind") == "TABLE"]
    made = tuple(dict.fromkeys(_table(tree) for tree in creates if not tree.args.get("replace")))
    read = {name for tree in creates for name in _sources(tree)}
    derived = tuple(name for tree in creates if (name := _table(tree)) not in made and name not in read)
    changed = tuple(dict.fromkeys(name for tree in (*creates, *alters) if (name := _table(tree)) not in (*made, *derived)))
    orders = {_table(tree): _order(tree) for tree in creates if _order(tree)}
    keys = {_table(tree): key for tree in alters if (key := _key(tree))}
    keeps_rows = not any(isinstance(tree, exp.Insert | exp.Delete) for tree in trees)
    return Script(path, _purpose(text), statements, made, changed, orders, keys, derived, keeps_rows)


_COMMANDS = ("show", "describe", "explain", "begin", "commit", "alter session", "alter warehouse")
"""Statements of which no table's state follows; not all of them can be parsed."""


def _tree(statement: str) -> exp.Expr:
    plain = " ".join(statement.lower().split())
    if plain.startswith(_COMMANDS) or "search optimization" in plain:
        return exp.Command(this=statement)
    return sqlglot.parse_one(statement, read="snowflake")


def _sources(tree: exp.Create) -> list[str]:
    """The tables that fill it."""
    return [table.sql("snowflake", comments=False) for table in tree.expression.find_all(exp.Table)] if tree.expression else []


def _purpose(text: str) -> str:
    first = text.splitlines()[0] if text else ""
    return first.removeprefix("-- ").removeprefix("Change: ").removeprefix("Undo: ") if first.startswith("--") else ""


def _statements(text: str) -> Iterator[str]:
    """Cut at the semicolons that end statements, not at those in a literal, a quoted name or a comment."""
    tokens: list[Token] = []
    for token in sqlglot.tokenize(text, read="snowflake"):
        if token.token_type != TokenType.SEMICOLON:
            tokens.append(token)
        elif tokens:
            yield text[tokens[0].start : tokens[-1].end + 1]
            tokens = []
    if tokens:
        yield text[tokens[0].start : tokens[-1].end + 1]


def _table(tree: exp.Expression) -> str:
    return str((tree.this.find(exp.Table) or tree.this).sql("snowflake", comments=False))


def _order(tree: exp.Create) -> tuple[str, ...]:
    order = tree.expression.args.get("order") if tree.expression else None
    return _texts([term.this for term in order.expressions]) if order else ()


def _key(tree: exp.Alter) -> tuple[str, ...]:
    """Of `alter table ... cluster by (...)`."""
    found = [action for action in tree.args.get("actions") or () if isinstance(action, exp.ClusterProperty)]
    return _texts(found[0].expressions) if found else ()


def _texts(terms: Sequence[exp.Expression]) -> tuple[str, ...]:
    return tuple(term.sql("snowflake", comments=False) for term in terms)
