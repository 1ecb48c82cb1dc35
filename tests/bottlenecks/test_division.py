"""How response times divide, on services whose parts are known."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from known_service import serve

from perfweek.bottlenecks.division import divide
from perfweek.bottlenecks.pairs import pair
from perfweek.bottlenecks.parts import CPU_PARTS, PARTS, Cpu, Divided
from perfweek.bottlenecks.removal import Requests
from perfweek.stats import Estimate

KNOWN = ("database", "own code", "loop", "network")
NOTHING = Estimate(0.0, 0.0, 0.0, 10, "counted")


def measured(value, spread=0.0):
    return Estimate(value, value - 1.96 * spread, value + 1.96 * spread, 10, "t interval")


def cpu_of(value, spread=0.0):
    """A profile that sees own code alone, on a machine where nothing waits for a CPU."""
    return Cpu({"cache": NOTHING, "serialisation": NOTHING, "own code": measured(value, spread)}, NOTHING, "profile")


def divided(load, cpu=None):
    requests = Requests(pair(load.requests, load.log).frame)
    return {one.endpoint: one for one in divide(requests, dict.fromkeys(("GET /a", "GET /b"), cpu) if cpu else None)}


def test_the_parts_of_a_known_service_are_found(service):
    load = service(1, seconds=120)
    truth = load.truth.groupby("endpoint")[list(KNOWN)].mean()
    for endpoint, division in divided(load, cpu_of(4.0)).items():
        for part in KNOWN:
            assert division.part(part).removal.ms.value == pytest.approx(truth.loc[endpoint, part], rel=0.02)


def test_the_parts_sum_to_the_whole_in_the_mean_and_at_the_95th_percentile(service):
    load = service(2)
    by_endpoint = load.truth.groupby("endpoint")["whole"]
    for endpoint, division in divided(load, cpu_of(4.0)).items():
        assert sum(part.removal.ms.value for part in division.parts) == pytest.approx(by_endpoint.mean()[endpoint])
        assert sum(part.p95.value for part in division.parts) == pytest.approx(by_endpoint.quantile(0.95)[endpoint])
        assert sum(part.share.value for part in division.parts) == pytest.approx(1)


def long_run_truth(truth):
    """Endpoint and part -> what the figures would be after an hour: the mean, the share of all time, and share and ms of p95."""
    found, total = {}, truth["whole"].sum()
    for endpoint, rows in truth.groupby("endpoint"):
        p95, (low, high) = rows["whole"].quantile(0.95), rows["whole"].quantile([0.90, 0.99])
        around = rows[rows["whole"].between(low, high)]
        for part in KNOWN:
            share = around[part].sum() / around["whole"].sum()
            found[endpoint, part] = {"mean": rows[part].mean(), "of_all": rows[part].sum() / total, "share": share, "p95": share * p95}
    return found


@pytest.fixture(scope="module")
def coverage():
    """Figure -> share of the intervals that hold the truth. The profile's figure is itself uncertain: 4 ms, known to 0.4."""
    truth, hits = long_run_truth(serve(0, seconds=3600).truth), {}
    for seed in range(1, 21):
        guessed = cpu_of(float(np.random.default_rng(seed).normal(4.0, 0.4)), 0.4)
        for endpoint, division in divided(serve(seed), guessed).items():
            for name in KNOWN:
                part = division.part(name)
                figures = {"mean": part.removal.ms, "of_all": part.removal.of_all, "share": part.share, "p95": part.p95}
                for figure, found in figures.items():
                    hits.setdefault(figure, []).append(found.low <= truth[endpoint, name][figure] <= found.high)
    return {figure: float(np.mean(held)) for figure, held in hits.items()}


@pytest.mark.parametrize(("figure", "demanded"), [("mean", 0.92), ("of_all", 0.92), ("share", 0.90), ("p95", 0.86)])
def test_the_intervals_cover_the_truth_as_often_as_they_say(coverage, figure, demanded):
    assert coverage[figure] >= demanded


def test_removing_a_part_gives_back_what_the_percentile_of_the_rest_says(service):
    load = service(3)
    frame = load.truth[load.truth["endpoint"] == "GET /a"]
    gain = divided(load)["GET /a"].part("database").removal.of_p95
    expected = frame["whole"].quantile(0.95) - (frame["whole"] - frame["database"]).quantile(0.95)
    assert gain.value == pytest.approx(expected, rel=1e-6)
    assert gain.low < gain.value < gain.high


def test_gains_of_all_endpoints_are_shares_of_all_response_time(service):
    load = service(4)
    divisions = divided(load, cpu_of(4.0)).values()
    assert sum(part.removal.of_all.value for one in divisions for part in one.parts) == pytest.approx(1)


def test_without_a_profile_nothing_is_said_of_cpu_and_its_time_remains(service):
    division = divided(service(5))["GET /a"]
    assert division.unknown == set(CPU_PARTS)
    truth = service(5).truth.groupby("endpoint")[["own code", "loop"]].mean().loc["GET /a"]
    assert division.part("loop").removal.ms.value == pytest.approx(truth.sum())


def test_without_a_log_nothing_is_divided(service):
    load = service(6)
    requests = Requests(pair(load.requests, load.log.iloc[:0]).frame)
    for division in divide(requests):
        assert division.unknown == set(PARTS) - {"network"}
        assert division.part("network").p95.value == pytest.approx(division.p95_ms)


def test_waiting_for_a_cpu_goes_with_the_cpu_time(service):
    load = service(7, seconds=60)
    waiting = Cpu(cpu_of(2.0).ms, measured(0.5), "profile")  # half a millisecond of waiting for each of the two
    division = divided(load, waiting)["GET /b"]
    assert division.part("own code").removal.ms.value == pytest.approx(2, rel=0.01)
    assert division.part("cpu wait").removal.ms.value == pytest.approx(1, rel=0.01)


def test_more_cpu_than_there_is_time_is_cut_to_the_time_there_is(service):
    load = service(8)
    division = divided(load, cpu_of(500.0))["GET /a"]
    truth = load.truth.groupby("endpoint")[["own code", "loop"]].mean().loc["GET /a"]
    assert division.part("loop").removal.ms.value == pytest.approx(0, abs=1e-9)
    assert division.part("own code").removal.ms.value == pytest.approx(truth.sum())


def test_too_few_requests_have_no_interval_at_the_95th_percentile(service):
    load = service(9, rate=4)
    few = divided(load)["GET /a"]
    assert few.n < 59
    assert math.isnan(few.part("database").p95.low)
    assert not math.isnan(few.part("database").removal.ms.low)


def test_removing_more_than_a_request_took_removes_all_of_it(service):
    load = service(10)
    requests = Requests(pair(load.requests, load.log).frame)
    removal = requests.removal("GET /a", np.full(len(requests.frame), 1e9))
    assert (removal.of_mean.value, removal.of_mean.high) == (1, 1)
    assert removal.of_p95.value == pytest.approx(load.truth[load.truth["endpoint"] == "GET /a"]["whole"].quantile(0.95))


milliseconds = st.floats(0, 1e5, allow_nan=False)


@given(st.lists(st.tuples(milliseconds, milliseconds, milliseconds), min_size=1, max_size=30), st.lists(milliseconds, min_size=4, max_size=4))
def test_no_part_is_negative_and_they_sum_to_the_whole_whatever_clocks_say(rows, cpu_ms):
    client, service, database = (np.array(column) for column in zip(*rows, strict=True))
    frame = pd.DataFrame({"time": np.arange(len(rows)) / 10, "client_ms": client, "service_ms": service, "database_ms": database})
    parts = Divided.of(frame)
    for matrix in (parts.matrix(np.array(cpu_ms)), parts.matrix(np.zeros(4))):
        assert (matrix >= -1e-9).all()
        assert matrix.sum(axis=1) == pytest.approx(client, rel=1e-9, abs=1e-9)
    summed = parts.divided(np.array([cpu_ms]), np.ones((1, len(rows))))[0]
    assert summed == pytest.approx(parts.matrix(np.array(cpu_ms)).sum(axis=0), rel=1e-6, abs=1e-3)


@given(st.lists(milliseconds, min_size=1, max_size=30), milliseconds)
def test_cpu_time_is_spread_so_that_its_mean_is_kept(rest, wanted):
    frame = pd.DataFrame({"time": np.arange(len(rest)) / 10, "client_ms": rest, "service_ms": rest, "database_ms": 0.0})
    busy = Divided.of(frame).busy(np.array([wanted]))[0]
    assert (busy <= np.array(rest) + 1e-9).all()
    assert busy.mean() == pytest.approx(min(wanted, np.mean(rest)), rel=1e-6, abs=1e-6)
