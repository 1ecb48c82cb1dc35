"""The two questions of a Pyroscope server that the receiver answers, from what it has kept: which CPU did these series use between two times?"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError

from perfweek.profiling.pyroscope.archive import INDEX, Entry, read_index, read_profiles
from perfweek.profiling.pyroscope.bounded import BadContentError
from perfweek.profiling.pyroscope.flamebearer import write_flamebearer
from perfweek.profiling.pyroscope.messages import SelectMergeProfileRequest
from perfweek.profiling.pyroscope.pprof import Profile, total, write_pprof

PATH = "/querier.v1.QuerierService/SelectMergeProfile"
CPU_TYPE = "process_cpu:cpu:nanoseconds:cpu:nanoseconds"
_SELECTOR = re.compile(r'\{\s*(?:\w+="(?:[^"\\]|\\.)*"\s*(?:,\s*|(?=\})))*\}')
_MATCHER = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def selector(labels: Mapping[str, str]) -> str:
    """Labels as PromQL selects them: {service_name="shop"}."""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def render(folder: Path, given: Mapping[str, str]) -> dict[str, Any]:
    """The answer of GET /pyroscope/render to `query`, `from` and `until` (epoch seconds). Raises BadContentError."""
    kind, brace, rest = given.get("query", "").partition("{")
    try:
        start, end = float(given.get("from", "")), float(given.get("until", ""))
    except ValueError as error:
        raise BadContentError("from and until are epoch seconds") from error
    found = _profiles(folder, kind, brace + rest or "{}", start, end)
    return write_flamebearer(total([sample for profile in found for sample in profile.samples]), 1e9)


def merge(folder: Path, message: bytes) -> bytes:
    """The answer of SelectMergeProfile: one pprof of everything selected. Raises BadContentError."""
    request = SelectMergeProfileRequest()
    try:
        request.ParseFromString(message)
    except DecodeError as error:
        raise BadContentError("no protobuf message") from error
    start, end = request.start / 1000, request.end / 1000
    found = _profiles(folder, request.profile_typeID, request.label_selector or "{}", start, end)
    samples = tuple(sample for profile in found for sample in profile.samples)
    period = max((profile.period for profile in found), default=0)
    return write_pprof(Profile("cpu", "nanoseconds", period, start, max(0.0, end - start), samples))


def _profiles(folder: Path, kind: str, selected: str, start: float, end: float) -> list[Profile]:
    if kind != CPU_TYPE:
        raise BadContentError(f"only {CPU_TYPE} can be asked for")
    if not _SELECTOR.fullmatch(selected):
        raise BadContentError('a selector looks like {service_name="shop"}')
    wanted = {name: re.sub(r"\\(.)", r"\1", value) for name, value in _MATCHER.findall(selected)}
    chosen = [entry for entry in read_index(folder / INDEX) if _fits(entry, wanted) and start <= entry.started <= end]
    return [profile for _, profile in read_profiles(folder, chosen)]


def _fits(entry: Entry, wanted: Mapping[str, str]) -> bool:
    return entry.is_cpu and all(entry.labels.get(name) == value for name, value in wanted.items())


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", " ")
