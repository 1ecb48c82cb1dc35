"""The service's OpenAPI document as evidence of the week."""

import json
from functools import partial
from pathlib import Path

import httpx

from perfweek import evidence
from perfweek.decisions.api.document import LARGEST_BYTES
from perfweek.decisions.material import Missing
from perfweek.errors import MeasurementError
from perfweek.files import write_atomic
from perfweek.load.service import running_service
from perfweek.target import Target
from perfweek.week import Week

NAME, STATE = "openapi", "about.json"
OF_MONDAY = ("profile-monday", "openapi.json")
_ANSWER_S = 10.0


def keep_document(week: Week, target: Target) -> tuple[Path, str] | Missing:
    """The document that [api] openapi names: (its file, the same relative to the week), or why there is none.

    What Monday's measurements kept comes first. Else the file is copied, or the address is asked once and the answer kept as the
    measurement `openapi`; a service that perfweek starts is started for it, without load.
    """
    kept = evidence.find(week, OF_MONDAY[0])
    if kept and kept.has(OF_MONDAY[1]) and target.api.openapi:
        path = evidence.read(week, OF_MONDAY[0]).path(OF_MONDAY[1])
        return path, evidence.relative(week, path)
    if not target.api.openapi:
        return Missing("the target names no OpenAPI document; set openapi under [api] in target.toml")
    inputs = {"openapi": target.api.openapi, "url": target.service.url, "start": target.service.start} | _stamp(target)
    taken = evidence.collect(week, NAME, inputs, partial(_collect, target))
    about = json.loads(taken.path(STATE).read_text())
    if about["problem"]:
        return Missing(about["problem"], evidence.relative(week, taken.path(STATE)))
    return taken.path(about["file"]), evidence.relative(week, taken.path(about["file"]))


def _stamp(target: Target) -> dict[str, int]:
    """What tells that a file has changed; nothing for an address."""
    file = target.resolve(target.api.openapi)
    return {"bytes": file.stat().st_size, "modified_ns": file.stat().st_mtime_ns} if file.is_file() else {}


def _collect(target: Target, folder: Path) -> None:
    file, problem, name = target.resolve(target.api.openapi), "", "openapi.json"
    try:
        if file.is_file():
            content, name = _limited(file.read_bytes()), f"openapi{file.suffix if file.suffix in ('.yaml', '.yml') else '.json'}"
        else:
            content = _asked(target, folder)
        write_atomic(folder / name, content)
    except (OSError, httpx.HTTPError, httpx.InvalidURL, MeasurementError, ValueError) as error:
        problem = f"the OpenAPI document {target.api.openapi} cannot be had: {_first_line(error)}"
    write_atomic(folder / STATE, json.dumps({"file": name, "problem": problem}) + "\n")


def _asked(target: Target, folder: Path) -> bytes:
    told = target.api.openapi
    if "://" in told:
        return _fetched(told)
    address = target.service.url.rstrip("/") + "/" + told.lstrip("/")
    try:
        return _fetched(address)
    except httpx.TransportError:
        if not target.service.start:
            raise
    with running_service(target, target.service.start, folder):
        return _fetched(address)


def _fetched(url: str) -> bytes:
    content = b""
    with httpx.Client(trust_env=False, timeout=_ANSWER_S) as client, client.stream("GET", url) as answer:
        answer.raise_for_status()
        for part in answer.iter_bytes():
            content = _limited(content + part)
    return content


def _limited(content: bytes) -> bytes:
    if len(content) > LARGEST_BYTES:
        raise ValueError(f"larger than {LARGEST_BYTES // 10**6} MB")
    return content


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:200]
