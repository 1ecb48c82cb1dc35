"""The gate's outcome as Markdown, for a pull request: what blocks first, one line where there is nothing to say."""

import math
from collections.abc import Sequence

from perfweek.progress.gate.checks import Check, unused
from perfweek.target import Waiver
from perfweek.wording import count

PLACE = "<!-- `perfweek gate"
"""Where the outcome goes in a template: a comment that begins like this."""
SIGNS = {"block": "blocks", "warn": "warns", "waived": "waived", "pass": "passes", "no baseline": "new"}


def markdown(checks: Sequence[Check], waivers: Sequence[Waiver], asked_before: bool = True) -> str:
    """Headline, a table of what did not pass, and a line for the rest. Names from the service are escaped."""
    blocked = [check for check in checks if check.outcome == "block"]
    shown = [check for check in checks if check.outcome != "pass"]
    passed = len(checks) - len(shown)
    lines = [f"### Performance: {'blocked by ' + count(len(blocked), 'check') if blocked else 'nothing blocks'}", ""]
    if not asked_before:
        lines += ["The baseline counted other requests, so counts are not compared. Write it anew: `perfweek gate --update`", ""]
    if shown:
        lines += ["| check | baseline or budget | now | outcome | |", "|---|---:|---:|---|---|"]
        lines += [f"| {_cell(one.name)} | {_number(one.before)} | {_number(one.after)} | {SIGNS[one.outcome]} | {_cell(one.note)} |" for one in shown]
        lines.append("")
    lines.append(f"{count(passed, 'check passes', 'checks pass')}.")
    lines += [f"The waiver of {_cell(one.approver)} for {_cell(one.check)} is not needed: take it out." for one in unused(checks, waivers)]
    return "\n".join(lines) + "\n"


def pull_request(template: str, outcome: str) -> str:
    """The team's template with the gate's outcome in place of its comment on performance; behind it where the template has none."""
    first, found, rest = template.partition(PLACE)
    if not found:
        return f"{template.rstrip()}\n\n{outcome}"
    return f"{first}{outcome.strip()}{rest.partition('-->')[2]}"


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.5g}"


def _cell(text: str) -> str:
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("`", "\\`").replace("[", "\\[").replace("@", "&#64;")
