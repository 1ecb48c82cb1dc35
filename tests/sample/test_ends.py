"""What must hold at the end of a request and of the service, whatever the timing."""

import asyncio
import threading

import pytest

from perfweek.errors import WarehouseError
from perfweek.sample.catalogue import Gate
from perfweek.sample.journal import Journal


def test_a_request_is_noted_before_the_last_part_of_its_response_leaves():
    events = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await send({"type": "http.response.body", "body": b"two"})

    async def send(message):
        events.append(message.get("body", message["type"]))

    journal = Journal(app, lambda trace: events.append(("noted", trace.bytes)), frozenset())
    scope = {"type": "http", "method": "GET", "path": "/x", "headers": []}
    apart = threading.Thread(target=lambda: asyncio.run(journal(scope, None, send)))  # a browser test may have left a loop in this one
    apart.start()
    apart.join()
    assert events == ["http.response.start", b"one", ("noted", 6), b"two"]


def test_a_stopped_gate_lets_nothing_in_and_waits_for_what_is_inside():
    gate, inside, leave, waited = Gate(), threading.Event(), threading.Event(), threading.Event()

    def pass_slowly() -> None:
        with gate.passing():
            inside.set()
            leave.wait()

    def wait() -> None:
        gate.wait(30)
        waited.set()

    threads = [threading.Thread(target=target, daemon=True) for target in (pass_slowly, wait)]
    threads[0].start()
    inside.wait()
    gate.stop()
    threads[1].start()
    with pytest.raises(WarehouseError, match="stopping"), gate.passing():
        pass
    assert not waited.wait(0.05)
    leave.set()
    assert waited.wait(30)


def test_a_gate_does_not_wait_longer_than_it_was_told_to():
    gate = Gate()
    gave_up = threading.Event()
    with gate.passing():
        threading.Thread(target=lambda: (gate.wait(0.01), gave_up.set()), daemon=True).start()
        assert gave_up.wait(30)
