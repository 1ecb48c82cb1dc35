"""What the advisers judge by: a look at the history, its statements, and the tables that could be asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import pandas as pd
import pyarrow as pa

from perfweek.warehouse.look import Look

Found = TypeVar("Found")


@dataclass(frozen=True)
class KnownTable:
    """A table that could be asked. `name`: its exact parts; `types`: Snowflake types by exact column name; `rows`, `bytes`: of the whole table;
    `sample`: rows of it, `share` of the whole; `bounds`: least and greatest value of a column in the whole table; `key_now`: the
    clustering key that it has, '' for none; `version`: OPTIMA or CLASSIC where the warehouse says it; `partitions`: how many it has, 0 where the
    warehouse does not say; `partition_rows`: rows of a full one, 0 where they differ; `kind`: BASE TABLE, EXTERNAL TABLE, VIEW, ..."""

    name: tuple[str, ...]
    types: Mapping[str, str]
    rows: int
    bytes: int
    sample: pa.Table
    share: float
    bounds: Mapping[str, tuple[object, object]] = field(default_factory=dict)
    key_now: str = ""
    version: str = ""
    partitions: int = 0
    partition_rows: int = 0
    kind: str = "BASE TABLE"


@dataclass(frozen=True)
class Material:
    """`statements`: columns of sql/history/statements.sql, no rows where they were not read; `tables` by lower-case qualified name, empty for
    an export without a warehouse to ask; `engine`: where the statements ran. Advisers say under `cannot_judge` what is missing."""

    look: Look
    statements: pd.DataFrame
    engine: Literal["snowflake", "embedded", "export"]
    tables: Mapping[str, KnownTable] = field(default_factory=dict)
    _found: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def schema(self) -> dict[str, dict[str, str]]:
        """Table -> column in lower case -> exact name: what tells whose a bare column of a join is."""
        return {name: {column.lower(): column for column in table.types} for name, table in self.tables.items()}

    def once(self, judge: "Callable[[Material], Found]") -> Found:
        """What `judge` makes of this material, worked out at the first call: advisers and sections of the report ask for the same."""
        if judge not in self._found:
            self._found[judge] = judge(self)
        found: Found = self._found[judge]
        return found
