"""What became of each request: answered, refused, timed out; when it started."""

import contextlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from perfweek.load.reading.samples import Samples

By = Literal["name", "url", "scenario", "group", "status", "method"]
_TIMED_OUT = "1050"
_GENERAL_ERROR = ("", "1000")
_WAITED_MS = 1000.0


@dataclass(frozen=True)
class Outcome:
    """For each request: `start_s` (epoch; k6 stamps the end, the duration is taken off), `status` (0: no answer), `failed` (no answer, or
    not the expected one), `timed_out`, `refused` (no answer for another reason: its duration says nothing about the service)."""

    start_s: NDArray[np.float64]
    status: NDArray[np.int32]
    failed: NDArray[np.bool_]
    timed_out: NDArray[np.bool_]
    refused: NDArray[np.bool_]


def outcome_of(samples: Samples) -> Outcome:
    """Judged by status and error code: old versions of k6 call a request that timed out an expected response. Without a code that says
    so (1050), a request without answer that waited a second or longer has timed out."""
    expected = samples.labels("expected_response")
    status = np.array([_status(text) for text in samples.labels("status")], np.int32)
    failed = [code == 0 or said.lower() == "false" or (not said and code >= 400) for code, said in zip(status, expected, strict=True)]
    codes = samples.labels("error_code")
    unanswered = (status == 0)[samples.tag]
    general = np.array([code in _GENERAL_ERROR for code in codes], bool)[samples.tag]
    said = (codes == _TIMED_OUT)[samples.tag]
    timed_out = unanswered & (said | (general & (samples.duration_ms >= _WAITED_MS)))
    start_s = samples.end_ns / 1e9 - samples.duration_ms / 1000
    return Outcome(start_s, status[samples.tag], np.array(failed, bool)[samples.tag], timed_out, unanswered & ~timed_out)


def by_start(start_s: NDArray[np.float64]) -> NDArray[np.intp] | slice:
    """The order of the starts; all of them as they are where they are in order, which spares a copy of every column."""
    in_order = bool((start_s[:-1] <= start_s[1:]).all())
    return slice(None) if in_order else np.argsort(start_s, kind="stable")


def groups_of(samples: Samples, by: By = "name") -> tuple[list[str], NDArray[np.intp]]:
    """Sorted labels and, for each request, the place of its own; by name, a request without one goes by its URL."""
    labels = samples.labels(by)
    if by == "name":
        labels = np.where(labels == "", samples.labels("url"), labels)
    names = sorted(set(labels))
    places = {name: place for place, name in enumerate(names)}
    place_of_tag = np.array([places[label] for label in labels], np.intp)
    return names, place_of_tag[samples.tag]


def _status(text: str) -> int:
    with contextlib.suppress(ValueError, OverflowError):
        return int(float(text)) if text else 0
    return 0
