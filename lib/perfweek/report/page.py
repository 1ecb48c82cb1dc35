"""Pages: what stands around the content of every one, and taking one back."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from perfweek.report.output import template_text
from perfweek.week import Week


@dataclass(frozen=True)
class Page:
    """What stands around a day's sections: week and day as the reader calls them, and the footer's groups of facts."""

    week: str
    day: str
    footer: Mapping[str, Mapping[str, str]]


def content_security_policy(script: str, style: str) -> str:
    """No network, no script and no style sheet but our own two, by their hashes; pictures from inside the page."""
    return (
        f"default-src 'none'; img-src data:; script-src {_hash(script)}; style-src-elem {_hash(style)}; style-src-attr 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'"
    )


def in_words(values: Mapping[str, object]) -> dict[str, str]:
    """Names and values of the manifest as a reader has them: memory_gib becomes 'memory, GiB'."""
    return {name.replace("_gib", ", GiB").replace("_", " "): str(value) for name, value in values.items()}


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def frame() -> dict[str, str]:
    """The parts that every page carries: policy, style and script."""
    script, style = template_text("script.js"), template_text("style.css")
    return {"policy": content_security_policy(script, style), "script": script, "style": style}


def withdraw(week: Week, day: str) -> None:
    """Remove the day's report and notebook: results of an earlier run must not pose as this one's."""
    for kind in ("html", "ipynb"):
        (week.reports / f"{day}.{kind}").unlink(missing_ok=True)
