"""The checks of an interface, in the order of its principles; each finding is an id of CHECKS."""

from perfweek.decisions.api.checks import (
    arrays,
    batches,
    budgets,
    caching,
    compression,
    coverage,
    fields,
    idempotency,
    limits,
    long_operations,
    paging,
    texts,
)
from perfweek.decisions.api.finding import Check

CHECKS: tuple[Check, ...] = (
    paging.UNPAGED,
    paging.LIMIT_WITHOUT_MAXIMUM,
    paging.OFFSET,
    paging.TOTAL,
    arrays.UNBOUNDED,
    arrays.NESTED,
    fields.NO_SELECTION,
    batches.NO_BATCH,
    caching.NO_VALIDATOR,
    compression.UNDOCUMENTED,
    idempotency.NO_KEY,
    limits.NO_RATE_LIMIT,
    long_operations.NO_202,
    texts.UNBOUNDED,
    budgets.NOT_DECLARED,
    budgets.MISSED,
    coverage.UNSEEN,
    coverage.UNDECLARED,
)
