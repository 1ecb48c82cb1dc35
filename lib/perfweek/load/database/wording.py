"""A statement in few words."""

import re

_LONGEST = 72
_SPACED = ((" . ", "."), (" , ", ", "), ("( ", "("), (" )", ")"))
_LIST = re.compile(r"^select (?!distinct\b).*? from ", re.DOTALL)


def shortened(text: str, longest: int = _LONGEST) -> str:
    """A fingerprint without the list of its columns, at most `longest` characters: 'select … from t where id = ?'."""
    words = " ".join(text.split())
    for spaced, close in _SPACED:
        words = words.replace(spaced, close)
    words = _LIST.sub("select … from ", words).replace("`", "'")
    return words if len(words) <= longest else f"{words[: longest - 1]}…"
