"""The guide with the team's own numbers: the page of runbooks/onboarding with a table where it has a mark for one."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from perfweek.decisions.diagrams.document import markdown_text
from perfweek.files import write_atomic
from perfweek.progress.onboarding.checks import checklist
from perfweek.progress.onboarding.numbers import Numbers
from perfweek.progress.onboarding.tables import checklist_table, endpoints_table, limits_table
from perfweek.project import project_folder
from perfweek.week import Week
from perfweek.wording import bracketed

GUIDE = "performance-first.md"
_MARK = re.compile(r"<!-- numbers: (?P<name>[a-z]+) -->\n(?:.*?\n)??(?=\n|\Z)")


def write_guide(week: Week, numbers: Numbers) -> Path:
    """Write artifacts/friday/performance-first.md and return it."""
    return write_atomic(week.artifacts / "friday" / GUIDE, rendered((project_folder("runbooks") / "onboarding" / GUIDE).read_text(), numbers))


def rendered(template: str, numbers: Numbers) -> str:
    """`template` with a table in the place of each `<!-- numbers: NAME -->` and the line below it."""
    parts = {
        "endpoints": _table(endpoints_table(numbers), numbers.source),
        "limits": _table(limits_table(numbers), numbers.source),
        "checklist": _table(checklist_table(checklist(numbers)), numbers.source),
        "caching": f"Caches answer {bracketed(numbers.hits, '%')} of our reads. Evidence: `{numbers.source}`",
    }
    return _MARK.sub(lambda match: f"{parts[match['name']]}\n" if match["name"] in parts else match[0], template)


def _table(frame: pd.DataFrame, source: str) -> str:
    return "\n".join(_lines(frame, source))


def _lines(frame: pd.DataFrame, source: str) -> Iterator[str]:
    if frame.empty:
        yield f"No data. Evidence: `{source}`"
        return
    yield f"| {' | '.join(frame.columns)} |"
    yield "|" + " --- |" * len(frame.columns)
    yield from (f"| {' | '.join(markdown_text(str(cell)) for cell in row)} |" for row in frame.to_numpy())
    yield f"\nEvidence: `{source}`"
