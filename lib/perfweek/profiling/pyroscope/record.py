"""How continuous profiles were got, and why there are none."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from perfweek.errors import EvidenceError
from perfweek.files import write_atomic

RECORD = "pyroscope.json"


@dataclass(frozen=True)
class Record:
    """`origin`: pulled from a 'server' at `url`, or pushed to our own 'receiver'; `service`: its service_name there. Windows of `window_s` seconds
    from `started` to `ended` (epoch seconds), all under load; each push covers `upload_s` seconds. A server gives the pushes that began in a
    window, the receiver those whose middle lies in it. `accepted` and `refused` count what was pushed to the receiver.
    Where there is no profile, `reason` says why and `remedy` what to do; '' where there is one."""

    origin: Literal["server", "receiver"]
    url: str
    service: str
    started: float
    ended: float
    window_s: float
    upload_s: float
    reason: str = ""
    remedy: str = ""
    accepted: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)

    @property
    def delay_s(self) -> float:
        """How much later than the window, on average, lies what its pushes cover."""
        return self.upload_s / 2 if self.origin == "server" else 0.0


def write_record(folder: Path, record: Record) -> None:
    """Write RECORD into `folder`."""
    write_atomic(folder / RECORD, json.dumps(asdict(record), indent=2) + "\n")


def read_record(path: Path) -> Record:
    """Read what `write_record` wrote. Raises EvidenceError where the file is damaged."""
    try:
        return Record(**json.loads(path.read_text()))
    except (ValueError, TypeError) as error:
        raise EvidenceError(f"the record of the profiles is damaged: {error}", str(path), "Run the day again: it will be measured anew.") from error
