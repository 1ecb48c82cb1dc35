"""Taking out of a notebook what says where and by whom it was run."""

import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat

from perfweek.week import Week

TEMPORARY = "<tmp>"
_KERNEL_FILE = re.compile(rf"{TEMPORARY}/ipykernel_\d+/\d+\.py")


def scrubbed(notebook: nbformat.NotebookNode, week: Week) -> nbformat.NotebookNode:
    """A copy of `notebook` without papermill's metadata and execution times, absolute paths made relative to the project."""
    copy = _replaced(notebook, _places(week))
    for part in (copy, *copy.cells):
        part.metadata.pop("papermill", None)
        part.metadata.pop("execution", None)
    return nbformat.from_dict(copy)


def _places(week: Week) -> list[tuple[str, str]]:
    """What stands for which folder, longest first: a path is replaced by its most precise name."""
    project = week.root.parent.parent
    places = {
        f"{project}/": "",
        str(project): ".",
        sys.prefix: "<python>",
        sys.base_prefix: "<python>",
        str(Path.home()): "~",
        tempfile.gettempdir(): TEMPORARY,
    }
    return sorted(((place, name) for place, name in places.items() if len(place) > 1), key=lambda item: -len(item[0]))


def _replaced(value: Any, places: list[tuple[str, str]]) -> Any:
    if isinstance(value, dict):
        return nbformat.NotebookNode({key: _replaced(part, places) for key, part in value.items()})
    if isinstance(value, list):
        return [_replaced(part, places) for part in value]
    if not isinstance(value, str) or value.startswith("data:"):
        return value
    for place, name in places:
        if place in value:
            ends = "" if place.endswith("/") else r"(?![\w.-])"
            value = re.sub(rf"(?<![\w.-]){re.escape(place)}{ends}", name, value)
    return _KERNEL_FILE.sub("<cell>", value)
