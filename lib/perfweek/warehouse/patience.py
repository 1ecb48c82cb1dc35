"""How long a request to Snowflake is tried again, and which errors say that the connection or the session is lost.

By itself the connector repeats a request for as long as nobody answers, with the same request id, by which Snowflake tells a repetition.
Its `network_timeout` would end that, and cancel every statement that runs for longer; so its back-off ends here.
"""

import re
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final

from snowflake.connector import errors

PATIENCE_S: Final = 30
"""A login, and each request, is given up after so many seconds without an answer."""
_REQUEST_FAILED: Final = 250003
_LONGEST_WAIT_S = 8
_ENDED = {390104, 390111, 390112, 390113, 390114, 390115, 250002, 290401}
"""Log in again; session gone; session or master token expired, not found, invalid; closed; 401 Unauthorized."""
_LOST = {_REQUEST_FAILED, 250001, 250005, 251011, 251012, 252010, 252013, 255005}
"""Request, login or server failed; timeout; retryable; chunk not downloaded; fewer rows than announced; an Arrow stream that breaks off."""
_HTTP = range(290000, 291000)
_LOGIN = range(390000, 400000)
"""Whose session it may be: a refusal, whatever its SQLSTATE."""
_READ = re.compile(r"(?:\s|\(|--[^\n]*(?:\n|$)|/\*.*?\*/)*(?:select|with|show|describe|desc|explain|values|list|ls)\b", re.IGNORECASE | re.DOTALL)
_PROCEDURE = re.compile(r"\bas\s+procedure\b", re.IGNORECASE)


class Loss(StrEnum):
    """What is lost: the connection for the moment, or the session with what was set in it."""

    connection = "the connection"
    session = "the session"


def tried_for(seconds: float) -> Callable[[], Iterator[int]]:
    """A back-off policy of the connector: it waits 1, 2, 4, 8, 8, ... s, and gives up `seconds` after the first failure."""

    def waits() -> Iterator[int]:
        wait = 1
        yield wait
        first_failed = time.monotonic()  # asked for the next wait only when a request has failed
        while time.monotonic() - first_failed < seconds:
            wait = min(2 * wait, _LONGEST_WAIT_S)
            yield wait
        raise errors.OperationalError(msg="no answer", errno=_REQUEST_FAILED, sqlstate="08001")

    return waits


def loss_of(error: Exception) -> Loss | None:
    """What the error says is lost; None for a refusal. An error of HTTP is a loss too: Snowflake is not well, or the address of a part of
    a result has ended."""
    if not isinstance(error, errors.Error):
        return Loss.connection if isinstance(error, OSError) else None
    if error.errno in _ENDED:
        return Loss.session
    unnamed = str(error.sqlstate).startswith("08") and error.errno not in _LOGIN
    return Loss.connection if error.errno in _LOST or error.errno in _HTTP or unnamed else None


def is_read(sql: str) -> bool:
    """Whether a statement only reads, so that it may be run again."""
    return bool(_READ.match(sql)) and not _PROCEDURE.search(sql)
