"""One spelling for texts that mean the same: what a client could send so that the result cache, which compares texts, knows them again.

Three stages, each with the ones before: white space and comments, the case of key words and plain names, and the order of literals in IN lists.
Literals and quoted names keep their spelling. A text that cannot be split into tokens stays as it is.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import pandas as pd
from sqlglot import tokenize
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from perfweek.warehouse.reuse.replay import Replay, replay_cache

STAGES: Final = ("the exact text", "without white space and comments", "in one case", "with the literals of IN lists in order")
_LITERALS = {TokenType.STRING, TokenType.NUMBER, TokenType.HEX_STRING, TokenType.RAW_STRING}
_MARKER = re.compile(r"%\(\w+\)s|(?<![:\w]):\d+|\?")


@lru_cache(maxsize=100_000)
def spelled(text: str, stage: int) -> str:
    """`text` with the first `stage` of the stages behind the first applied."""
    if not stage:
        return text
    try:
        tokens = tokenize(text, dialect="snowflake")
    except SqlglotError:
        return text
    words = [_word(token, text, stage > 1) for token in tokens if token.token_type != TokenType.SEMICOLON]
    return " ".join(_in_order(words, tokens) if stage > 2 else words)


def replays(runs: pd.DataFrame, reads: int | None = None, *, strict: bool = True) -> list[Replay]:
    """One for each of STAGES. `runs`: columns of sql/history/runs.sql; texts with markers whose bound values are not in the history count as
    never the same."""
    unknown = _unknown_values(runs)
    found = []
    for stage in range(len(STAGES)):
        keys = runs["text_key"].where(unknown, _keys(runs, stage)) if stage else runs["text_key"]
        alone = keys.where(~unknown, runs["query_id"] if "query_id" in runs else keys + pd.Series(range(len(runs)), index=runs.index).astype(str))
        found.append(replay_cache(runs.assign(text_key=alone), reads, strict=strict))
    return found


def differing(runs: pd.DataFrame) -> pd.DataFrame:
    """Texts that differ only in spelling: spellings (number), statements, text (one of them), first_stage (the stage that makes them one), the most
    statements first."""
    known = runs[(runs["writes"] == 0) & ~_unknown_values(runs)]
    if known.empty:
        return pd.DataFrame(columns=["spellings", "statements", "text", "first_stage"])
    grouped = known.assign(one=_keys(known, len(STAGES) - 1)).groupby("one")
    rows = grouped.agg(spellings=("text_key", "nunique"), statements=("text_key", "size"), text=("query_text", "first"))
    rows = rows[rows["spellings"] > 1].reset_index()
    keys = {stage: known.assign(one=_keys(known, len(STAGES) - 1), own=_keys(known, stage)).groupby("one")["own"].nunique() for stage in range(1, 4)}
    rows["first_stage"] = [next((STAGES[stage] for stage in (1, 2, 3) if keys[stage][one] == 1), STAGES[-1]) for one in rows["one"]]
    return rows.drop(columns="one").sort_values("statements", ascending=False, ignore_index=True)


def _keys(runs: pd.DataFrame, stage: int) -> pd.Series:
    bound = runs["bound"].fillna("") if "bound" in runs else pd.Series("", index=runs.index)
    texts = [spelled(text, stage) for text in runs["query_text"]]
    return pd.Series(texts, index=runs.index) + "\0" + bound


def _unknown_values(runs: pd.DataFrame) -> pd.Series:
    if "bound" not in runs:
        return pd.Series(data=False, index=runs.index)
    return runs["bound"].fillna("").isin(["", "[]"]) & (runs["writes"] == 0) & runs["query_text"].str.contains(_MARKER)


def _word(token: Token, text: str, one_case: bool) -> str:
    written = text[token.start : token.end + 1]
    if token.token_type in _LITERALS or written.startswith('"'):
        return written
    return written.lower() if one_case else written


def _in_order(words: Sequence[str], tokens: Sequence[Token]) -> list[str]:
    """The words with each list of literals behind an IN sorted, each literal once."""
    kinds = [token.token_type for token in tokens if token.token_type != TokenType.SEMICOLON]
    found: list[str] = []
    place = 0
    while place < len(words):
        found.append(words[place])
        if kinds[place] == TokenType.IN and (end := _list_end(kinds, place + 1)):
            literals = sorted({words[index] for index in range(place + 2, end, 2)})
            found += ["(", *" , ".join(literals).split(" "), ")"]
            place = end
        place += 1
    return found


def _list_end(kinds: Sequence[TokenType], begin: int) -> int:
    """Where a bracketed list of nothing but literals that begins there ends; 0 for anything else."""
    if begin >= len(kinds) or kinds[begin] != TokenType.L_PAREN:
        return 0
    place = begin + 1
    while place + 1 < len(kinds) and kinds[place] in _LITERALS:
        if kinds[place + 1] == TokenType.R_PAREN:
            return place + 1
        if kinds[place + 1] != TokenType.COMMA:
            return 0
        place += 2
    return 0
