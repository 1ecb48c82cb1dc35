"""The look of every figure."""

import matplotlib as mpl


def apply_theme() -> None:
    """Set matplotlib's defaults for the reports."""
    mpl.rcParams.update({"svg.fonttype": "none"})
