"""Which views beside QUERY_HISTORY answered, which are empty, which may not be read and what grants them; lost connections: in words."""

from collections.abc import Iterator

import pandas as pd

from perfweek.warehouse.grants import views_of
from perfweek.warehouse.look import GRANTED, Look
from perfweek.warehouse.sql import read_sql
from perfweek.wording import count, listed

HISTORY = "query_history"


def empty(look: Look) -> list[str]:
    """Questions that could be asked and found nothing, in words."""
    return [name.replace("_", " ") for name in GRANTED if name not in look.native and name not in look.unread]


def not_granted_views(look: Look) -> list[str]:
    """Views that the role may not read."""
    return list(dict.fromkeys(view for remedy in look.unread.values() if remedy for view in _views(look, remedy)))


def absent(look: Look) -> list[str]:
    """Views that are not there at all: an export and the embedded engine have QUERY_HISTORY alone."""
    return _views(look, "")


def not_granted(look: Look) -> Iterator[str]:
    """A sentence for each grant that is missing: the views that it would open, and the statements."""
    for remedy in dict.fromkeys(look.unread.values()):
        if remedy:
            yield f"Not granted: {listed(_views(look, remedy))}. {remedy}"


def not_granted_table(look: Look) -> pd.DataFrame:
    """views, to read them: 1 row per grant that is missing."""
    remedies = [remedy for remedy in dict.fromkeys(look.unread.values()) if remedy]
    return pd.DataFrame({"views": [listed(_views(look, remedy)) for remedy in remedies], "to read them": remedies})


def taken_up_sentence(times: int) -> str:
    """What a lost connection did to the figures: nothing."""
    return (
        f"The connection was lost {count(times, 'time')} and taken up again; rows that had come were dropped and all fetched anew: none counts twice."
    )


def _views(look: Look, remedy: str) -> list[str]:
    names = [view for question, known in look.unread.items() if known == remedy for view in views_of(read_sql(f"history/{question}"))]
    return [name.upper() for name in dict.fromkeys(names) if name != HISTORY]
