"""What status the tool suggests: only after two clear weeks, so that chance near a threshold does not turn it. A person sets it."""

from collections.abc import Sequence
from dataclasses import dataclass

CLEAR = ("supports", "opposes")
WEEKS = 2
_STATUS = {
    ("proposed", "supports"): "accept it",
    ("proposed", "opposes"): "reject it",
    ("accepted", "opposes"): "look at it again: write a record that supersedes it",
    ("rejected", "supports"): "look at it again: write a record that proposes it anew",
    ("deprecated", "supports"): "look at it again: write a record that proposes it anew",
}


@dataclass(frozen=True)
class Suggestion:
    """`standing`: the last verdict that held for two weeks running, '' for none yet; `clear_weeks`: for how many weeks this week's clear verdict
    has been said, 0 where it is not clear; `words`: what to do with the record's status."""

    standing: str
    clear_weeks: int
    words: str


def standing_after(verdicts: Sequence[str], weeks: int = WEEKS) -> str:
    """The verdict that stands after these weeks, oldest first: a clear one that was repeated without a break; '' where none was.

    >>> standing_after(["opposes", "opposes", "supports", "inconclusive", "supports"])
    'opposes'
    """
    standing, last, run = "", "", 0
    for verdict in verdicts:
        run = run + 1 if verdict == last else 1
        last = verdict
        if verdict in CLEAR and run >= weeks:
            standing = verdict
    return standing


def suggest(status: str, verdicts: Sequence[str]) -> Suggestion:
    """What to do with a record of that status, from the verdicts of the weeks up to this one, oldest first."""
    standing = standing_after(verdicts)
    clear = 0
    for verdict in reversed(verdicts):
        if verdict not in CLEAR or verdict != verdicts[-1]:
            break
        clear += 1
    return Suggestion(standing, clear, _words(status.partition(" ")[0], standing, verdicts[-1] if verdicts else "", clear))


def _words(status: str, standing: str, now: str, clear: int) -> str:
    if 0 < clear < WEEKS and now != standing:
        return f"leave it {status}: the evidence {now} for the first week, and one week may be chance"
    return _STATUS.get((status, standing), f"leave it {status}")
