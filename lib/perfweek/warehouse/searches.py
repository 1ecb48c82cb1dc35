"""Searches of a WHERE that a search access path could answer: equality, IN, IS NULL and parts of texts, on columns and on paths of variants.

What Snowflake supports (docs.snowflake.com/en/user-guide/search-optimization/queries-that-benefit): the column stands bare, a cast or a function
is on the constant at most; of texts, patterns with five known characters in a row.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from perfweek.warehouse.constants import is_constant
from perfweek.warehouse.names import written_name

Method = Literal["EQUALITY", "SUBSTRING"]
FEWEST_CHARACTERS = 5
_PATTERNS = (exp.Like, exp.ILike, exp.RegexpLike, exp.Contains, exp.StartsWith, exp.EndsWith)


@dataclass(frozen=True)
class Search:
    """A search that could be optimized: `column` in lower case, `target` as it is written in SQL: the column, or a path of a variant."""

    method: Method
    column: str
    target: str

    def __str__(self) -> str:
        return f"{self.method.lower()}({self.target})"


def searches_of(where: exp.Expr | None) -> list[Search]:
    """The searches among the conditions that ANDs join, each once; a row must pass each, so one that is optimized suffices."""
    return list(dict.fromkeys(search for part in _parts(where) for search in _search(part))) if where is not None else []


def native_search(text: str) -> Search | None:
    """What COLUMN_QUERY_PRUNING_HISTORY names: 'EQUALITY("DEVICE_ID")'; None for another form, or a path."""
    match = re.fullmatch(r'(EQUALITY|SUBSTRING)\("((?:[^"]|"")+)"\)', text.strip())
    if match is None:
        return None
    name = match[2].replace('""', '"')
    return Search("EQUALITY" if match[1] == "EQUALITY" else "SUBSTRING", name.lower(), written_name(name))


def _parts(node: exp.Expr) -> Iterator[exp.Expr]:
    inner = node.unnest()
    if isinstance(inner, exp.And):
        yield from _parts(inner.left)
        yield from _parts(inner.right)
    else:
        yield inner


def _search(part: exp.Expr) -> Iterator[Search]:
    if isinstance(part, exp.EQ):
        for side, other in ((part.this, part.expression), (part.expression, part.this)):
            if is_constant(other):
                yield from _of("EQUALITY", side)
    elif _is_listed(part) or (isinstance(part, exp.Is) and isinstance(part.expression, exp.Null)):
        yield from _of("EQUALITY", part.this)
    elif isinstance(part, _PATTERNS) and _is_long_enough(part):
        yield from _of("SUBSTRING", part.this)


def _is_listed(part: exp.Expr) -> bool:
    return isinstance(part, exp.In) and bool(part.expressions) and all(is_constant(one) for one in part.expressions)


def _of(method: Method, node: exp.Expr) -> Iterator[Search]:
    if isinstance(node, exp.Column):
        yield Search(method, node.name.lower(), written_name(node.name))
        return
    inner = node.this if isinstance(node, exp.Cast) else node
    if isinstance(inner, exp.JSONExtract) and isinstance(inner.this, exp.Column) and isinstance(inner.expression, exp.JSONPath):
        keys = [part.this for part in inner.expression.expressions if isinstance(part, exp.JSONPathKey)]
        if keys and len(keys) == len(inner.expression.expressions) - 1:  # the root comes first
            path = ".".join(exp.to_identifier(str(key), quoted=True).sql("snowflake") for key in keys)
            yield Search(method, inner.this.name.lower(), f"{written_name(inner.this.name)}:{path}")


def _is_long_enough(part: exp.Expr) -> bool:
    """A bound value is taken to be long enough: its length is not in the text."""
    pattern = part.expression
    if not isinstance(pattern, exp.Literal):
        return isinstance(pattern, exp.Expr) and is_constant(pattern)
    return max(map(len, re.split(r"[^\w@/:-]", str(pattern.this)))) >= FEWEST_CHARACTERS
