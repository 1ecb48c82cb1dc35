"""Which k6 script loads the target, and what it is told by the environment."""

import json
from dataclasses import dataclass
from pathlib import Path

from perfweek.errors import TargetError
from perfweek.files import sha256
from perfweek.load.k6 import remote_write
from perfweek.project import project_folder
from perfweek.target import Target

_CHECKLIST_RATE = 100.0
NOTHING_TO_ASK = (
    'Name what to ask for in [[load.requests]], or a k6 script of your own in [load] script. (Only the bundled sample has session = "sample".)'
)


@dataclass(frozen=True)
class Script:
    """A load script with the profile and the arrivals a second that it is run with, and what else it reads from the environment."""

    path: Path
    profile: str
    rate: float
    environment: dict[str, str]

    def sha256(self) -> dict[str, str]:
        """Hashes of the script and of the modules that may be imported beside it."""
        return {path.name: sha256(path) for path in sorted({self.path, *self.path.parent.glob("*.js")})}


def script_of(target: Target, profile: str = "") -> Script:
    """The target's load script, or the bundled one, and its settings.

    Raises TargetError where its file is not there, or the bundled script would have nothing to ask for.
    """
    if target.load.script:
        path = target.resolve(target.load.script)
        if not path.is_file():
            raise TargetError("the load script is not there", str(path), "Mend [load] script in the target, or leave it out to use the bundled one.")
    else:
        path = bundled_script(target, "baseline.js")
    profile = profile or target.load.profile
    rate = rate_of(target, profile)
    return Script(path, profile, rate, environment_of(target) | {"PROFILE": profile, "RATE": f"{rate:.10g}", "MODEL": target.load.model})


def rate_of(target: Target, profile: str) -> float:
    """Arrivals a second: the target's, or those of the checklist where it names none for the profile week1."""
    return target.load.rate if "rate" in target.load.model_fields_set or profile.startswith("smoke") else _CHECKLIST_RATE


def bundled_script(target: Target, name: str) -> Path:
    """A script of k6/ that asks what the target names. Raises TargetError where it names nothing to ask for."""
    if not target.load.requests and not target.load.session:
        raise TargetError("the target does not say what to ask the service for under load", "load.requests", NOTHING_TO_ASK)
    return project_folder("k6") / name


def environment_of(target: Target) -> dict[str, str]:
    """What every script of k6/ reads: BASE_URL, BUDGET_MS, REQUESTS and SESSION; and where k6 sends its results besides, if anywhere."""
    return {
        **remote_write(target.monitoring.prometheus),
        "BASE_URL": target.service.url.rstrip("/"),
        "BUDGET_MS": f"{target.service.latency_budget_p95_ms:.10g}",
        "REQUESTS": json.dumps([request.model_dump() for request in target.load.requests]),
        "SESSION": target.load.session,
    }
