"""The answers that a look at a history is made of, kept as evidence: look-NAME.parquet, one a question that was answered."""

from datetime import datetime
from pathlib import Path

import pandas as pd

from perfweek.evidence import Measurement
from perfweek.files import atomic_path
from perfweek.warehouse.interface import Warehouse
from perfweek.warehouse.look import ALWAYS, GRANTED, IN_ORDER, UNREAD, WORK, Look, ask, look_of

SETTINGS = "warehouses"
_EMPTY_WITHOUT = (*GRANTED, SETTINGS)
"""Questions that were asked in vain, because the role may not, leave no file and count as empty."""


def keep_look(warehouse: Warehouse, folder: Path, since: datetime) -> None:
    """Ask and write. Raises WarehouseError where QUERY_HISTORY cannot be read."""
    for name, frame in ask(warehouse, since, lambda _what, _share: None).items():
        if len(frame.columns):
            with atomic_path(folder / _file(name)) as temporary:
                frame.to_parquet(temporary, index=False, compression="zstd")


def read_look(measurement: Measurement, origin: str) -> Look:
    """The look at what was kept."""
    answers = {name: pd.read_parquet(measurement.path(_file(name))) for name in _NAMES if measurement.has(_file(name))}
    return look_of({name: pd.DataFrame() for name in _EMPTY_WITHOUT} | answers, origin)


def _file(name: str) -> str:
    return f"look-{name}.parquet"


_NAMES = (*ALWAYS, *GRANTED, *WORK, *IN_ORDER, SETTINGS, UNREAD)
