"""The files of sql/: one question each."""

from functools import cache
from pathlib import Path

from perfweek.errors import EvidenceError
from perfweek.project import project_folder


@cache
def read_sql(name: str) -> str:
    """The text of a question, such as 'history/slow_statements'. Raises EvidenceError where there is no such file."""
    path = sql_folder() / f"{name}.sql"
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise EvidenceError(f"there is no question {name!r}", str(path), "Install perfweek again: its sql folder is not whole.") from error


def sql_folder() -> Path:
    """sql/ of the checkout, or of the installed package."""
    return project_folder("sql")


def question(sql: str) -> str:
    """What the file's first comment asks, in one line."""
    first = sql.splitlines()[0]
    return first.removeprefix("-- Question:").strip()
