"""Pushing the service's own CPU profile to a Pyroscope server while it runs."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

import httpx

from perfweek.errors import MeasurementError, TargetError

ADDRESS, NAME, UPLOAD = "PYROSCOPE_SERVER_ADDRESS", "PYROSCOPE_APPLICATION_NAME", "PYROSCOPE_UPLOAD_INTERVAL"
SERVICE = "sample catalogue"
Tag = Callable[[str], AbstractContextManager[object]]
_PATIENCE_S = 3.0


def untagged(_route: str) -> AbstractContextManager[object]:
    """What stands for a tag where nothing is pushed."""
    return nullcontext()


@contextmanager
def pushing(url: str) -> Iterator[Tag]:
    """Push to the server at `url` for the length of the block, nothing for ''. Yields what labels the CPU time of a block with its route.

    The label belongs to the thread: only code that runs in one thread to its end may be in such a block, no coroutine.
    Raises MeasurementError where pyroscope-io is not installed, TargetError for a wrong URL or upload interval.
    A server that does not answer is told on standard error: pyroscope-io itself calls that a success.
    """
    if not url:
        yield untagged
        return
    if not url.startswith(("http://", "https://")):
        raise TargetError("the address of the Pyroscope server is no URL", url, "Give one such as http://127.0.0.1:4040.")
    try:
        import pyroscope
    except ImportError as error:
        raise MeasurementError(
            "the profile cannot be pushed: pyroscope-io is not installed", url, "Install it: pip install 'pyroscope-io>=1.4,<2'"
        ) from error
    _warn_unless_ready(url)
    # With gil_only, its default, the time in which the warehouse computes would not be seen: it gives the lock back meanwhile.
    pyroscope.configure(application_name=os.environ.get(NAME) or SERVICE, server_address=url, upload_interval=_upload_s(), gil_only=False)
    try:
        yield lambda route: pyroscope.tag_wrapper({"endpoint": route})
    finally:
        _end_of(pyroscope.shutdown)


def described(url: str) -> str:
    """What settings.json says of it: who pushes where, without a password; '' where nothing is pushed."""
    try:
        host = urlsplit(url).netloc.rpartition("@")[2]
        return f"pyroscope-io {version('pyroscope-io')} to {host}" if url else ""
    except PackageNotFoundError:
        return ""


def _end_of(shutdown: Callable[[], object]) -> None:
    """It sends the last profile, and would wait for a server that does not answer longer than a service has to end."""
    last = threading.Thread(target=shutdown, daemon=True)
    last.start()
    last.join(_PATIENCE_S)


def _upload_s() -> int:
    given = os.environ.get(UPLOAD) or "10"
    if not (given.isascii() and given.isdigit() and 1 <= int(given) <= 3600):
        raise TargetError(f"{UPLOAD} is {given!r}", "the environment", "Give whole seconds from 1 to 3600.")
    return int(given)


def _warn_unless_ready(url: str) -> None:
    try:
        httpx.get(f"{url.rstrip('/')}/ready", timeout=_PATIENCE_S)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        shown = urlsplit(url).netloc.rpartition("@")[2]
        print(
            f"nothing answers at {shown} ({type(error).__name__}): profiles are lost until a Pyroscope server does; pyroscope-io says nothing of it",
            file=sys.stderr,
            flush=True,
        )
