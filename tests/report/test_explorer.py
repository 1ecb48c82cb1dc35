"""Sliders over size and time to live: they move in JupyterLab, and leave a sentence in a report."""

import json

import pytest
from bs4 import BeautifulSoup
from report_pages import outputs_of

from perfweek.errors import PublishError
from perfweek.report.explorer import explore
from perfweek.report.sanitize import clean_html

SIZES, LIVES, MISSES = [10, 100, 1000], ["60 s", "<b>1 h</b>"], [[0.9, 0.5, 0.3], [0.9, 0.4, 0.1]]


def shown(sizes: list[int], lives: list[str], misses: list[list[float]], note: str = "note") -> tuple[str, str]:
    """The HTML and the text that a notebook displays."""
    (output,) = outputs_of(lambda: explore(sizes, lives, misses, note))
    return output["data"]["text/html"], output["data"]["text/plain"]


def test_the_sliders_know_every_size_and_life_and_begin_in_the_middle() -> None:
    content, text = shown(SIZES, LIVES, MISSES)
    box = BeautifulSoup(content, "html.parser").find(class_="pw-explore")
    assert box
    assert json.loads(str(box["data-known"])) == {"sizes": SIZES, "lives": LIVES, "misses": MISSES}
    assert [(one["name"], one["max"]) for one in box.find_all("input")] == [("size", "2"), ("life", "1")]
    assert text == "A cache of 100 objects whose entries live <b>1 h</b> misses 40.0 % of the reads."
    assert box.find("b") is None


def test_a_report_keeps_the_sentence_and_nothing_that_acts() -> None:
    content, _ = shown(SIZES, ["60 s"], MISSES[:1])
    assert "oninput" in content
    published = clean_html(content)
    assert "misses 50.0" in published
    assert not any(word in published for word in ("oninput", "<input", "data-known"))


def test_nothing_to_slide_over_is_the_note_alone_and_a_table_that_does_not_fit_is_refused() -> None:
    assert shown([], [], [], "Cannot tell: too few reads.")[1] == "Cannot tell: too few reads."
    with pytest.raises(PublishError, match="do not fit"):
        explore(SIZES, LIVES, MISSES[:1], "note")
