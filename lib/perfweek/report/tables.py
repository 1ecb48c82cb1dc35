"""Tables."""

import html
import math
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import pandas as pd

from perfweek.errors import ParameterError
from perfweek.report.estimates import digits
from perfweek.report.output import emit, prose, require_words

CODE_COLUMNS = frozenset({"query", "query text", "statement", "sql", "fingerprint", "query_text"})
MISSING = "–"


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
    content = table_html(shown, f"{len(shown):,} of {len(frame):,} rows", caption, source, formats or {}, set(code), note)
    emit(content, f"{caption}\n{shown.to_string(index=False)}\nevidence: {source}", "table", source=source)


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    plain = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    ranks = frame.index.name is None and pd.api.types.is_integer_dtype(frame.index)
    return frame if plain or ranks else frame.reset_index(allow_duplicates=True)


def table_html(frame: pd.DataFrame, count: str, caption: str, source: str, formats: Mapping[str, str], code: set[str], note: str = "") -> str:
    """`frame` as a table of safe HTML in a region that scrolls sideways; the first column of words names its row."""
    names = [_name(column) for column in frame.columns]
    unknown = set(formats) - set(names)
    if unknown and len(frame.columns):
        raise ParameterError(f"no column {sorted(unknown)[0]!r} in the table {caption!r}", remedy=f"Its columns: {', '.join(names)}.")
    numeric = [pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind) for kind in frame.dtypes]
    styles = [
        "num" if number else "query" if name in code or name.lower() in CODE_COLUMNS else "word" for name, number in zip(names, numeric, strict=True)
    ]
    naming = next((position for position, style in enumerate(styles) if style != "num"), -1)
    head = "".join(f'<th scope="col" class="pw-{style}">{html.escape(name)}</th>' for name, style in zip(names, styles, strict=True))
    specs = [formats.get(name, "") for name in names]
    rows = [_row(values, styles, specs, names, naming) for values in frame.itertuples(index=False, name=None)]
    body = "".join(rows) or f'<tr><td colspan="{max(1, len(names))}">no data</td></tr>'
    told = f" {prose(note)}" if note else ""
    return (
        f'<div class="pw-scroll" role="region" tabindex="0" aria-label="Table: {html.escape(caption)}"><table class="pw-table">'
        f'<caption><span class="pw-title">{prose(caption)}</span> <span class="pw-count">{count}.{told}</span> '
        f'<span class="pw-source">evidence: <code>{html.escape(source)}</code></span></caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _name(column: Any) -> str:
    return " ".join(map(str, column)) if isinstance(column, tuple) else str(column)


def _row(values: Sequence[Any], styles: Sequence[str], specs: Sequence[str], names: Sequence[str], naming: int) -> str:
    cells = []
    for position, (value, style, spec, name) in enumerate(zip(values, styles, specs, names, strict=True)):
        text = html.escape(cell_text(value, spec, name))
        content = f"<code>{text}</code>" if style == "query" and text != MISSING else text
        key = f' data-sort="{float(value)}"' if style == "num" and text != MISSING else ""
        tag, scope = ("th", ' scope="row"') if position == naming else ("td", "")
        cells.append(f'<{tag}{scope} class="pw-{style}"{key}>{content}</{tag}>')
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
    return digits(float(value)) if isinstance(value, Real) else str(value)
