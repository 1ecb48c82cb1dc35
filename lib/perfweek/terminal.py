"""How a command prints: lines as they are, and tables of which no figure is cut off, however narrow the terminal."""

from rich.console import Console, RenderableType
from rich.table import Column, Table

_NARROWEST = 24
_WIDEST = 100
"""Characters of a column that may be folded: fewer cannot be read, and more are not needed where there is no terminal to fit into."""
_BETWEEN = 2
"""Blanks between two columns."""


def show(part: RenderableType, to: Console) -> None:
    """Print a table whole: a file or a pipe has no width to fit into; a terminal that is too narrow for its figures gets a block a row."""
    if not isinstance(part, Table):
        to.print(part, soft_wrap=True)
    elif _width(part, to, _NARROWEST) <= to.width:
        to.print(part)
    elif to.is_terminal:
        _show_blocks(part, to)
    else:
        Console(file=to.file, width=_width(part, to, _WIDEST), color_system=None).print(part)


def _width(table: Table, to: Console, folded: int) -> int:
    """What the table takes where its first column, the one that may be folded, gets at most so many characters."""
    first, *others = [_widest(column, to) for column in table.columns]
    return min(first, folded) + sum(others) + _BETWEEN * len(table.columns)


def _widest(column: Column, to: Console) -> int:
    return max(to.measure(cell).maximum for cell in (column.header, *column.cells))


def _show_blocks(table: Table, to: Console) -> None:
    """Each row under its first cell: a line a figure, and none for what is empty."""
    headers = [str(column.header) for column in table.columns]
    for row in zip(*(column.cells for column in table.columns), strict=True):
        to.print(row[0], style="bold")
        for header, cell in zip(headers[1:], row[1:], strict=True):
            if str(cell):
                to.print(f"  {header:<{max(map(len, headers))}} ", cell, highlight=False, soft_wrap=True)
    if table.caption:
        to.print(table.caption)
