"""Ranking search results: BM25 over name and description, weighted by the quality of the asset."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_WORD = re.compile(r"[a-z0-9]+")
_SATURATION, _LENGTH_WEIGHT = 1.2, 0.75


def words(text: str) -> list[str]:
    """The words of a text in lower case: `Daily_Revenue 7` gives daily, revenue, 7."""
    return _WORD.findall(text.lower())


def rank(query: Sequence[str], candidates: Iterable[Mapping[str, Any]], limit: int) -> list[dict[str, Any]]:
    """The `limit` best candidates with a `score` added, best first, the newer (larger number) of equals first.

    Okapi BM25 (Robertson and Zaragoza 2009, https://doi.org/10.1561/1500000019), over the candidates as the collection,
    times 0.5 + quality_score / 2. Candidates without any word of the query are left out.
    """
    found = [(row, words(f"{row['name']} {row['description']}")) for row in candidates]
    if not found:
        return []
    mean_length = sum(len(text) for _, text in found) / len(found)
    rarity = {word: _rarity(word, [text for _, text in found]) for word in set(query)}
    scored = [(_score(text, rarity, mean_length) * (0.5 + row["quality_score"] / 2), row) for row, text in found]
    best = sorted((entry for entry in scored if entry[0] > 0), key=lambda entry: (-entry[0], -entry[1]["asset_id"]))
    return [{**row, "score": round(score, 4)} for score, row in best[:limit]]


def _rarity(word: str, texts: Sequence[Sequence[str]]) -> float:
    holding = sum(word in text for text in texts)
    return math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))


def _score(text: Sequence[str], rarity: Mapping[str, float], mean_length: float) -> float:
    counts = Counter(text)
    damping = _SATURATION * (1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * len(text) / mean_length)
    return sum(weight * counts[word] * (_SATURATION + 1) / (counts[word] + damping) for word, weight in rarity.items() if counts[word])
