"""What is true of each day: kept in week.json by the runner alone, and checked against the evidence when it is read."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from perfweek import evidence
from perfweek.files import sha256
from perfweek.project import code_files
from perfweek.target import Target
from perfweek.week import DAYS, Week

State = Literal["pending", "running", "complete", "failed", "interrupted", "stale"]


def code_fingerprint(notebook: Path) -> str:
    """One hash over a notebook and all code that it may call."""
    digest = hashlib.sha256()
    for path in (notebook, *code_files()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def target_fingerprint(target: Target) -> str:
    """One hash over the settings of the target."""
    return hashlib.sha256(target.model_dump_json(exclude={"root"}).encode()).hexdigest()


def requested(notebook: Path, target: Target, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What determines a day's result besides the evidence: code, target, parameters."""
    return {"code": code_fingerprint(notebook), "target": target_fingerprint(target), "parameters": dict(parameters)}


def missing_evidence(week: Week, entry: Mapping[str, Any]) -> list[str]:
    """The measurements that a day's results rest on and that are gone or were taken anew since."""
    used: Mapping[str, str] = entry.get("evidence", {})
    return [name for name, fingerprint in used.items() if _fingerprint(week, name) != fingerprint]


def evidence_fingerprints(week: Week, names: set[str]) -> dict[str, str]:
    """name -> fingerprint of the measurements of the given names that are whole."""
    return {name: value for name in sorted(names) if (value := _fingerprint(week, name))}


def _fingerprint(week: Week, name: str) -> str | None:
    return sha256(week.evidence / name / evidence.LISTING) if evidence.find(week, name) else None


def is_current(week: Week, day: str, entry: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Whether the day is complete with the code, target, parameters and evidence of now, and its report is there."""
    return (
        entry.get("status") == "complete"
        and entry.get("asked") == asked
        and not missing_evidence(week, entry)
        and all((week.root / entry[kind]).is_file() for kind in ("report", "notebook"))
        and (week.facts / f"{day}.parquet").is_file()
    )


def settle(week: Week, manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest with the truth of now: no day runs while nobody holds the week; results without evidence are stale.

    To be called by the holder of the week's lock.
    """
    for day in DAYS:
        entry = manifest["days"].setdefault(day, {"status": "pending"})
        if entry["status"] == "running":
            entry.update(status="interrupted", error="the run was ended from outside")
        lost = missing_evidence(week, entry)
        if entry["status"] == "complete" and (lost or not (week.root / entry["report"]).is_file()):
            entry.update(status="stale", error=f"measured anew or missing since: {', '.join(lost) or entry['report']}")
    return manifest
