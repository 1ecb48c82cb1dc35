"""One spelling for texts that mean the same: what a client could send so that the result cache, which compares texts, knows them again.

Three stages, each with the ones before: white space and comments, the case of key words and plain names, and the order of literals in IN lists.
Literals and quoted names keep their spelling. Regular expressions, not a tokenizer: a history holds hundreds of thousands of texts.
"""

import re
from typing import Final

import pandas as pd

from perfweek.warehouse.reuse.replay import Replay, replay_cache

STAGES: Final = ("the exact text", "without white space and comments", "in one case", "with the literals of IN lists in order")
_MARKER = re.compile(r"%\(\w+\)s|(?<![:\w]):\d+|\?")
# Possessive and closed by the end of the text, so that no text takes more than a time in proportion to its length.
_KEPT = r"'(?:[^'\\]++|\\.|'')*+(?:'|\\?\Z)|\"[^\"]*+(?:\"|\Z)|\$\$.*?(?:\$\$|\Z)"
_COMMENT = r"--[^\n]*+|//[^\n]*+|/\*.*?(?:\*/|\Z)"
_PIECES = re.compile(rf"({_KEPT})|{_COMMENT}", re.DOTALL)
_SIGNS = {ord(sign): f" {sign} " for sign in "()[]{},;=<>!+-*/|^&~?#\\"}
_MARK = "\ue000"
"""Stands for what is kept: a character for private use, which no SQL holds."""
_HELD = re.compile(_MARK)
_NUMBER = r"-? ?\d[\w.]*"
_LIST = re.compile(rf"(\b[iI][nN]) \( ((?:{_MARK}|{_NUMBER})(?: , (?:{_MARK}|{_NUMBER}))*) \)")


def spellings(text: str) -> tuple[str, str, str]:
    """`text` after each of the stages behind the first. What stands in literals and quoted names is kept as it is in all of them."""
    if _MARK in text:
        return text, text, text
    kept: list[str] = []
    bare = _PIECES.sub(lambda piece: _hold(piece, kept), text)
    spaced = " ".join(bare.translate(_SIGNS).split()).removesuffix(";").rstrip()
    lower = spaced.lower()
    ordered, moved = _ordered(lower, kept)
    return _given_back(spaced, kept), _given_back(lower, kept), _given_back(ordered, moved)


def stage_keys(runs: pd.DataFrame) -> list[pd.Series]:
    """For each of STAGES what tells statements apart: the spelling, and the bound values. `runs`: columns of sql/history/runs.sql. A statement
    with markers whose values are not in the history is like no other."""
    unknown = _unknown_values(runs)
    alone = runs["query_id"] if "query_id" in runs else pd.Series(runs.index, index=runs.index)
    exact = runs["text_key"].where(~unknown, "alone " + alone.astype(str))
    texts = runs.drop_duplicates("text_key").set_index("text_key")["query_text"]
    spelled = {key: spellings(text) for key, text in texts.items()}
    bound = runs["bound"].fillna("") if "bound" in runs else ""
    later = [runs["text_key"].map({key: one[stage] for key, one in spelled.items()}) + "\0" + bound for stage in range(len(STAGES) - 1)]
    return [exact, *(keys.where(~unknown, exact) for keys in later)]


def replays(runs: pd.DataFrame, reads: int | None = None, *, strict: bool = True, stages: list[pd.Series] | None = None) -> list[Replay]:
    """One for each of STAGES, see `replay_cache`; `stages`: what `stage_keys` gave, where it is known."""
    found: list[Replay] = []
    known = 0
    for keys in stages or stage_keys(runs):
        distinct = keys.nunique()
        found.append(found[-1] if found and distinct == known else replay_cache(runs.assign(text_key=keys), reads, strict=strict))
        known = distinct
    return found


def differing(runs: pd.DataFrame, stages: list[pd.Series] | None = None) -> pd.DataFrame:
    """Texts that differ only in spelling: spellings (number), statements, text (one of them), first_stage (the stage that makes them one), the most
    statements first."""
    reads = runs[runs["writes"] == 0]
    keys = pd.DataFrame({str(stage): one.loc[reads.index] for stage, one in enumerate(stages or stage_keys(runs))})
    grouped = keys.assign(text=reads["query_text"], exact=reads["text_key"]).groupby(str(len(STAGES) - 1))
    rows = grouped.agg(spellings=("0", "nunique"), statements=("0", "size"), text=("text", "first"), one=("1", "nunique"), two=("2", "nunique"))
    rows = rows[rows["spellings"] > 1].reset_index(drop=True)
    rows["first_stage"] = [STAGES[1] if row.one == 1 else STAGES[2] if row.two == 1 else STAGES[3] for row in rows.itertuples()]
    return rows.drop(columns=["one", "two"]).sort_values("statements", ascending=False, ignore_index=True)


def _hold(piece: re.Match[str], kept: list[str]) -> str:
    if piece[1] is None:
        return " "
    kept.append(piece[1])
    return f" {_MARK} "


def _given_back(spelled: str, kept: list[str]) -> str:
    found = iter(kept)
    return _HELD.sub(lambda _: next(found), spelled) if kept else spelled


def _ordered(spelled: str, kept: list[str]) -> tuple[str, list[str]]:
    """Each list of literals behind an IN sorted, each literal once; and what is kept, in its new order."""
    left, moved = list(reversed(kept)), list[str]()
    end, parts = 0, list[str]()
    for match in _LIST.finditer(spelled):
        between = spelled[end : match.start()]
        moved += [left.pop() for _ in range(between.count(_MARK))]
        members = sorted({left.pop() if one == _MARK else one for one in match[2].split(" , ")})
        moved += members
        parts += [between, f"{match[1]} ( ", " , ".join(_MARK for _ in members), " )"]
        end = match.end()
    parts.append(spelled[end:])
    return "".join(parts), [*moved, *reversed(left)]


def _unknown_values(runs: pd.DataFrame) -> pd.Series:
    if "bound" not in runs:
        return pd.Series(data=False, index=runs.index)
    return runs["bound"].fillna("").isin(["", "[]"]) & (runs["writes"] == 0) & runs["query_text"].str.contains(_MARKER)
