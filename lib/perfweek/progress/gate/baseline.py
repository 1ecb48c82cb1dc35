"""The counts that a change is held to: a small JSON file, kept with the code and reviewed with it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from perfweek.errors import EvidenceError
from perfweek.files import write_atomic
from perfweek.progress.gate.counters import Counter

_REMEDY = "Write it anew from a version that is as it should be: perfweek gate --update"


def write_baseline(path: Path, counters: Sequence[Counter], asked: str) -> Path:
    """`asked`: a hash of the requests that were counted: counts of other requests are not compared."""
    rows = [asdict(counter) | {"value": round(counter.value, 6)} for counter in sorted(counters, key=lambda one: one.check)]
    return write_atomic(path, json.dumps({"asked": asked, "counters": rows}, indent=1, ensure_ascii=False) + "\n")


def read_baseline(path: Path) -> tuple[dict[str, Counter], str]:
    """check -> counter, and the hash of what was asked; nothing where there is no file. Raises EvidenceError for a damaged one."""
    if not path.is_file():
        return {}, ""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        counters = [Counter(str(row["route"]), str(row["name"]), float(row["value"]), int(row["n"])) for row in content["counters"]]
        return {counter.check: counter for counter in counters}, str(content["asked"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvidenceError(f"the gate's baseline is damaged: {error}", str(path), _REMEDY) from error
