"""Each known trap is found where it is, by name, and its harmless twin is not accused."""

import dataclasses
import math
import socket
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from perfweek.access_log import SCHEMA
from perfweek.load.baseline import Baseline
from perfweek.load.latency import endpoint_latencies
from perfweek.load.traps import TRAPS, Endpoint, Generator, Machine, Observed, Recorded, Warming, looked_for, sprung, traps_sentence
from perfweek.load.traps.observe import endpoints_of, observed_of, slow_rate_of, warming_of
from perfweek.stats import Estimate


def about(value, half=0.0):
    return Estimate(value, value - half, value + half, 100, "made")


def endpoint(p10, p50, p90, inside=math.nan, requests=500, refused=0):
    return Observed(endpoints=[Endpoint("GET /ping", requests, refused, p10, about(p50, 0.1), p90, inside)])


def generator(cores=0.4, users=10, dropped=0):
    made = Generator(about(cores, 0.05), users, 50, 1000, dropped)
    return Observed(generator=made, machine=Machine(2, about(0.9), [about(0.5)]))


def workers(*cores, busy=0.4):
    return Observed(machine=Machine(4, about(busy, 0.025), [about(one, 0.02) for one in cores]))


RECORDED = Recorded("py-spy", "0.4.2", "3.11.7", ("--gil",), 100.0)
CASES = [
    ("44 ms without TCP_NODELAY", endpoint(43.9, 44.0, 44.1), endpoint(43.9, 44.0, 90.0)),
    ("44 ms without TCP_NODELAY", endpoint(43.9, 44.0, 44.1, inside=1.5), endpoint(43.9, 44.0, 44.1, inside=43.0)),
    ("44 ms without TCP_NODELAY", endpoint(63.0, 64.0, 66.0, inside=22.0), endpoint(63.0, 64.0, 66.0)),
    ("44 ms without TCP_NODELAY", endpoint(40.0, 41.0, 44.0), endpoint(40.0, 41.0, 44.0, requests=19)),
    ("Saturated load generator", generator(cores=1.85), generator(cores=1.2)),
    ("Saturated load generator", generator(users=50, dropped=30), generator(users=50)),
    ("Saturated load generator", generator(users=50, dropped=1), generator(users=49, dropped=30)),
    ("Single worker at 100 % of a core", workers(0.99), workers(0.6)),
    ("Single worker at 100 % of a core", workers(0.99, 0.02), workers(0.99, 0.97)),
    ("Single worker at 100 % of a core", workers(1.0), workers(1.0, busy=0.95)),
    ("Single worker at 100 % of a core", workers(1.05), workers(2.4)),
    ("Coordinated omission", Observed(model="closed", slow_rate=about(0.3, 0.1)), Observed(model="open", slow_rate=about(0.3, 0.1))),
    ("Coordinated omission", Observed(model="closed", slow_rate=about(0.8, 0.1)), Observed(model="closed", slow_rate=about(0.8, 0.4))),
    ("0 ms of a dead server", endpoint(1, 2, 3, refused=450), endpoint(1, 2, 3)),
    ("0 ms of a dead server", endpoint(math.nan, math.nan, math.nan, refused=500), endpoint(1, 2, 3, refused=1)),
    ("Times in whole seconds", Observed(resolution_s=1.0), Observed(resolution_s=1e-3)),
    ("Cold cache at the start", Observed(warming=Warming(10, 100, 800, 1000)), Observed(warming=Warming(78, 100, 800, 1000))),
    ("Cold cache at the start", Observed(warming=Warming(300, 1000, 8000, 10_000)), Observed(warming=Warming(7500, 10_000, 8000, 10_000))),
    ("Cold cache at the start", Observed(warming=Warming(1, 10, 800, 1000)), Observed(warming=Warming(6, 10, 800, 1000))),
    ("maxmemory = 0", Observed(redis_max_bytes=0.0), Observed(redis_max_bytes=1e9)),
    ("Thread tags under asyncio", Observed(tagged=("GET /items",)), Observed(tagged=())),
    ("Quantiles since the start of the test", Observed(gauges=("k6_http_req_duration_p99",)), Observed(gauges=("k6_http_req_duration_seconds",))),
    (
        "Profiles of different kinds",
        Observed(compared=(RECORDED, dataclasses.replace(RECORDED, version="0.4.3"))),
        Observed(compared=(RECORDED, RECORDED)),
    ),
    ("Profiles of different kinds", Observed(compared=(RECORDED, dataclasses.replace(RECORDED, flags=()))), Observed()),
]


@pytest.mark.parametrize(("name", "case", "twin"), CASES, ids=[f"{place}-{name}" for place, (name, _, _) in enumerate(CASES)])
def test_a_trap_is_found_and_its_twin_is_not_accused(name, case, twin):
    (found,) = sprung(case)
    assert found.name == name
    assert found.remedy
    assert name in traps_sentence(case)
    assert sprung(twin) == []


def test_each_detector_has_a_case():
    found = {detector.__name__ for _, case, _ in CASES for detector, _ in TRAPS if detector(case)}
    assert found == {detector.__name__ for detector, _ in TRAPS}


def test_the_sentences_carry_the_evidence_with_its_interval():
    said = {name: next(trap.sentence for trap in sprung(case)) for name, case, _ in reversed(CASES)}
    assert "takes 44.0 ms (43.9 to 44.1) at the median and 43.9 to 44.1 ms for eight requests in ten" in said["44 ms without TCP_NODELAY"]
    assert "it used 1.85 (1.80 to 1.90) of 2 cores" in said["Saturated load generator"]
    assert "uses 0.99 (0.97 to 1.01) cores while 2.4 (2.3 to 2.5) of 4 cores idle" in said["Single worker at 100 % of a core"]
    assert "only 0.3 (0.2 to 0.4) times as often" in said["Coordinated omission"]
    assert "90 % (87 to 92) of the requests to GET /ping got no connection, and k6's own p90 of it is 0 ms" in said["0 ms of a dead server"]
    assert "10 % (6 to 17) of the requests at the start of the load and 80 % (77 to 82) afterwards" in said["Cold cache at the start"]
    assert said["Profiles of different kinds"] == "The two profiles cannot be compared: version 0.4.2 and 0.4.3."
    drops = next(trap.sentence for trap in sprung(generator(users=50, dropped=30)))
    assert "all 50 virtual users were busy and 30 arrivals (3 % (2 to 4)) were not started" in drops


def test_what_misleads_comes_before_what_is_slow():
    both = Observed(endpoints=endpoint(43.9, 44.0, 44.1).endpoints, resolution_s=1.0)
    assert [trap.misleads for trap in sprung(both)] == [True, False]


def test_nothing_found_is_not_said_of_what_nobody_looked_at():
    assert (looked_for(Observed()), sprung(Observed())) == (0, [])
    clean = Observed(model="open", resolution_s=1e-6, redis_max_bytes=1e9)
    assert looked_for(clean) == 3
    assert traps_sentence(clean) == f"None of 3 known traps was found; about {len(TRAPS) - 3} more this evidence says nothing."
    assert looked_for(Observed(redis_max_bytes=0.0)) == 1


def requests_of(rates, durations_ms, seed=1):
    """Each second with its number of requests, all of its response time, less or more a tenth."""
    drawn = np.random.default_rng(seed)
    times = np.concatenate([second + np.sort(drawn.random(rate)) for second, rate in enumerate(rates)])
    durations = np.repeat(durations_ms, rates) * drawn.uniform(0.9, 1.1, len(times))
    return pd.DataFrame({"time": 1e9 + times, "duration_ms": durations, "failed": False, "endpoint": "GET /ping", "status": 200})


def test_a_closed_model_is_seen_to_ask_less_while_the_service_is_slow():
    """Twenty users without a pause: 200 requests a second at 100 ms, 40 at 500 ms in every tenth second."""
    slow = [second % 10 == 9 for second in range(60)]
    closed = requests_of([40 if one else 200 for one in slow], [500.0 if one else 100.0 for one in slow])
    found = slow_rate_of(closed)
    assert found.low <= 0.2 <= found.high
    assert [trap.name for trap in sprung(Observed(model="closed", slow_rate=found))] == ["Coordinated omission"]


def test_a_closed_model_with_pauses_that_hardly_slows_is_not_accused():
    drawn = np.random.default_rng(3)
    steady = requests_of(drawn.poisson(100, 60), drawn.uniform(9, 11, 60))
    assert sprung(Observed(model="closed", slow_rate=slow_rate_of(steady))) == []
    assert slow_rate_of(steady.head(0)) is None
    assert slow_rate_of(requests_of([5, 5, 5], [1.0, 1.0, 9.0])) is None


def access_log(hit_share):
    drawn = np.random.default_rng(2)
    shares = np.concatenate([np.full(200, hit_share), np.full(1800, 0.8)])
    tiers = np.where(drawn.random(2000) < shares, "l1", "origin")
    return pd.DataFrame({"time": np.linspace(1e9, 1e9 + 100, 2000), "tier": tiers, "route": "GET /ping", "duration_ms": 1.0})


def test_a_cold_cache_is_seen_in_the_access_log_and_a_warm_one_is_not():
    assert [trap.name for trap in sprung(Observed(warming=warming_of(access_log(0.2))))] == ["Cold cache at the start"]
    assert sprung(Observed(warming=warming_of(access_log(0.8)))) == []
    assert warming_of(access_log(0.8).assign(tier="none")) is None
    assert warming_of(access_log(0.8).assign(tier="origin")) is None


SERVER = """
import socket, sys, uvicorn
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
listener.bind(("127.0.0.1", 0))
listener.listen()
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, loop=sys.argv[1], http="h11", lifespan="off", log_level="warning")).run(sockets=[listener])
"""


def kept_alive(loop, count=40, skipped=10):
    """Requests to a real uvicorn over one connection, as the table of a load run; the first ones are acknowledged at once."""
    with subprocess.Popen([sys.executable, "-c", SERVER, loop], stdout=subprocess.PIPE, text=True) as server:
        try:
            rows = []
            with socket.create_connection(("127.0.0.1", int(server.stdout.readline())), 10) as connection:
                for _ in range(count):
                    started = time.perf_counter()
                    connection.sendall(b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n")
                    answer = b""
                    while not answer.endswith(b"ok"):
                        answer += connection.recv(4096)
                    rows.append((1e9 + started, 1000 * (time.perf_counter() - started)))
        finally:
            server.kill()
    table = pd.DataFrame(rows[skipped:], columns=["time", "duration_ms"])
    return table.assign(endpoint="GET /ping", failed=False, status=200)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the delay is that of Linux")
def test_a_real_uvicorn_on_a_socket_without_protocol_is_caught_and_uvloop_is_not():
    no_log = pd.DataFrame({"route": pd.Series(dtype=str), "duration_ms": pd.Series(dtype=float)})
    names = {}
    for loop in ("asyncio", "uvloop"):
        requests = kept_alive(loop)
        names[loop] = [trap.name for trap in sprung(Observed(endpoints=endpoints_of(endpoint_latencies(requests), requests, no_log)))]
    assert names == {"asyncio": ["44 ms without TCP_NODELAY"], "uvloop": []}


def test_a_load_run_is_looked_at_with_its_log_and_its_machine(make_run, requests):
    """The endpoint waits 44 ms, the service says 2; half of the requests to the other one find no server; users are used up."""
    answered = requests(("GET /ping", 44.0), ("GET /down", 20.0), spread=0.01)
    down = (answered["endpoint"] == "GET /down") & (answered.index % 4 < 2)
    refused = answered.assign(
        duration_ms=answered["duration_ms"].where(~down, 0.0), status=answered["status"].where(~down, 0), failed=answered["failed"] | down
    )
    log = SCHEMA.empty_table().to_pandas().reindex(range(100))
    log = log.assign(time=answered["time"].head(100), route="GET /ping", duration_ms=2.0, tier="none")
    run = make_run(refused, dropped=50)
    seen = observed_of(Baseline(run, 200), log, Machine(2, about(0.5), [about(0.4)]), about(0.3), (50, 50))
    names = {"44 ms without TCP_NODELAY", "0 ms of a dead server", "Saturated load generator"}
    assert {trap.name for trap in sprung(seen)} == names
    assert looked_for(seen) == 6


def test_a_load_run_of_which_little_is_known_accuses_nobody(make_run, requests):
    run = make_run(requests(("GET /ping", 20.0)), dropped=50, watched=False)
    seen = observed_of(Baseline(run, 200), SCHEMA.empty_table().to_pandas())
    assert (seen.generator, seen.machine, seen.warming) == (None, None, None)
    assert sprung(seen) == []
