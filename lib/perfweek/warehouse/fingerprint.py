"""Telling statements apart by their shape: the text without literals, comments, case and the numbers of shards.

Two steps, because a tokenizer takes ten times as long as one regular expression: `skeleton` takes out what differs between
most texts, and only skeletons that were not met before are split into tokens.
"""

import re
from functools import lru_cache
from hashlib import md5
from itertools import pairwise

from sqlglot import tokenize
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

MOST_CHARACTERS = 100_000
"""Snowflake cuts a query text there; what an export holds beyond it is cut as well."""

_LITERALS = {TokenType.STRING, TokenType.RAW_STRING, TokenType.NUMBER, TokenType.HEX_STRING}
_MARKER = re.compile(r"%\(\w+\)s")
# Possessive and closed by the end of the text, so that no text takes more than a time in proportion to its length.
_STRING = r"'(?:[^'\\]++|\\.|'')*+(?:'|\\?\Z)"
_NUMBER = r"(?<![\w$.])(?:\d++\.?+\d*+|\.\d++)(?:[eE][+-]?\d++)?+(?![\w$])"
_VALUES = re.compile(rf"{_STRING}|{_NUMBER}|%\(\w+\)s", re.DOTALL)
_VALUE = rf"(?P<value>{_STRING}|\$\$.*?(?:\$\$|\Z)|{_NUMBER}|%\(\w+\)s)"
_PIECES = re.compile(rf"{_VALUE}|(?P<name>\"[^\"]*+(?:\"|\Z))|(?P<comment>--[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z))", re.DOTALL)
_FEW = re.compile(r"\(\s*+\?(?:\s*+,\s*+\?)++\s*+(?:\)|(?:,\s*+)?\Z)")
_LIST = re.compile(r"\( \?(?: , \?)+(?: \)|(?: ,)?\Z)")
_ROWS = re.compile(r"(\( \? \))(?: , \( \? \))+")
_PLAIN = re.compile(r"[A-Z_][A-Z0-9_$]*")
_SHARD = re.compile(r"(?<=\w)_\d+$")
_BEFORE_TABLE = {TokenType.FROM, TokenType.JOIN, TokenType.INTO, TokenType.UPDATE, TokenType.TABLE, TokenType.USING}
_ENDS_FROM = {
    *(TokenType.WHERE, TokenType.GROUP_BY, TokenType.ORDER_BY, TokenType.HAVING, TokenType.LIMIT, TokenType.UNION, TokenType.SELECT),
    *(TokenType.ON, TokenType.SET, TokenType.SEMICOLON, TokenType.VALUES, TokenType.QUALIFY, TokenType.WITH),
}
_OPERANDS = {")", "]", "?"}


def fingerprint(text: str) -> str:
    """The statement with every literal and bound parameter as `?`, a list of them as one, identifiers in lower case.

    `select * from T_7 where id in (1, 2)` gives `select * from t_# where id in ( ? )`: `_` and digits at the end of a table's
    name are taken for the number of a shard. A text that cannot be split into tokens is its own fingerprint, with spaces folded.
    """
    found = skeleton(text)
    return _shape(found) if len(found) < 10_000 else _long_shape(found)


def skeleton(text: str) -> str:
    """The first 100,000 characters without comments and with `?` for literals, one that is cut off too.

    Texts that share it share their fingerprint.
    """
    text = text[:MOST_CHARACTERS]
    plain = '"' not in text and "--" not in text and "/*" not in text and "//" not in text and "$$" not in text
    bare = _VALUES.sub("? ", text) if plain else _PIECES.sub(_piece, text)
    return _FEW.sub("( ? )", bare)


def _piece(match: re.Match[str]) -> str:
    return {"value": "? ", "comment": " "}.get(str(match.lastgroup), match[0])


@lru_cache(maxsize=16384)
def _shape(bare: str) -> str:
    try:
        tokens = tokenize(bare, dialect="snowflake")
    except SqlglotError:
        return " ".join(bare.split())
    words = _words(tokens)
    return _ROWS.sub(r"\1", _LIST.sub("( ? )", " ".join(words))).removesuffix(" ;")


@lru_cache(maxsize=512)
def _long_shape(bare: str) -> str:
    """A few only: at most 50 MB of them are kept."""
    return _shape.__wrapped__(bare)


def _words(tokens: list[Token]) -> list[str]:
    """The tokens as they are written in a shape: one sign before a value, and the colon of `:1`, belong to the value."""
    sharded = _sharded(tokens)
    words: list[str] = []
    for place, token in enumerate(tokens):
        word = "?" if token.token_type in _LITERALS and words[-1:] != ["$"] else _written(token)
        if word == "?" and words and _belongs(words):
            words.pop()
        known = _SHARD.sub("_#", word.strip('"')) if place in sharded else word
        words.append(known)
    return words


def _belongs(words: list[str]) -> bool:
    if words[-1] == ":":
        return len(words) < 2 or not (words[-2][-1].isalnum() or words[-2][-1] in '"])_')
    return words[-1] == "-" and (len(words) < 2 or not (words[-2] in _OPERANDS or words[-2][-1].isalnum() or words[-2][-1] in '"_#'))


def _sharded(tokens: list[Token]) -> set[int]:
    """Places of the names that end in a shard's number: those of tables, and those tables' names before a column."""
    places = [place for place in _table_places(tokens) if _SHARD.search(tokens[place].text)]
    defined = {one.text.lower() for one, after, bracket in zip(tokens, tokens[1:], tokens[2:], strict=False) if _defines(after, bracket)}
    names = {tokens[place].text.lower() for place in places} - defined
    qualifiers = {place for place, (token, after) in enumerate(pairwise(tokens)) if after.token_type is TokenType.DOT and token.text.lower() in names}
    return {place for place in places if tokens[place].text.lower() in names} | qualifiers if names else set()


def _defines(after: Token, bracket: Token) -> bool:
    return after.token_type is TokenType.ALIAS and bracket.token_type is TokenType.L_PAREN


def _table_places(tokens: list[Token]) -> list[int]:
    """Places of tables' names: after FROM, JOIN and the like, and after a comma of the same FROM; each part of a dotted name."""
    places: list[int] = []
    from_at: dict[int, bool] = {}
    depth, expected = 0, False
    for place, token in enumerate(tokens):
        kind = token.token_type
        if kind is TokenType.L_PAREN:
            depth, expected = depth + 1, False
            from_at[depth] = False
        elif kind is TokenType.R_PAREN:
            depth = max(0, depth - 1)
        elif kind in _BEFORE_TABLE:
            from_at[depth] = from_at.get(depth, False) or kind is TokenType.FROM
            expected = True
        elif kind in _ENDS_FROM:
            from_at[depth] = expected = False
        elif kind is TokenType.COMMA:
            expected = from_at.get(depth, False)
        elif kind is TokenType.DOT:
            expected = bool(places) and places[-1] == place - 1
        elif expected:
            places.append(place)
            expected = False
    return places


@lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """The statement without comments, with single spaces and identifiers in lower case; literals stay."""
    try:
        tokens = tokenize(_MARKER.sub("?", text), dialect="snowflake")
    except SqlglotError:
        return " ".join(text.split())
    return " ".join(repr(token.text) if token.token_type in _LITERALS else _written(token) for token in tokens)


def digest(shape: str) -> str:
    """32 hexadecimal digits, as long as Snowflake's query hashes; for grouping, not for security."""
    return md5(shape.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def _written(token: Token) -> str:
    """A quoted name that needs no quotes is the same name without them."""
    if token.token_type is TokenType.IDENTIFIER:
        return token.text.lower() if _PLAIN.fullmatch(token.text) else f'"{token.text}"'
    return token.text.lower()
