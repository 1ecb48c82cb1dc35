"""Names of tables and columns in SQL: whatever a query text held, they are identifiers and nothing else."""

import re
from collections.abc import Sequence

from sqlglot import exp

_RESERVED_WORDS = """
    all alter and any as between by case cast check column connect connection constraint create cross current current_date current_time
    current_timestamp current_user database delete distinct drop else exists false following for from full grant group gscluster having
    ilike in increment inner insert intersect into is issue join lateral left like localtime localtimestamp minus natural not null of on or
    order organization qualify regexp revoke right rlike row rows sample schema select set some start table tablesample then to trigger true
    try_cast union unique update using values view when whenever where with account
"""
_RESERVED = frozenset(_RESERVED_WORDS.split())  # https://docs.snowflake.com/en/sql-reference/reserved-keywords


def quoted_table(parts: Sequence[str]) -> exp.Table:
    """A table by its exact name."""
    names = [exp.to_identifier(part, quoted=True) for part in parts]
    return exp.Table(this=names[-1], db=names[-2] if len(names) > 1 else None, catalog=names[-3] if len(names) > 2 else None)


def quoted_column(name: str) -> exp.Column:
    """A column by its exact name."""
    return exp.column(exp.to_identifier(name, quoted=True))


def written_name(part: str) -> str:
    """A name as it is written in SQL: plain where Snowflake reads the plain name as the same one, else quoted."""
    plain = part.lower()
    if re.fullmatch(r"[A-Z_][A-Z0-9_$]*", part) and plain not in _RESERVED:
        return plain
    return exp.to_identifier(part, quoted=True).sql("snowflake")


def written_table(parts: Sequence[str]) -> str:
    """A table's name as it is written in SQL."""
    return ".".join(written_name(part) for part in parts)


def literal(text: str) -> str:
    """A text as a literal of Snowflake's dialect."""
    return exp.Literal.string(text).sql("snowflake")


def slug(name: str) -> str:
    """A name as a part of a file's name: lower-case letters, digits and hyphens."""
    return "-".join(re.findall(r"[a-z0-9]+", name.lower())) or "unnamed"
