"""What a notebook's cell leaves behind: HTML for people, plain text beside it, and metadata that the publication checks."""

import functools
import html
import re
from pathlib import Path
from typing import Any

from perfweek.errors import PublishError

TEMPLATE = Path(__file__).parent / "template" / "perfweek"
KEY = "perfweek"
_CODE = re.compile(r"`([^`\n]+)`")
_UNIT = re.compile(r"(?<=\d) (?=(?:%|ms|s|min|[kMG]i?B)(?!\w))|(?<=\bn) (?== )|(?<=\bn =) (?=\d)")


@functools.cache
def template_text(name: str) -> str:
    """The content of a file of the report's template."""
    return (TEMPLATE / name).read_text(encoding="utf-8")


def emit(content: str, text: str, kind: str, extra: dict[str, Any] | None = None, **facts: Any) -> None:
    """Display `content` (safe HTML) with `text` for those who read no HTML; `facts` go into the output's metadata.

    JupyterLab does not know the reports' stylesheet, so the output brings a short one; the report drops it again.
    """
    from IPython.display import display  # a quarter of a second that only notebooks need

    page = f'<style>{template_text("lab.css")}</style><div class="pw-out">{content}</div>'
    bundle = {"text/html": page, "text/plain": text, **(extra or {})}
    display(bundle, raw=True, metadata={KEY: {"kind": kind, **facts}})


def prose(text: str) -> str:
    """`text` escaped for HTML, with `code` in backticks marked up, and no line break between a number and its unit."""
    return _CODE.sub(r"<code>\1</code>", _UNIT.sub("\N{NO-BREAK SPACE}", html.escape(text)))


def require_words(kind: str, **words: str) -> None:
    """Raise PublishError where one of the words that must go with a figure or a table is empty."""
    for name, value in words.items():
        if not value.strip():
            raise PublishError(f"a {kind} has no {name}", value, f"Give {name}= in words: a reader who does not see the {kind} relies on it.")
