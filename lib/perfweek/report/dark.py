"""Drawing a figure on a dark ground: its artists' colours are exchanged while it is drawn, and put back."""

import colorsys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.cm import ScalarMappable
from matplotlib.colors import to_hex, to_rgb, to_rgba, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation, Text

from perfweek.report.theme import DARK, LIGHT, Colour, contrast

KNOWN = dict(
    zip(
        (*LIGHT.series, LIGHT.ground, LIGHT.ink, LIGHT.muted, LIGHT.rule),
        (*DARK.series, DARK.ground, DARK.ink, DARK.muted, DARK.rule),
        strict=True,
    )
)
KEEP = "fixed"
LEAST_CONTRAST = 3.0
Change = tuple[Callable[[Any], Any], Any]


def dark_colour(colour: Any) -> Colour:
    """The colour to use on the dark ground, with the alpha of `colour`.

    Colours of the theme have their counterpart, greys change places on the way from ground to ink, any other colour
    is lightened until it reaches 3:1.
    """
    red, green, blue, alpha = to_rgba(colour)
    known = KNOWN.get(to_hex((red, green, blue)))
    return (*(to_rgb(known) if known else _lightened(red, green, blue)), alpha)


def _lightened(red: float, green: float, blue: float) -> tuple[float, float, float]:
    hue, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
    if saturation < 0.08:
        ground, ink = np.array(to_rgb(DARK.ground)), np.array(to_rgb(DARK.ink))
        mixed = ink + (ground - ink) * lightness
        return float(mixed[0]), float(mixed[1]), float(mixed[2])
    while contrast((red, green, blue, 1), DARK.ground) < LEAST_CONTRAST:
        lightness += 0.02
        red, green, blue = colorsys.hls_to_rgb(hue, lightness, saturation)
    return red, green, blue


@contextmanager
def darkened(figure: Figure) -> Iterator[None]:
    """Within the context `figure` has the colours for a dark ground. An artist whose gid is 'fixed' keeps its own, such
    as a label that stands on a coloured patch; so does what is coloured by a colour map."""
    artists = [part for artist in figure.findobj() for part in _with_parts(artist) if part.get_gid() != KEEP]
    changes = [change for artist in artists for change in _changes(artist)]
    try:
        for setter, colour in changes:
            setter(_dark_colours(colour))
        yield
    finally:
        for setter, colour in changes:
            setter(colour)


def _with_parts(artist: Artist) -> Iterator[Artist]:
    """The artist and what hangs on it without being its child: the box of a text, the arrow of an annotation."""
    yield artist
    if isinstance(artist, Text) and artist.get_bbox_patch():
        yield artist.get_bbox_patch()  # type: ignore[misc]
    if isinstance(artist, Annotation) and artist.arrow_patch:
        yield artist.arrow_patch


def _changes(artist: Artist) -> Iterator[Change]:
    """(setter, present colour) of each colour of an artist."""
    if isinstance(artist, ScalarMappable) and artist.get_array() is not None:
        return
    kinds = {Line2D: ("color", "markerfacecolor", "markeredgecolor"), Text: ("color",)}
    for name in next((names for kind, names in kinds.items() if isinstance(artist, kind)), ("facecolor", "edgecolor")):
        if hasattr(artist, f"get_{name}") and hasattr(artist, f"set_{name}"):
            yield getattr(artist, f"set_{name}"), getattr(artist, f"get_{name}")()


def _dark_colours(colour: Any) -> Any:
    """One colour, or a collection's array of them; 'none' stays."""
    if isinstance(colour, str) and colour in ("none", "auto", "face"):
        return colour
    if isinstance(colour, np.ndarray) and colour.ndim == 2:
        return np.array([dark_colour(one) for one in colour]).reshape(-1, 4)
    return dark_colour(to_rgba_array(colour)[0])
