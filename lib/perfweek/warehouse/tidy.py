"""One shape of result for both engines: columns in lower case, whole numbers as int64, times in microseconds, zones in UTC."""

import pyarrow as pa

_WHOLE = pa.int64()
_UTC = pa.timestamp("us", tz="UTC")
_LOCAL = pa.timestamp("us")


def tidy(table: pa.Table) -> pa.Table:
    """`table` with lower-case names; a decimal becomes int64 where it is whole and fits, else float64."""
    fields = [pa.field(field.name.lower(), _type(field.type)) for field in table.schema]
    columns = [_cast(column, field.type) for column, field in zip(table.columns, fields, strict=True)]
    return pa.table(columns, names=[field.name for field in fields])


def needs_tidying(schema: pa.Schema) -> bool:
    return any(field.name != field.name.lower() or field.type != _type(field.type) for field in schema)


def _type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_decimal(kind):
        return _WHOLE if kind.scale == 0 else pa.float64()
    if pa.types.is_integer(kind):
        return _WHOLE
    if pa.types.is_timestamp(kind):
        return _UTC if kind.tz else _LOCAL
    return kind


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if column.type == kind:
        return column
    if pa.types.is_timestamp(kind):
        return column.cast(kind, safe=False)
    try:
        return column.cast(kind)
    except pa.ArrowInvalid:  # a whole number of more than 18 digits
        return column.cast(pa.float64())
