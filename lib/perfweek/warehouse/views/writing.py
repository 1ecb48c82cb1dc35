"""SQL as a person reads it: names in lower case where that is the same name, clauses on lines of their own."""

import re

from sqlglot import exp

from perfweek.warehouse.names import written_name

_QUOTED = re.compile(r"('(?:[^'\\]|\\.|'')*'|\"(?:[^\"]|\"\")*\")", re.DOTALL)
_SHORT = re.compile(r"\(\n\s+([^()\n]{1,60})\n\s+\)")


def written(query: exp.Expr, *, pretty: bool = True) -> str:
    """The query in Snowflake's dialect, made anew from its tree; markers as `:name`."""
    text = query.transform(_readable).sql("snowflake", pretty=pretty, comments=False)
    return "".join(part if part[:1] in ("'", '"') else _plain(part) for part in _QUOTED.split(text))


def one_line(query: exp.Expr) -> str:
    """The same in one line."""
    return written(query, pretty=False)


def _plain(part: str) -> str:
    """Outside quotes, case means nothing; short brackets stand in their line."""
    return _SHORT.sub(r"(\1)", part.lower())


def _readable(node: exp.Expr) -> exp.Expr:
    """A stored name as it is written in SQL; an alias that only repeats a name is left out."""
    if isinstance(node, exp.Identifier):
        plain = written_name(node.name if node.args.get("quoted") else node.name.upper())
        return exp.to_identifier(plain, quoted=False) if plain == node.name.lower() else exp.to_identifier(node.name, quoted=True)
    if isinstance(node, exp.Alias) and isinstance(node.this, exp.Column) and node.alias == node.this.name:
        return node.this
    return node
