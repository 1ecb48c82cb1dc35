"""What a section of a report shows, before anything draws it: subjects make exhibits, the report presents them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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


Exhibit = Sentence | Picture | Listing | Flames | FlameChange
Section = Sequence[Exhibit]
