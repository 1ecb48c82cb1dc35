"""Tables on terminals of any width, and in files and pipes, which have none."""

import io

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from perfweek.terminal import show

FIGURES = ("12,345", "205 to 219")


def printed(width: int, terminal: bool, name: str = "GET /assets/{id}") -> str:
    output = io.StringIO()
    table = Table("name", "n", "95 % interval", box=None)
    for column in table.columns[1:]:
        column.justify, column.no_wrap = "right", True
    table.columns[0].overflow = "fold"
    table.add_row(Text(name), *FIGURES)
    show(table, Console(file=output, width=width, force_terminal=terminal, no_color=True, legacy_windows=False))
    return output.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("width", [20, 40, 60, 140])
def test_no_figure_and_no_header_is_cut_off_at_any_width(width, terminal):
    output = printed(width, terminal)
    assert all(text in output for text in ("95 % interval", *FIGURES))
    assert "…" not in output


def test_a_file_or_a_pipe_gets_a_line_a_row_however_long():
    assert printed(20, terminal=False).splitlines()[1].split() == ["GET", "/assets/{id}", "12,345", "205", "to", "219"]


def test_a_terminal_that_is_too_narrow_gets_a_block_a_row():
    plain = [line.strip() for line in Text.from_ansi(printed(36, terminal=True)).plain.splitlines()]
    assert plain == ["GET /assets/{id}", "n              12,345", "95 % interval  205 to 219"]


def test_a_long_name_is_folded_where_the_figures_still_fit():
    output = Text.from_ansi(printed(60, terminal=True, name="x" * 90)).plain
    assert output.count("x") == 90
    assert max(len(line.rstrip()) for line in output.splitlines()) <= 60


def test_a_line_of_text_is_left_to_the_terminal():
    output = io.StringIO()
    show(Text("word " * 30), Console(file=output, width=40))
    assert output.getvalue() == "word " * 30 + "\n"
