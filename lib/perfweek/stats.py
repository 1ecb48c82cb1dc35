"""Estimates with their uncertainty."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval, the number of observations behind it and how the interval was made.

    `low` and `high` are NaN where the data identify no bound (say so in the report: a missing bound is a result).
    """

    value: float
    low: float
    high: float
    n: int
    method: str
