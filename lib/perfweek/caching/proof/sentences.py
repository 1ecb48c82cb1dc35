"""What is said of the proof."""

from collections.abc import Sequence

from perfweek.caching.proof.redis_replay import Replayed
from perfweek.wording import number, percent

WITHIN = 0.02
"""Predictions must lie so near to what is measured: 2 points."""


def replay_sentence(found: Sequence[Replayed]) -> str:
    """How far the model of Redis's eviction is from a real server."""
    worst = max(found, key=lambda one: abs(one.difference))
    verdict = "within" if abs(worst.difference) <= WITHIN else "not within"
    return (
        f"Redis {worst.version} replayed {worst.requests:,} reads of the log at {len(found)} sizes: predicted and measured miss ratio differ by "
        f"{number(100 * abs(worst.difference))} points at most (predicted {percent(worst.predicted)}, measured {percent(worst.measured)} with "
        f"{worst.entries:,} entries), {verdict} {number(100 * WITHIN)} points."
    )


def replay_note(found: Sequence[Replayed]) -> str:
    seconds = sum(one.seconds for one in found)
    return (
        f"n = {found[0].requests:,} reads a size, one replay each in {number(seconds)} s in all, so that Redis's clock of a second orders little; "
        "the model is given the entries that the server held and the times at which it was asked. One replay of one trace has no interval."
    )
