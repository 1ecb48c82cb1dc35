"""The runbooks."""

from perfweek.errors import ParameterError
from perfweek.runbook.book import Runbook
from perfweek.runbook.books.cache_roll_out import CACHE_ROLL_OUT
from perfweek.runbook.books.cache_warm_up import CACHE_WARM_UP
from perfweek.runbook.books.incident import INCIDENT
from perfweek.runbook.books.load_test import LOAD_TEST
from perfweek.runbook.books.monitoring_setup import MONITORING_SETUP
from perfweek.runbook.books.pool_exhaustion import POOL_EXHAUSTION
from perfweek.runbook.books.regression_rollback import REGRESSION_ROLLBACK
from perfweek.runbook.books.slow_endpoint import SLOW_ENDPOINT
from perfweek.runbook.books.warehouse_change import WAREHOUSE_CHANGE

RUNBOOKS: tuple[Runbook, ...] = (
    INCIDENT,
    MONITORING_SETUP,
    LOAD_TEST,
    WAREHOUSE_CHANGE,
    CACHE_ROLL_OUT,
    CACHE_WARM_UP,
    REGRESSION_ROLLBACK,
    SLOW_ENDPOINT,
    POOL_EXHAUSTION,
)


def find_runbook(name: str) -> Runbook:
    """Raises ParameterError that names the known ones."""
    found = next((book for book in RUNBOOKS if book.name == name), None)
    if found is None:
        raise ParameterError(f"there is no runbook {name!r}", remedy=f"Runbooks are: {', '.join(book.name for book in RUNBOOKS)}.")
    return found
