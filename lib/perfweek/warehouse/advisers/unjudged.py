"""What each adviser came to: its findings, or why it has none, so that what could not be judged is not taken for what is well."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

import pandas as pd

from perfweek.warehouse.advisers.finding import Finding
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.prices import credits_per_hour

_NAMES: Final = {"right_sizing": "right-sizing", "auto_suspend": "auto-suspend", "asynchronous": "async queries"}
_TABLES = "cannot judge: no table could be asked for a sample of its rows"
_TEXTS = "cannot judge: no text of a statement could be read"
_ORDER = "cannot judge: the history is too long to be replayed in order, or has no times"
_SIZES = "cannot judge: no statement ran on a warehouse of a size with a rate"
_FOUND_NOTHING: Final = {
    "clustering": "no table whose statements would clearly scan less in another order",
    "partitioning": "no external table without partition columns, and none of a terabyte or 50,000 partitions whose old rows nobody reads",
    "search_optimization": "no slow search for few rows that reads many partitions",
    "materialized_views": "no block of one table that pays, is legal and was proven equal",
    "dynamic_tables": "no block that joins tables, pays, is legal and was proven equal",
    "rewrites": "no text of a form that is known to be slow",
    "result_cache": "no text that ran twice",
    "right_sizing": "it ran at one size only, or no other size is surely cheaper or faster",
    "auto_suspend": "another time to suspend would save less than a hundredth",
    "query_acceleration": "no warehouse without the service has statements that it could take over",
    "pool": "a pool of the size that a library gives without being told is large enough",
    "asynchronous": "no request runs SELECTs one after the other that would gain a tenth by running together",
}


def came_to(material: Material, findings: Sequence[Finding]) -> pd.DataFrame:
    """1 row per adviser, in their order: adviser; findings (number); why there are none ('' where there are some)."""
    found = Counter(one.adviser for one in findings)
    names = [(name, _NAMES.get(name, name.replace("_", " "))) for name in _FOUND_NOTHING]
    rows = [(shown, found[shown], "" if found[shown] else why_nothing(name, material)) for name, shown in names]
    return pd.DataFrame(rows, columns=["adviser", "findings", "why none"])


def why_nothing(adviser: str, material: Material) -> str:
    """What the adviser would have needed and did not have; else what it looked for and did not find."""
    executions = material.look.answers.get("executions", pd.DataFrame())
    tables, texts, order = not material.tables, material.statements.empty, executions.empty
    missing = {
        "clustering": (tables, _TABLES),
        "partitioning": (texts, _TEXTS),
        "search_optimization": (texts and material.look.answers.get("column_pruning", executions[:0]).empty, _TEXTS),
        "materialized_views": (tables, _TABLES),
        "dynamic_tables": (tables, _TABLES),
        "rewrites": (texts, _TEXTS),
        "result_cache": (material.look.answers.get("runs", pd.DataFrame()).empty, _ORDER),
        "right_sizing": (not _has_sizes(executions), _SIZES),
        "auto_suspend": (not _has_sizes(executions), _SIZES),
        "query_acceleration": (not _has_sizes(executions), _SIZES),
        "pool": (order, _ORDER),
        "asynchronous": (order, _ORDER),
    }
    lacks, reason = missing[adviser]
    return reason if lacks else _FOUND_NOTHING[adviser]


def _has_sizes(executions: pd.DataFrame) -> bool:
    if "warehouse_size" not in executions:
        return False
    return any(not math.isnan(credits_per_hour(size)) for size in executions["warehouse_size"].dropna().unique())
