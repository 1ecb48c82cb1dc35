"""Looking at the service: what several runbooks ask of it first."""

import time
from urllib.parse import urlsplit

import httpx

from perfweek.runbook.step import Answer, Status, failed, ok, unverifiable
from perfweek.target import Target

ANSWER_S = 5.0


def healthy(target: Target) -> Answer:
    """Whether the service's health path answers 200, and how quickly."""
    url = target.service.url.rstrip("/") + target.service.health
    started = time.perf_counter()
    try:
        status = httpx.get(url, timeout=ANSWER_S).status_code
    except httpx.HTTPError as error:
        return failed(f"{where(target)} does not answer: {type(error).__name__}.")
    took_ms = (time.perf_counter() - started) * 1000
    return ok(f"{where(target)} answered {status} in {took_ms:.0f} ms.") if status == 200 else failed(f"{where(target)} answered {status}.")


def answering(target: Target) -> Answer:
    """The same, where a service that is down must not stand in the way: of looking for the cause, or of the cure."""
    found = healthy(target)
    return found if found.status == Status.OK else unverifiable(found.what)


def where(target: Target) -> str:
    """Host and port of the service, without what a URL may hold besides."""
    return urlsplit(target.service.url).netloc.rpartition("@")[2]
