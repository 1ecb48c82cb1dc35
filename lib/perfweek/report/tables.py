"""Tables."""

import html
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import pandas as pd

from perfweek.errors import ParameterError
from perfweek.report.output import emit, prose, require_words
from perfweek.wording import number

CODE_COLUMNS = frozenset({"query", "query text", "statement", "sql", "fingerprint", "query_text"})
MISSING = "–"
SHORT = 28
LONG = 60


def show_table(
    frame: pd.DataFrame,
    caption: str,
    source: str,
    formats: dict[str, str] | None = None,
    limit: int = 50,
    code: Sequence[str] = (),
    note: str = "",
) -> None:
    """Display at most `limit` rows of `frame`, 'n of N' in the caption; `formats` are str.format specs by column.

    A spec is '.1f' or '{:.1f} ms'. Columns of `code`, and those with names such as 'query text', are set as code and
    wrap. A column without a spec shows three digits. Everything in the frame is escaped. The index is shown where it
    has a name or is no plain count. Raises ParameterError for a spec that does not fit, PublishError without a caption or source.
    """
    require_words("table", caption=caption, source=source)
    shown = _with_index(frame.head(min(limit, 50)))
    content = table_html(shown, f"{len(shown):,} of {len(frame):,} rows", caption, source, formats or {}, code, note)
    emit(content, f"{caption}\n{shown.to_string(index=False)}\nevidence: {source}", "table", source=source)


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    plain = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    ranks = frame.index.name is None and pd.api.types.is_integer_dtype(frame.index)
    return frame if plain or ranks else frame.reset_index(allow_duplicates=True)


@dataclass(frozen=True)
class Column:
    """A column as it is set: 'num' to the right, 'query' as code that wraps, 'short' words in one line, 'word' otherwise."""

    name: str
    style: str
    spec: str
    heads_rows: bool


def table_html(frame: pd.DataFrame, count: str, caption: str, source: str, formats: Mapping[str, str], code: Collection[str], note: str = "") -> str:
    """`frame` as a table of safe HTML in a region that scrolls sideways; the first column of words names its row."""
    columns = _columns(frame, caption, formats, code)
    head = "".join(f'<th scope="col" class="pw-{column.style}">{html.escape(column.name)}</th>' for column in columns)
    rows = "".join(_row(values, columns) for values in frame.itertuples(index=False, name=None))
    body = rows or f'<tr><td colspan="{max(1, len(columns))}">no data</td></tr>'
    told = f" {prose(note)}" if note else ""
    return (
        f'<div class="pw-scroll" role="region" tabindex="0" aria-label="Table: {html.escape(caption)}"><table class="pw-table">'
        f'<caption><span class="pw-title">{prose(caption)}</span> <span class="pw-count">{count}.{told}</span> '
        f'<span class="pw-source">evidence: <code>{html.escape(source)}</code></span></caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _columns(frame: pd.DataFrame, caption: str, formats: Mapping[str, str], code: Collection[str]) -> list[Column]:
    names = [" ".join(map(str, column)) if isinstance(column, tuple) else str(column) for column in frame.columns]
    unknown = set(formats) - set(names)
    if unknown and names:
        raise ParameterError(f"no column {min(unknown)!r} in the table {caption!r}", remedy=f"Its columns: {', '.join(names)}.")
    styles = [_style(frame.iloc[:, position], name, code) for position, name in enumerate(names)]
    first = next((position for position, style in enumerate(styles) if style != "num"), -1)
    return [Column(name, style, formats.get(name, ""), at == first) for at, (name, style) in enumerate(zip(names, styles, strict=True))]


def _style(values: pd.Series, name: str, code: Collection[str]) -> str:
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        return "num"
    if name in code or name.lower() in CODE_COLUMNS:
        return "query"
    longest = max((len(str(value)) for value in values), default=0)
    return "short" if longest <= SHORT else "word" if longest <= LONG else "text"


def _row(values: Sequence[Any], columns: Sequence[Column]) -> str:
    cells = []
    for value, column in zip(values, columns, strict=True):
        text = html.escape(cell_text(value, column.spec, column.name))
        content = f"<code>{text}</code>" if column.style == "query" and text != MISSING else text
        key = f' data-sort="{float(value)}"' if column.style == "num" and text != MISSING else ""
        tag, scope = ("th", ' scope="row"') if column.heads_rows else ("td", "")
        cells.append(f'<{tag}{scope} class="pw-{column.style}"{key}>{content}</{tag}>')
    return f"<tr>{''.join(cells)}</tr>"


def cell_text(value: Any, spec: str = "", name: str = "") -> str:
    """The text of one cell: by `spec` where there is one; a dash where there is no value.

    Raises ParameterError where the spec does not fit the value.
    """
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if spec:
        try:
            return spec.format(value) if "{" in spec else format(value, spec)
        except (ValueError, TypeError, IndexError, KeyError) as error:
            raise ParameterError(f"the format {spec!r} of column {name!r} does not fit {value!r}: {error}") from error
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Integral):
        return f"{int(value):,}"
    return number(float(value)) if isinstance(value, Real) else str(value)
