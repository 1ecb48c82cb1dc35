"""Telling statements apart by their shape: the text with its literals removed."""

import re
from functools import lru_cache
from hashlib import md5

from sqlglot import tokenize
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

_LITERALS = {TokenType.STRING, TokenType.RAW_STRING, TokenType.NUMBER, TokenType.HEX_STRING}
_MARKER = re.compile(r"%\(\w+\)s")
_LIST = re.compile(r"\( \?(?: , \?)+ \)")
_ROWS = re.compile(r"(\( \? \))(?: , \( \? \))+")


@lru_cache(maxsize=4096)
def fingerprint(text: str) -> str:
    """The statement with every literal and bound parameter as `?`, a list of them as one, identifiers in lower case.

    `select * from T where id in (1, 2)` gives `select * from t where id in ( ? )`. A text that cannot be split into
    tokens (truncated at Snowflake's limit of 100,000 characters, say) is its own fingerprint, with spaces folded.
    """
    try:
        tokens = tokenize(_MARKER.sub("?", text), dialect="snowflake")
    except SqlglotError:
        return " ".join(text.split())
    shape = " ".join("?" if _is_value(tokens, index) else _written(token) for index, token in enumerate(tokens))
    return _ROWS.sub(r"\1", _LIST.sub("( ? )", shape)).removesuffix(" ;")


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
    return md5(shape.encode(), usedforsecurity=False).hexdigest()


def _written(token: Token) -> str:
    return f'"{token.text}"' if token.token_type is TokenType.IDENTIFIER else token.text.lower()


def _is_value(tokens: list[Token], index: int) -> bool:
    if tokens[index].token_type in _LITERALS:
        return True
    named = index > 0 and tokens[index - 1].token_type is TokenType.COLON and tokens[index].token_type is TokenType.NUMBER
    return tokens[index].text == "?" or named
