"""What a section of a report shows, before anything draws it: subjects make exhibits, the report presents them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd
from matplotlib.figure import Figure


@dataclass(frozen=True)
class Sentence:
    """One computed sentence, with its interval."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A figure; `alt` states its finding, `note` how it was measured, `source` is the evidence file relative to the week."""

    figure: Figure
    alt: str
    note: str
    source: str


@dataclass(frozen=True)
class Listing:
    """A table; `formats`: column -> format of its numbers."""

    table: pd.DataFrame
    caption: str
    source: str
    formats: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Flames:
    """A flame graph of `stacks` (frames from root to leaf -> samples)."""

    stacks: Mapping[tuple[str, ...], int]
    alt: str
    note: str
    source: str


@dataclass(frozen=True)
class FlameChange:
    """Two flame graphs of CPU-milliseconds a request, before and after, and what changed by more than chance (see profiling.differential)."""

    before: Mapping[tuple[str, ...], float]
    after: Mapping[tuple[str, ...], float]
    paths: Mapping[tuple[str, ...], Any]
    functions: Mapping[str, Any]
    alt: str
    note: str
    source: str


Tone = Literal["ink", "muted", "good", "bad", "unsure", "alarm"]
Point = tuple[float, float]


@dataclass(frozen=True)
class Shape:
    """A box of a drawing, centred at `at`: its first line bold, the others small. `edge` is the colour of its outline; `framed` False
    for words that stand on a line. Sizes are CSS pixels."""

    at: Point
    width: float
    height: float
    lines: tuple[str, ...]
    tone: Tone = "ink"
    edge: Tone = "muted"
    framed: bool = True


@dataclass(frozen=True)
class Stroke:
    """A line of a drawing with an arrow at its end, if `arrow`: joined cubic Bézier curves through 1 + 3k control points."""

    points: tuple[Point, ...]
    width: float
    tone: Tone = "ink"
    dashed: bool = False
    arrow: bool = False


@dataclass(frozen=True)
class Drawing:
    """Lines and boxes on a ground of that many CSS pixels."""

    width: float
    height: float
    strokes: tuple[Stroke, ...]
    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class Chart:
    """A drawing of boxes and lines; `table` says the same in words, a row a line, and `caption` what the table holds."""

    drawing: Drawing
    caption: str
    table: pd.DataFrame
    alt: str
    note: str
    source: str


@dataclass(frozen=True)
class Script:
    """A script in SQL as it stands in its file: `what` it does in a word, `name`: the file's."""

    what: str
    name: str
    text: str


@dataclass(frozen=True)
class Entry:
    """A row that opens: `title`, `about` in a word or two, `cells` under the ranking's heads, and when it is opened what it rests on, as terms with
    their sentences, and its scripts."""

    title: str
    about: str
    cells: tuple[str, ...]
    evidence: tuple[tuple[str, tuple[str, ...]], ...]
    scripts: tuple[Script, ...] = ()


@dataclass(frozen=True)
class Ranking:
    """A table of `entries`, the first ones first, each of which opens to its evidence; `heads`: of the title's column and of the cells;
    `total`: how many entries there are, those left out included."""

    heads: tuple[str, ...]
    entries: tuple[Entry, ...]
    total: int
    caption: str
    source: str
    note: str = ""


Exhibit = Sentence | Picture | Listing | Flames | FlameChange | Chart | Ranking
Section = Sequence[Exhibit]
