"""Approval: a token that a plan prints and that applying asks for, once, soon, and for the same thing.

The token stands for the runbook, its parameters, the state that was observed and the code that would act on it. The audit file keeps its
hash only, so that nobody can take it from there.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from perfweek.errors import RunbookError
from perfweek.runbook.audit import Audit, Entry
from perfweek.runbook.book import Context, Runbook
from perfweek.runbook.observe import Observed, digest, observe, parameters_of, states_of

VALID_S = 900.0
"""How long a token is good for: time to read the plan and to ask somebody."""
_AGAIN = "Plan again, read it, and give its token: perfweek runbook plan {}"
_CHANGED = {
    "parameters": "the parameters differ from those of the plan",
    "steps": "other steps are selected than in the plan",
    "state": "what was observed has changed since the plan",
    "code": "the code or a script has changed since the plan",
}


@dataclass(frozen=True)
class Plan:
    """What would change, and the token that approves it: '' where nothing awaits approval, or something stands in the way."""

    book: Runbook
    observed: Observed
    token: str
    expires: datetime | None


def make_plan(
    book: Runbook,
    context: Context,
    audit: Audit,
    direction: Any = "forward",
    chosen: Iterable[str] = (),
    valid_s: float = VALID_S,
) -> Plan:
    """Look at everything, change nothing, and write down that it was planned."""
    steps = sorted(chosen)
    observed = observe(book, context, audit, direction, steps)
    about = digests(book, context, observed, steps)
    token, expires = "", None
    if observed.awaiting and not observed.blocked:
        expires = datetime.now(UTC) + timedelta(seconds=valid_s)
        token = f"{digest([book.name, direction, about, expires])[:12]}-{secrets.token_hex(8)}"
    audit.append(
        "planned",
        runbook=book.name,
        direction=direction,
        planned_run=observed.run.id if observed.run else "",
        parameters=parameters_of(context),
        approval=_hash(token),
        expires=expires.isoformat() if expires else "",
        digests=about,
        steps={seen.step.id: seen.status for seen in observed.seen},
        seconds={seen.step.id: round(seen.seconds, 3) for seen in observed.seen},
    )
    return Plan(book, observed, token, expires)


def digests(book: Runbook, context: Context, observed: Observed, steps: list[str]) -> dict[str, str]:
    """What a token stands for, each part by itself, so that a refusal can say which one changed."""
    run = observed.run.id if observed.run else ""
    return {
        "parameters": digest(parameters_of(context)),
        "state": digest([run, states_of(observed)]),
        "code": book.code(context),
        "steps": digest(steps),
    }


def check_token(token: str, book: Runbook, direction: str, now: Mapping[str, str], entries: Iterable[Entry]) -> str:
    """Return the token's hash, as the audit file keeps it. Raises RunbookError for a foreign, used, expired or outdated token."""
    known = list(entries)
    hashed = _hash(token)
    planned = next((entry for entry in known if entry["event"] == "planned" and hashed and entry["approval"] == hashed), None)
    refused = _refusal(planned, book, direction, now, any(entry.get("approved_by") == hashed for entry in known))
    if refused:
        raise RunbookError(refused, book.name, _AGAIN.format(book.name) + (" --rollback" if direction == "back" else ""))
    return hashed


def _refusal(planned: Entry | None, book: Runbook, direction: str, now: Mapping[str, str], used: bool) -> str:
    moment = datetime.now(UTC)
    if planned is None:
        return "the token is foreign: no plan here has printed it"
    if (planned["runbook"], planned["direction"]) != (book.name, direction):
        undo = " --rollback" if planned["direction"] == "back" else ""
        return f"the token is foreign: it was printed for {planned['runbook']}{undo}"
    if used:
        return "the token was used before: a token is good for one run"
    if moment >= datetime.fromisoformat(planned["expires"]):
        return f"the token has expired at {planned['expires'][:19]} UTC"
    if moment < datetime.fromisoformat(planned["at"]):
        return "the token comes from the future: the clock was set back"
    return next((said for name, said in _CHANGED.items() if planned["digests"][name] != now[name]), "")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest() if re.fullmatch(r"[0-9a-f]{12}-[0-9a-f]{16}", token) else ""
