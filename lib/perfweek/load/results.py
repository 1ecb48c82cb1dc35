"""k6's results as tables; the reader is in reading/."""

from perfweek.load.reading.results import MORE_COLUMNS, PART_COLUMNS, REQUEST_COLUMNS, Results, read_results

__all__ = ["MORE_COLUMNS", "PART_COLUMNS", "REQUEST_COLUMNS", "Results", "read_results"]
