"""What every warehouse can do, whichever engine is behind it."""

from collections.abc import Mapping
from types import MappingProxyType, TracebackType
from typing import Protocol, Self

import pyarrow as pa

NOTHING: Mapping[str, object] = MappingProxyType({})


class Warehouse(Protocol):
    """A connection to a warehouse. Leave it with `close`, or use it in a `with` block."""

    taken_up: int
    """How often a statement was begun anew because its connection was lost."""

    @property
    def engine(self) -> str:
        """The engine and its version, as a report prints it: 'DuckDB 2.0.0, embedded' or 'Snowflake 10.4.0'."""

    def query(self, sql: str, parameters: Mapping[str, object] = NOTHING, tag: Mapping[str, str] | None = None) -> pa.Table:
        """Run one statement in Snowflake's dialect and return its rows; column names are in lower case.

        `parameters` are the values of the markers `%(name)s`; where there are any, a literal percent sign is written `%%`.
        `tag` becomes the statement's QUERY_TAG, as JSON. Raises WarehouseError, which never carries a credential:
        UnreadableError for what is not there or not granted, UnreachableError where the warehouse stopped answering.
        """

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...
