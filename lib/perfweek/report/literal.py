"""Words of a figure taken as they are: names from outside may hold dollar signs, which would start a formula."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import Formatter, LogFormatter

_FORMULA = re.compile(r"^\$\\mathdefault\{(.*)\}\$$")
_POWER = re.compile(r"\^\{(.*?)\}")
_RAISED = str.maketrans("-−0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class PlainPowers(Formatter):
    """A log axis's labels without formulas, in the fonts of all other words: 100, and 10⁹ from a million on."""

    def __init__(self, formulas: Formatter) -> None:
        self.formulas = formulas

    def __call__(self, x: float, pos: int | None = None) -> str:
        return plain_power(self.formulas(x, pos))

    def set_locs(self, locs: list[float]) -> None:
        self.formulas.set_axis(self.axis)
        self.formulas.set_locs(locs)


def plain_power(label: str) -> str:
    r"""`label` with matplotlib's formula written out: '$\mathdefault{10^{9}}$' becomes '10⁹'."""
    formula = _FORMULA.match(label)
    if not formula:
        return label
    return _POWER.sub(lambda power: power[1].translate(_RAISED), formula[1]).replace(r"\times", "×")


@contextmanager
def words_taken_literally(figure: Figure) -> Iterator[None]:
    """Within the context no word of `figure` is read as a formula."""
    with ExitStack() as restored:
        for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
            _write_powers_out(axis, restored)
            axis.get_ticklabels()  # makes the labels that would else be made while drawing
            axis.get_ticklabels(minor=True)
        for text in figure.findobj(Text):
            restored.callback(text.set_parse_math, text.get_parse_math())
            text.set_parse_math(False)
        yield


def _write_powers_out(axis: Axis, restored: ExitStack) -> None:
    for formatter, setter in ((axis.get_major_formatter(), axis.set_major_formatter), (axis.get_minor_formatter(), axis.set_minor_formatter)):
        if isinstance(formatter, LogFormatter):
            setter(PlainPowers(formatter))
            restored.callback(setter, formatter)
