"""The diagrams as files to take along: Mermaid texts, and a Markdown page that shows them with their words."""

import re
from collections.abc import Iterator
from pathlib import Path

from perfweek.decisions.diagrams.mermaid import mermaid
from perfweek.decisions.diagrams.model import Diagram
from perfweek.decisions.diagrams.study import Diagrams
from perfweek.decisions.diagrams.words import COLUMNS, alternative, table
from perfweek.files import write_atomic
from perfweek.week import Week

PAGE = "diagrams.md"
_MARKUP = re.compile(r"[^\w .,;:()/%'\"=+?{}-]|_|:(?! )|(?<=[wW]{3})\.")
"""What Markdown may read as more than text; a colon without a space behind it and a dot behind www may belong to an address, which GitHub
makes a link."""


def write_diagrams(week: Week, diagrams: Diagrams) -> list[Path]:
    """Write architecture.mmd, data_flow.mmd and diagrams.md under artifacts/tuesday/ and return them."""
    folder = week.artifacts / "tuesday"
    named = {"architecture.mmd": diagrams.architecture, "data_flow.mmd": diagrams.flow}
    written = [write_atomic(folder / name, mermaid(diagram)) for name, diagram in named.items()]
    page = "\n".join([f"# Diagrams of {week.name}", *(line for diagram in named.values() for line in _part(diagram))])
    return [*written, write_atomic(folder / PAGE, page)]


def _part(diagram: Diagram) -> Iterator[str]:
    yield f"\n## {diagram.title}\n"
    yield f"{markdown_text(alternative(diagram))}\n"
    yield f"```mermaid\n{mermaid(diagram)}```\n"
    yield f"| {' | '.join(COLUMNS)} |"
    yield "|" + " --- |" * len(COLUMNS)
    yield from (f"| {' | '.join(markdown_text(cell) for cell in row)} |" for row in table(diagram).to_numpy())
    yield f"\nEvidence: `{diagram.source}`\n"


def markdown_text(text: str) -> str:
    """Text from outside as text in Markdown, on one line: what could be markup or become a link stands as a character reference."""
    plain = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", plain)
