"""Figures: drawn for two grounds, with their words, and the same bytes for the same figure."""

import base64
import re
import struct
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter
from report_pages import SOURCE, html_of, line_figure, outputs_of

from perfweek.errors import PublishError
from perfweek.notebook import show
from perfweek.report.dark import dark_colour, darkened
from perfweek.report.pictures import count_points, draw
from perfweek.report.theme import DARK, LIGHT, apply_theme, contrast


def decoded(address: str) -> bytes:
    return base64.b64decode(address.split(",", 1)[1])


@pytest.fixture(autouse=True)
def theme() -> None:
    apply_theme()


def test_a_figure_is_one_output_with_a_picture_for_each_scheme_its_words_and_its_evidence() -> None:
    (output,) = outputs_of(lambda: show(line_figure(), 'p95 rises to "212"', "n = 14,220", SOURCE))
    content = output.data["text/html"]
    assert len(re.findall(r'<source media="screen and \(prefers-color-scheme: dark\)" srcset="data:image/svg\+xml;base64,', content)) == 1
    assert 'alt="p95 rises to &quot;212&quot;"' in content
    assert "<figcaption>n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}14,220" in content and SOURCE in content
    assert output.data["text/plain"] == f'p95 rises to "212"\nn = 14,220\nevidence: {SOURCE}'


@pytest.mark.parametrize("missing", ["alt", "note", "source"])
def test_a_figure_without_its_words_is_refused(missing: str) -> None:
    words = {"alt": "It rises", "note": "n = 3", "source": SOURCE} | {missing: " "}
    with pytest.raises(PublishError, match=missing):
        show(line_figure(), **words)


@pytest.mark.parametrize(("points", "kind"), [(1000, "svg+xml"), (1005, "png")])
def test_a_thousand_points_are_drawn_as_svg_and_more_as_png(points: int, kind: str) -> None:
    figure = line_figure(points)
    assert count_points(figure) == points
    assert draw(figure).light.startswith(f"data:image/{kind};base64,")


def test_cells_of_a_heat_map_count_as_points() -> None:
    figure = Figure()
    figure.subplots().pcolormesh(np.zeros((30, 40)))
    assert count_points(figure) == 30 * 40


def test_a_png_has_twice_the_pixels_that_it_is_shown_with() -> None:
    picture = draw(line_figure(5000))
    width, height = struct.unpack(">II", decoded(picture.light)[16:24])
    assert (width, height) == pytest.approx((2 * picture.width, 2 * picture.height), abs=1)


@pytest.mark.parametrize("points", [30, 5000])
def test_the_same_figure_gives_the_same_bytes_also_when_it_is_drawn_again(points: int) -> None:
    figure = line_figure(points)
    assert draw(figure) == draw(figure) == draw(line_figure(points))


def test_an_svg_has_no_date_and_names_nothing_outside_itself() -> None:
    drawn = decoded(draw(line_figure()).light).decode()
    assert "<dc:date>" not in drawn
    assert not re.findall(r'(?:href|src)="(?!#)', drawn)


def test_the_dark_picture_has_the_dark_ground_and_the_lighter_series() -> None:
    dark = decoded(draw(line_figure()).dark).decode()
    assert all(colour in dark for colour in (DARK.ground, *DARK.series, DARK.muted))
    assert not [colour for colour in (LIGHT.ground, *LIGHT.series, LIGHT.muted) if re.search(rf"(fill|stroke): {colour}", dark)]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_five_colours_reach_three_to_one_on_their_ground_and_words_four_and_a_half(palette: object) -> None:
    assert all(contrast(colour, palette.ground) >= 3 for colour in palette.series)  # type: ignore[attr-defined]
    assert all(contrast(colour, palette.ground) >= 4.5 for colour in (palette.ink, palette.muted))  # type: ignore[attr-defined]


def test_contrast_of_black_on_white_is_twenty_one() -> None:
    assert contrast("black", "white") == pytest.approx(21)


channel = st.floats(0, 1)


@given(st.tuples(channel, channel, channel, channel))
def test_any_vivid_colour_is_visible_on_the_dark_ground_and_keeps_its_alpha(colour: tuple[float, float, float, float]) -> None:
    dark = dark_colour(colour)
    assert dark[3] == colour[3]
    if max(colour[:3]) - min(colour[:3]) > 0.3:
        assert contrast((*dark[:3], 1.0), DARK.ground) >= 2.99


def test_drawing_in_the_dark_leaves_the_figure_as_it_was() -> None:
    figure = line_figure()
    axes = figure.axes[0]
    axes.scatter([1], [2], color="C2")
    axes.bar([1], [2], color="#123456")
    axes.annotate("peak", (1, 2), (1, 3), arrowprops={"color": "C1"}, bbox={"facecolor": "white"})
    before = draw(figure).light
    with darkened(figure):
        assert figure.get_facecolor() == dark_colour(LIGHT.ground)
    assert draw(figure).light == before


def test_an_artist_with_the_gid_fixed_keeps_its_colour() -> None:
    figure = line_figure()
    figure.axes[0].text(0, 0, "on a dark cell", color="#fffffe", gid="fixed")
    assert "fill: #fffffe" in decoded(draw(figure).dark).decode()


@pytest.mark.parametrize("words", [r"$\frac{", "<script>fire(1)</script>", "a & b $x$", "]]>"])
def test_words_from_outside_are_drawn_literally(words: str) -> None:
    figure = Figure()
    axes = figure.subplots()
    axes.barh([words, "b"], [1, 2])
    axes.set_title(words)
    axes.plot([1, 2], label=words)
    axes.legend()
    drawn = ElementTree.fromstring(decoded(draw(figure).light))
    texts = [node.text for node in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count(words) == 3
    assert not list(drawn.iter("{http://www.w3.org/2000/svg}script"))


def test_a_log_axis_shows_its_powers_in_plain_words() -> None:
    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 2], [10, 1e9])
    axes.set_yscale("log")
    drawn = decoded(draw(figure).light).decode()
    assert ">1000<" in drawn and ">10⁹<" in drawn
    assert "mathdefault" not in drawn
    assert isinstance(axes.yaxis.get_major_formatter(), LogFormatter)


def test_the_alternative_text_is_escaped() -> None:
    content = html_of(lambda: show(line_figure(), '"><script>fire(1)</script>', "<b>n</b>", SOURCE))
    assert "<script>" not in content.replace("</style>", "") and "<b>" not in content
