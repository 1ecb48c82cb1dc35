"""The push protocol of Pyroscope's agents: POST /push.v1.PusherService/Push, one protobuf message of series with labels and pprofs, mostly in gzip.

So does pyroscope-io 1.4: content-type application/proto, content-encoding gzip, one push every upload interval and one at its shutdown.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from google.protobuf.message import DecodeError

from perfweek.profiling.pyroscope.bounded import BadContentError, gunzip
from perfweek.profiling.pyroscope.messages import PushRequest
from perfweek.profiling.pyroscope.pprof import LARGEST, Profile, read_pprof

PATH = "/push.v1.PusherService/Push"
CONTENT_TYPES = ("application/proto", "application/x-protobuf")
MOST_PROFILES = 1000


@dataclass(frozen=True)
class Pushed:
    """One profile of a push and the labels of its series; `__name__` among them is 'process_cpu' or 'memory'."""

    labels: Mapping[str, str]
    profile: Profile

    @classmethod
    def of_window(cls, service: str, profile: Profile, started: float, ended: float) -> "Pushed":
        """What a server merged for a window: the time is the window's, since a merged profile has that of one of its parts."""
        return cls({"service_name": service}, replace(profile, started=started, duration_s=ended - started))


def unpack(body: bytes, encoding: str) -> bytes:
    """The message in a request's body. Raises BadContentError, TooLargeError; ValueError for an encoding that is not known."""
    if encoding not in ("", "identity", "gzip"):
        raise BadContentError(f"content-encoding {encoding!r} is not gzip")
    return gunzip(body, LARGEST) if encoding == "gzip" else body


def read_push(message: bytes) -> list[Pushed]:
    """Every profile of a push, in its order. Raises BadContentError, TooLargeError."""
    request = PushRequest()
    try:
        request.ParseFromString(message)
    except DecodeError as error:
        raise BadContentError("no protobuf message") from error
    if sum(len(series.samples) for series in request.series) > MOST_PROFILES:
        raise BadContentError(f"more than {MOST_PROFILES} profiles in one push")
    pushed = list(_pushed(request))
    if not pushed:
        raise BadContentError("there is no profile in it")
    return pushed


def _pushed(request: object) -> Iterator[Pushed]:
    for series in request.series:  # type: ignore[attr-defined]
        labels = {label.name.decode(errors="replace"): label.value.decode(errors="replace") for label in series.labels}
        for sample in series.samples:
            yield Pushed(labels, read_pprof(sample.raw_profile))
