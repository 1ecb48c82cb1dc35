"""The day's conclusion as data: what `conclude` leaves in the notebook, and what the report, index.html and the manifest show."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nbformat

from perfweek.errors import PublishError
from perfweek.stats import Estimate
from perfweek.wording import interval_text, value_text

MIME = "application/vnd.perfweek.summary+json"


def _split(text: str) -> tuple[str, str]:
    """The first sentence of `text`, and the others."""
    first, stop, rest = text.partition(". ")
    return first + stop.rstrip(), rest


@dataclass(frozen=True)
class KeyFigure:
    """A tile as JSON holds it: None instead of NaN; `shown` and `interval` are the words for value and interval."""

    label: str
    shown: str
    interval: str
    unit: str
    n: int
    method: str
    source: str
    change: str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Summary:
    """At most three sentences, the key figures, and the artifacts' paths relative to the week's folder."""

    verdict: tuple[str, ...]
    tiles: tuple[KeyFigure, ...]
    artifacts: tuple[str, ...]

    @property
    def headline(self) -> str:
        """The first sentence of the verdict, which the report sets large."""
        return _split(self.verdict[0])[0]

    @property
    def rest(self) -> tuple[str, ...]:
        """What follows the headline."""
        return tuple(text for text in (_split(self.verdict[0])[1], *self.verdict[1:]) if text)

    def to_json(self) -> dict[str, Any]:
        """The summary as JSON values, for the notebook's output and week.json."""
        return {"verdict": list(self.verdict), "tiles": [asdict(tile) for tile in self.tiles], "artifacts": list(self.artifacts)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Summary":
        """The summary that `to_json` wrote."""
        tiles = tuple(KeyFigure(**tile) for tile in content["tiles"])
        return cls(tuple(content["verdict"]), tiles, tuple(content["artifacts"]))


def key_figure(label: str, estimate: Estimate, unit: str, source: str, change: str) -> KeyFigure:
    """A tile with its words, ready for JSON."""
    value, low, high = (number if math.isfinite(number) else None for number in (estimate.value, estimate.low, estimate.high))
    words = value_text(estimate), interval_text(estimate)
    return KeyFigure(label, *words, "" if unit == "1" else unit, estimate.n, estimate.method, source, change, value, low, high)


def read_summary(notebook: Path | nbformat.NotebookNode) -> Summary:
    """The conclusion of an executed notebook, the last one where there are several. Raises PublishError where there is none."""
    content = nbformat.read(notebook, as_version=4) if isinstance(notebook, Path) else notebook
    found = [output.data[MIME] for cell in content.cells for output in cell.get("outputs", ()) if MIME in output.get("data", {})]
    if not found:
        raise PublishError("the notebook came to no conclusion", str(notebook) if isinstance(notebook, Path) else "", "End it with conclude(...).")
    return Summary.from_json(found[-1])
