"""Computed sentences and the day's conclusion."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from perfweek.errors import ParameterError
from perfweek.report.output import emit, prose, require_words
from perfweek.report.summary import MIME, KeyFigure, Summary, key_figure
from perfweek.stats import Estimate

MOST_SENTENCES = 3
_WEEK = re.compile(r"\d{4}-W\d{2}")


def say(sentence: str) -> None:
    """Display one computed sentence (plain text; `code` in backticks)."""
    emit(f'<p class="pw-say">{prose(sentence)}</p>', sentence, "sentence")


@dataclass(frozen=True)
class Tile:
    """A key figure of the first screen: what it is, the value with its interval, its unit, the evidence file, and the
    change against the baseline in words ('' where there is none)."""

    label: str
    estimate: Estimate
    unit: str
    source: str
    change: str = ""


def conclude(verdict: Sequence[str], tiles: Sequence[Tile], artifacts: Sequence[Path] = ()) -> None:
    """The day's verdict (at most three sentences), its key figures, and the files a person can take away.
    The report shows them on its first screen and index.html repeats them.

    Raises ParameterError for no sentence or more than three, and for an artifact outside a week's folder."""
    if isinstance(verdict, str) or not 0 < len(verdict) <= MOST_SENTENCES:
        raise ParameterError(f"a verdict has one to {MOST_SENTENCES} sentences, not {verdict!r}", remedy="Give a list of sentences.")
    for tile in tiles:
        require_words("tile", label=tile.label, source=tile.source)
    figures = tuple(key_figure(tile.label, tile.estimate, tile.unit, tile.source, tile.change) for tile in tiles)
    summary = Summary(tuple(verdict), figures, tuple(in_week(path) for path in artifacts))
    emit(summary_html(summary), "\n".join((*verdict, *map(_tile_text, figures), *summary.artifacts)), "summary", {MIME: summary.to_json()})


def in_week(path: Path) -> str:
    """`path` relative to its week's folder, with forward slashes. Raises ParameterError where it is in none."""
    parts = path.parts
    weeks = [position for position, part in enumerate(parts) if _WEEK.fullmatch(part)]
    inside = parts[weeks[-1] + 1 :] if weeks else parts
    if (path.is_absolute() and not weeks) or not inside or ".." in inside:
        raise ParameterError("an artifact is outside the week's folder", str(path), "Write it below day.week.artifacts.")
    return "/".join(inside)


def _tile_text(tile: KeyFigure) -> str:
    change = f"; {tile.change}" if tile.change else ""
    return f"{tile.label}: {tile.shown} {tile.unit} ({tile.interval}, n = {tile.n:,}){change}"


def summary_html(summary: Summary) -> str:
    """The conclusion as JupyterLab shows it."""
    verdict = "".join(f"<p>{prose(sentence)}</p>" for sentence in summary.verdict)
    tiles = "".join(f"<li>{html.escape(_tile_text(tile))}</li>" for tile in summary.tiles)
    artifacts = "".join(f"<li><code>{html.escape(path)}</code></li>" for path in summary.artifacts)
    return f"{verdict}<ul>{tiles}</ul>" + (f"<p>To take away:</p><ul>{artifacts}</ul>" if artifacts else "")
