"""The runbooks."""

from perfweek.errors import ParameterError
from perfweek.runbook.book import Runbook
from perfweek.runbook.books.warehouse_change import WAREHOUSE_CHANGE

RUNBOOKS: tuple[Runbook, ...] = (WAREHOUSE_CHANGE,)


def find_runbook(name: str) -> Runbook:
    """Raises ParameterError that names the known ones."""
    found = next((book for book in RUNBOOKS if book.name == name), None)
    if found is None:
        raise ParameterError(f"there is no runbook {name!r}", remedy=f"Runbooks are: {', '.join(book.name for book in RUNBOOKS)}.")
    return found
