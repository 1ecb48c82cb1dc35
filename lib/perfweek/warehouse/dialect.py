"""From Snowflake's dialect with `%(name)s` markers to a DuckDB statement with bound parameters, once per text."""

import re
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from perfweek.errors import WarehouseError
from perfweek.warehouse.fingerprint import canonical, digest, fingerprint

_PERCENT = re.compile(r"%(?:\((?P<name>\w+)\)s|(?P<escaped>%)|(?P<alone>.?))", re.DOTALL)
_KINDS = {exp.Query: "SELECT", exp.Transaction: "BEGIN_TRANSACTION"}


@dataclass(frozen=True)
class Statement:
    """One translated statement: DuckDB's text, the names of its parameters in the order of their markers, and its
    QUERY_TYPE, QUERY_HASH and QUERY_PARAMETERIZED_HASH (the hash of `fingerprint`: every literal removed, which joins
    more texts than Snowflake's own rule does)."""

    text: str
    duckdb: str
    names: tuple[str, ...]
    kind: str
    query_hash: str
    parameterized_hash: str


@lru_cache(maxsize=4096)
def translate(text: str) -> Statement:
    """Translate one statement. Raises WarehouseError for a syntax error, several statements, or a marker in quotes."""
    marked, names = named_markers(text)
    try:
        trees = [tree for tree in sqlglot.parse(marked, read="snowflake") if tree]
    except SqlglotError as error:
        raise WarehouseError(f"the statement cannot be read: {_first_problem(error)}", _excerpt(text), "Mend it there.") from error
    if len(trees) != 1:
        raise WarehouseError(f"{len(trees)} statements in one call", _excerpt(text), "Give one statement at a time.")
    tree = trees[0].transform(_text_of_json)
    if {str(marker.this) for marker in tree.find_all(exp.Placeholder)} != set(names):
        raise WarehouseError("a parameter's marker stands in quotes or in a comment", _excerpt(text), "Write %(name)s alone: the value is bound.")
    return Statement(text, tree.sql("duckdb"), names, _kind(tree), digest(canonical(text)), digest(fingerprint(text)))


def named_markers(text: str) -> tuple[str, tuple[str, ...]]:
    """`text` with `%(name)s` as `:name`, and the names in order. A text without markers is left as it is, percent signs too."""
    if not re.search(r"%\(\w+\)s", text):
        return text, ()
    names = []

    def replace(match: re.Match[str]) -> str:
        if match["name"]:
            names.append(match["name"])
            return f":{match['name']}"
        if match["escaped"]:
            return "%"
        raise WarehouseError("a percent sign stands alone in a statement with parameters", _excerpt(text), "Write it twice: %%.")

    return _PERCENT.sub(replace, text), tuple(names)


def _kind(tree: exp.Expression) -> str:
    """QUERY_TYPE: the kind of statement, 'UNKNOWN' for what is none in Snowflake's dialect (DuckDB's own checkpoint, say)."""
    for node, kind in _KINDS.items():
        if isinstance(tree, node):
            return kind
    return "UNKNOWN" if isinstance(tree, exp.Condition) else tree.key.upper()


def _text_of_json(node: exp.Expression) -> exp.Expression:
    """`variant:path::string` is the bare text in Snowflake; DuckDB's cast of a JSON string would keep its quotes."""
    if isinstance(node, exp.Cast) and node.is_type("text") and isinstance(node.this, exp.JSONExtract):
        return exp.JSONExtractScalar(**node.this.args)
    return node


def _first_problem(error: SqlglotError) -> str:
    return re.sub(r"\x1b\[[\d;]*m", "", str(error)).strip().splitlines()[0]


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:119] + "…"
