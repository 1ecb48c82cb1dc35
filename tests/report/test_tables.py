"""Tables: escaped, counted, with header cells that say what they head."""

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from report_pages import SOURCE, html_of, outputs_of, statements

from perfweek.errors import ParameterError, PublishError
from perfweek.notebook import show_table
from perfweek.report.tables import cell_text


def table_of(frame: pd.DataFrame, **options: object) -> BeautifulSoup:
    return BeautifulSoup(html_of(lambda: show_table(frame, "Statements", SOURCE, **options)), "html.parser")  # type: ignore[arg-type]


def cells(soup: BeautifulSoup) -> list[list[str]]:
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in soup.select("tbody tr")]


def test_fifty_of_sixty_rows_are_shown_and_counted() -> None:
    soup = table_of(statements(60))
    assert len(soup.select("tbody tr")) == 50
    assert "50 of 60 rows" in soup.caption.get_text() and SOURCE in soup.caption.get_text()


def test_a_smaller_limit_holds_and_a_larger_one_stops_at_fifty() -> None:
    assert len(table_of(statements(60), limit=3).select("tbody tr")) == 3
    assert len(table_of(statements(60), limit=100).select("tbody tr")) == 50


def test_every_header_cell_has_a_scope_and_every_row_a_name() -> None:
    soup = table_of(statements(3))
    assert [cell["scope"] for cell in soup.find_all("th")] == ["col"] * 3 + ["row"] * 3


def test_numbers_are_right_aligned_formatted_and_carry_their_value_for_sorting() -> None:
    frame = pd.DataFrame({"Route": ["a"], "Median, ms": [1234.5678], "Share": [0.25], "Runs": [12345]})
    soup = table_of(frame, formats={"Median, ms": ",.1f", "Share": "{:.0%}"})
    assert cells(soup) == [["a", "1,234.6", "25%", "12,345"]]
    assert [cell.get("data-sort") for cell in soup.select("tbody td")] == ["1234.5678", "0.25", "12345.0"]
    assert all("pw-num" in cell["class"] for cell in soup.select("tbody td"))


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NaT, pd.NA, np.float64("nan")])
def test_a_missing_value_is_a_dash(missing: object) -> None:
    assert cell_text(missing, ".1f") == "–"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456, "0.123"),
        (1234567.0, "1,234,567"),
        (12.3456, "12.3"),
        (np.int64(1000), "1,000"),
        (True, "yes"),
        (float("inf"), "unlimited"),
        ("a", "a"),
    ],
)
def test_a_value_without_a_format_shows_three_digits(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_query_text_is_code_that_wraps() -> None:
    assert len(table_of(statements(2)).select("tbody th.pw-query code")) == 2


def test_short_words_stay_in_one_line_and_long_ones_wrap() -> None:
    soup = table_of(pd.DataFrame({"Route": ["GET /assets/{id}"], "Reason": ["a sentence that is longer than a short word"]}))
    assert [cell["class"] for cell in soup.select("tbody th, tbody td")] == [["pw-short"], ["pw-word"]]


def test_columns_named_as_code_are_code() -> None:
    assert table_of(pd.DataFrame({"Key": ["a"]}), code=["Key"]).select_one("tbody code").get_text() == "a"


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=30).filter(lambda text: "\r" not in text and "\x00" not in text and text.isprintable()))
def test_any_text_in_a_cell_a_column_a_row_name_or_a_caption_stays_text(text: str) -> None:
    hostile = f"<script>{text}</script>"
    frame = pd.DataFrame({hostile: [hostile]}, index=pd.Index([hostile], name="name"))
    soup = BeautifulSoup(html_of(lambda: show_table(frame, hostile, hostile)), "html.parser")
    assert not soup.find_all("script")
    assert cells(soup) == [[hostile, hostile]]
    assert soup.find_all("th")[1].get_text() == hostile


def test_a_named_index_is_a_column_and_a_plain_count_is_not() -> None:
    frame = pd.DataFrame({"n": [1, 2]}, index=pd.Index(["a", "b"], name="Route"))
    assert cells(table_of(frame)) == [["a", "1"], ["b", "2"]]
    assert cells(table_of(pd.DataFrame({"n": [1, 2]}).sort_values("n", ascending=False))) == [["2"], ["1"]]


def test_an_empty_table_says_no_data() -> None:
    soup = table_of(pd.DataFrame({"Route": [], "n": []}))
    assert cells(soup) == [["no data"]]
    assert "0 of 0 rows" in soup.caption.get_text()


def test_a_format_that_does_not_fit_or_names_no_column_is_named() -> None:
    with pytest.raises(ParameterError, match="Route"):
        table_of(pd.DataFrame({"Route": ["a"]}), formats={"Route": ".1f"})
    with pytest.raises(ParameterError, match="Rout"):
        table_of(pd.DataFrame({"Route": ["a"]}), formats={"Rout": ""})


def test_a_table_without_caption_or_source_is_refused() -> None:
    with pytest.raises(PublishError, match="caption"):
        show_table(statements(1), "", SOURCE)
    with pytest.raises(PublishError, match="source"):
        show_table(statements(1), "Statements", "")


def test_plain_text_stands_beside_the_table() -> None:
    (output,) = outputs_of(lambda: show_table(statements(2), "Statements", SOURCE))
    assert output.data["text/plain"].startswith("Statements\n") and "select 1" in output.data["text/plain"]
    assert output.metadata["perfweek"] == {"kind": "table", "source": SOURCE}
