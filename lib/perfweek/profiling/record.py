"""What is kept of a profile run: how it was taken, its windows with the profiler on and off, and why there is none."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from perfweek.errors import EvidenceError
from perfweek.files import write_atomic

RECORD = "profile.json"


@dataclass(frozen=True)
class Slot:
    """One window of the run: with the profiler `on` or off, from `started` to `ended` (epoch seconds), `cpu_s` that the service used
    meanwhile by the operating system. `file` is the raw profile and `profiler_cpu_s` what the profiler itself used; '' and 0 where it was off."""

    on: bool
    started: float
    ended: float
    cpu_s: float
    file: str = ""
    profiler_cpu_s: float = 0.0


@dataclass(frozen=True)
class Profile:
    """How a profile was taken, and why there is none (`reason`, `remedy`), '' where there is one.

    `flags` are those of py-spy and `python` is the version that it saw, since profiles compare only within one version and mode. `choice` says
    which profiler was chosen and why. `names` gives file names of speedscope profiles as py-spy's raw format shortens them.
    """

    tool: str
    version: str
    python: str
    flags: tuple[str, ...]
    rate_hz: int
    choice: str
    reason: str
    remedy: str
    slots: tuple[Slot, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def wall_s(self) -> float:
        """Seconds with the profiler on."""
        return sum(slot.ended - slot.started for slot in self.slots if slot.on)


def write_record(folder: Path, profile: Profile) -> None:
    """Write RECORD into `folder`."""
    write_atomic(folder / RECORD, json.dumps(asdict(profile), indent=2) + "\n")


def read_record(path: Path) -> Profile:
    """Read what `write_record` wrote. Raises EvidenceError where the file is damaged or of another generation."""
    try:
        content = json.loads(path.read_text())
        slots = tuple(Slot(**slot) for slot in content.pop("slots"))
        return Profile(**{**content, "flags": tuple(content["flags"]), "slots": slots})
    except (ValueError, TypeError, KeyError) as error:
        raise EvidenceError(
            f"the record of the profile cannot be read: {error}", str(path), "Move its folder away and run the day again: it will be measured anew."
        ) from error
