"""Material for advisers, from rows of the views: the same look that a history gets, on the embedded engine."""

from pathlib import Path

import pyarrow as pa

from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.look import look_at


def material_of(views: dict[str, list[dict[str, object]]]) -> Material:
    """`views`: rows by the name of the view of ACCOUNT_USAGE; query_history at least."""
    with EmbeddedWarehouse(Path(":memory:")) as warehouse:
        for view, rows in views.items():
            names = dict.fromkeys(name for row in rows for name in row)
            warehouse.use_view(view, pa.Table.from_pylist([dict.fromkeys(names) | row for row in rows]))
        look = look_at(warehouse)
    return Material(look, look.answers["runs"].head(0), "export")
