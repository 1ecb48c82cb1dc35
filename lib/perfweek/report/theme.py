"""The look of every figure: five colours that reach 3:1 on white and, each in a lighter shade, on the dark ground."""

from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from cycler import cycler

Colour = tuple[float, float, float, float]

FONT_STACK = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'DejaVu Sans', Arial, sans-serif"


@dataclass(frozen=True)
class Palette:
    """The colours of one scheme; `series` in the order of the property cycle ("C0" to "C4")."""

    ground: str
    ink: str
    muted: str
    rule: str
    series: tuple[str, str, str, str, str]


# Okabe and Ito's palette without orange, sky blue and yellow, which stay below 3:1 on white: https://jfly.uni-koeln.de/color/
LIGHT = Palette("#ffffff", "#1b1f23", "#59616a", "#dfe3e7", ("#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7"))
DARK = Palette("#14171a", "#e8eaed", "#a0a8b0", "#30363c", ("#e8eaed", "#56b4e9", "#f28e43", "#2fc498", "#e29dc4"))

THEME: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": LIGHT.muted,
    "axes.facecolor": LIGHT.ground,
    "axes.formatter.min_exponent": 6,  # a log axis says 100, not a power of ten
    "axes.grid": True,
    "axes.labelcolor": LIGHT.muted,
    "axes.labelpad": 6.0,
    "axes.linewidth": 0.8,
    "axes.prop_cycle": cycler(color=LIGHT.series),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": LIGHT.ink,
    "axes.titlelocation": "left",
    "axes.titlepad": 10.0,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "date.converter": "concise",
    "figure.constrained_layout.use": True,
    "figure.dpi": 96,
    "figure.facecolor": LIGHT.ground,
    "figure.figsize": (8.0, 3.8),
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib, so the layout is the same on every machine
    "font.size": 9.5,
    "grid.color": LIGHT.rule,
    "grid.linewidth": 0.7,
    "image.cmap": "cividis",
    "legend.frameon": False,
    "lines.linewidth": 1.7,
    "lines.solid_capstyle": "round",
    "mathtext.default": "regular",
    "patch.edgecolor": LIGHT.ground,
    "savefig.facecolor": "auto",
    "svg.fonttype": "none",
    "svg.hashsalt": "perfweek",
    "text.color": LIGHT.ink,
    "xtick.color": LIGHT.muted,
    "xtick.major.size": 3.0,
    "xtick.minor.size": 0.0,
    "ytick.color": LIGHT.muted,
    "ytick.major.size": 0.0,
    "ytick.minor.size": 0.0,
}


def apply_theme() -> None:
    """Set matplotlib's defaults for the reports."""
    mpl.rcParams.update(THEME)


def luminance(colour: str | Colour) -> float:
    """Relative luminance of a colour without its alpha, 0 (black) to 1 (white): WCAG 2.2, 'relative luminance'."""
    channels = mpl.colors.to_rgb(colour)
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str | Colour, other: str | Colour) -> float:
    """Contrast ratio of two colours, 1 to 21: WCAG 2.2, 'contrast ratio'."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
