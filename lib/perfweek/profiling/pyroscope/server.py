"""Asking a Pyroscope server for the CPU profile of a service between two times.

First by the call that answers a pprof with file names (querier.v1, Connect protocol, from 1.0 on), and where the server does not have it by
the older GET /pyroscope/render. Both were written against the documented interface, not against a server of each version.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from perfweek.profiling.pyroscope.archive import LARGEST_ANSWER, Form, profile_of_graph
from perfweek.profiling.pyroscope.bounded import BadContentError, TooLargeError
from perfweek.profiling.pyroscope.messages import SelectMergeProfileRequest
from perfweek.profiling.pyroscope.pprof import Profile, read_pprof
from perfweek.profiling.pyroscope.querying import CPU_TYPE, PATH, selector

USER, PASSWORD = "PYROSCOPE_BASIC_AUTH_USER", "PYROSCOPE_BASIC_AUTH_PASSWORD"
_LABEL_VALUES = "/querier.v1.QuerierService/LabelValues"
_UNKNOWN_CALL = {404, 405, 410, 415, 501}
_PATIENCE_S = 30.0
_MOST_NODES = 100_000
_NAMES_SHOWN = 10


class RefusedError(Exception):
    """The server gave no profile: `reason` in its words, `remedy` what to do."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason, self.remedy = reason, remedy


@dataclass(frozen=True)
class Answer:
    """The CPU profile of a span of time: its content as it came, in which form, and read."""

    form: Form
    content: bytes
    profile: Profile


class Server:
    """A Pyroscope server at `url`. Name and password for it come from the environment (USER, PASSWORD) or from the URL; neither is ever shown."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url.rstrip("/"))
        self.shown_url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        user = os.environ.get(USER)
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            auth=(user, os.environ.get(PASSWORD, "")) if user else None,
            timeout=_PATIENCE_S,
            trust_env=parts.hostname not in ("127.0.0.1", "localhost", "::1"),
        )

    def close(self) -> None:
        self._client.close()

    def profile(self, service: str, started: float, ended: float) -> Answer:
        """The profile of `service` (its service_name) from `started` to `ended`, epoch seconds. Raises RefusedError."""
        status, content = self._merged(service, started, ended)
        if status not in _UNKNOWN_CALL:
            self._check(status, content)
            return self._read("pprof", content, lambda: read_pprof(content, limit=LARGEST_ANSWER))
        asked = {"query": CPU_TYPE + selector({"service_name": service}), "from": int(started), "until": int(ended), "maxNodes": _MOST_NODES}
        status, content = self._ask("GET", "/pyroscope/render", params=asked)
        self._check(status, content)
        return self._read("flamebearer", content, lambda: profile_of_graph(json.loads(content), started, ended))

    def services(self, started: float, ended: float) -> list[str]:
        """The names of the services that pushed profiles between the two times; none where the server does not tell."""
        asked = {"name": "service_name", "start": int(1000 * started), "end": int(1000 * ended)}
        status, content = self._ask("POST", _LABEL_VALUES, json=asked)
        try:
            return sorted(str(name) for name in json.loads(content).get("names", ()))[:_NAMES_SHOWN] if status == 200 else []
        except (ValueError, AttributeError, TypeError):
            return []

    def _merged(self, service: str, started: float, ended: float) -> tuple[int, bytes]:
        """The end is part of what a server selects: a millisecond less, so that windows side by side share nothing."""
        message = SelectMergeProfileRequest(
            profile_typeID=CPU_TYPE, label_selector=selector({"service_name": service}), start=int(1000 * started), end=int(1000 * ended) - 1
        )
        return self._ask("POST", PATH, content=message.SerializeToString(), headers={"Content-Type": "application/proto"})

    def _ask(self, method: str, path: str, **request: object) -> tuple[int, bytes]:
        content = bytearray()
        try:
            with self._client.stream(method, path, **request) as answer:  # type: ignore[arg-type]
                for part in answer.iter_bytes():
                    content += part
                    if len(content) > LARGEST_ANSWER:
                        raise RefusedError(f"{self.shown_url} answered with more than {LARGEST_ANSWER:,} bytes", "Ask for shorter windows.")
                return answer.status_code, bytes(content)
        except httpx.HTTPError as error:
            raise RefusedError(
                f"{self.shown_url} does not answer ({type(error).__name__})",
                "Start the server, or mend [monitoring] pyroscope in the target. Agents call a server that is not there a success: see "
                "runbooks/profiling.md.",
            ) from error

    def _check(self, status: int, content: bytes) -> None:
        if status == 200:
            return
        said = " ".join(content[:200].decode(errors="replace").split())
        remedy = f"Give name and password in {USER} and {PASSWORD}." if status in (401, 403) else "Read the server's log; see runbooks/profiling.md."
        raise RefusedError(f"{self.shown_url} answers {status}{f': {said}' if said else ''}", remedy)

    def _read(self, form: Form, content: bytes, read: Callable[[], Profile]) -> Answer:
        """A span without samples has no kinds of values either."""
        try:
            return Answer(form, content, read() if content else Profile("cpu", "nanoseconds", 0, 0.0, 0.0, ()))
        except TooLargeError as error:
            raise RefusedError(f"{self.shown_url} answers with a profile of {error}", "Ask for shorter windows.") from error
        except (BadContentError, ValueError) as error:
            raise RefusedError(
                f"{self.shown_url} answers with something else than a profile: {error}", "Check that the URL is that of a Pyroscope server."
            ) from error
