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
    that are. `orders`: table -> what its rows are sorted by afterwards; `keys`: table -> the clustering key that it then has. Names
    and expressions are in Snowflake's dialect."""

    path: Path
    purpose: str
    statements: tuple[str, ...]
    made: tuple[str, ...]
    changed: tuple[str, ...]
    orders: dict[str, tuple[str, ...]]
    keys: dict[str, tuple[str, ...]]

    @property
    def tables(self) -> tuple[str, ...]:
        return (*self.changed, *self.made)


def read_script(path: Path) -> Script:
    """Raises EvidenceError for a script that is damaged."""
    try:
        text = path.read_text(encoding="utf-8")
        statements = tuple(_statements(text))
        trees = [sqlglot.parse_one(statement, read="snowflake") for statement in statements]
    except (SqlglotError, UnicodeDecodeError, OSError) as error:
        raise EvidenceError("the script cannot be read", str(path), "Run Wednesday again: perfweek run wednesday --again") from error
    creates = [tree for tree in trees if isinstance(tree, exp.Create) and tree.kind == "TABLE"]
    alters = [tree for tree in trees if isinstance(tree, exp.Alter)]
    made = tuple(_table(tree) for tree in creates if not tree.args.get("replace"))
    changed = tuple(dict.fromkeys(_table(tree) for tree in (*creates, *alters) if _table(tree) not in made))
    orders = {_table(tree): _order(tree) for tree in creates if _order(tree)}
    keys = {_table(tree): key for tree in alters if (key := _key(tree))}
    return Script(path, _purpose(text), statements, made, changed, orders, keys)


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
