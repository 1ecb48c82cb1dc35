"""Replays and counts against answers that can be derived by hand or from theory."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from decision_worlds import START, log, merged, requests_of

from perfweek.decisions.caching.worth import shared_worth
from perfweek.decisions.cqrs.interference import interference
from perfweek.decisions.cqrs.mismatch import badly_served
from perfweek.decisions.cqrs.staleness import ages_s, stale_reads
from perfweek.decisions.federation.views import views
from perfweek.decisions.given import only, read_builds, read_fields, read_traces_of
from perfweek.decisions.kafka.burstiness import dispersion, waits, workers_for
from perfweek.decisions.kafka.own_reads import delays_s, own_reads
from perfweek.decisions.kafka.polls import poll_waste
from perfweek.decisions.material import Evidence, Missing
from perfweek.errors import TargetError
from perfweek.target import Cache, Tier, load_target
from perfweek.week import Week

NOTHING = Missing("none", "evidence/x/y")


def rows(*requests):
    """(second, method, session, key, ms) as a log."""
    frame = log(np.random.default_rng(1), 1, len(requests))
    for name, place in (("method", 1), ("session", 2), ("key", 3)):
        frame[name] = [request[place] for request in requests]
    return frame.assign(time=[START + request[0] for request in requests], duration_ms=[float(request[4]) for request in requests])


def evidence(frame):
    return Evidence(requests_of(frame), NOTHING, NOTHING)


def test_waits_follow_lindleys_recursion():
    """Arrivals each second, 1.5 s of work, one worker: each waits half a second longer. Two workers never wait."""
    arrivals, services = np.arange(5.0), np.full(5, 1.5)
    assert waits(arrivals, services, 1).tolist() == [0, 0.5, 1, 1.5, 2]
    assert waits(arrivals, services, 2).tolist() == [0] * 5
    assert (workers_for(arrivals, services, 2, 1.0), workers_for(arrivals, services, 1, 1.0)) == (1, 2)


def test_the_mean_wait_of_a_poisson_queue_is_the_one_of_theory():
    """M/M/1 at a load of one half: the mean wait is one mean service."""
    random = np.random.default_rng(3)
    arrivals = np.cumsum(random.exponential(2.0, 200_000))
    assert waits(arrivals, random.exponential(1.0, 200_000), 1).mean() == pytest.approx(1.0, rel=0.1)


def test_bursts_show_in_the_index_of_dispersion_and_steady_arrivals_do_not():
    random = np.random.default_rng(3)
    poisson = np.sort(random.random(5000) * 500)
    bursts = np.sort(np.repeat(random.random(100) * 500, 50) + random.random(5000))
    assert dispersion(poisson, 1.0) == pytest.approx(1.0, abs=0.2)
    assert dispersion(bursts, 10.0) > 20
    assert math.isnan(dispersion(poisson, 60.0))  # fewer than ten windows


def test_own_reads_and_ages_are_of_the_same_session_and_key():
    frame = rows((0, "POST", "s", "k", 1), (0.5, "GET", "s", "k", 1), (0.6, "GET", "t", "k", 1), (3, "POST", "s", "k", 1), (9, "GET", "s", "j", 1))
    assert delays_s(requests_of(frame))["delay_s"].tolist() == [pytest.approx(0.5), math.inf]
    assert ages_s(requests_of(frame))["age_s"].tolist() == [pytest.approx(0.5), math.inf, math.inf]


@pytest.mark.parametrize("compute", [own_reads, stale_reads])
def test_a_log_without_sessions_is_no_data_with_what_is_missing(compute):
    frame = log(np.random.default_rng(1), 60, 500).assign(session="")
    found = compute(evidence(frame))
    assert (found.verdict, found.reason) == ("no data", "the access log names no session")


def test_a_poll_is_wasted_where_the_answer_is_304_or_the_same_as_before():
    random = np.random.default_rng(1)
    frame = log(random, 60, 1000).assign(session="s", key="k", digest=[f"d{number // 2}" for number in range(1000)])
    found = poll_waste(evidence(frame))
    assert found.estimate.value == 0.5
    assert poll_waste(evidence(frame.drop(columns="digest").assign(status=304))).estimate.value == 1
    assert poll_waste(evidence(frame.drop(columns="digest"))).verdict == "no data"


def test_a_stage_begins_where_a_call_may_stem_from_an_answer():
    """Two at once, then one after the first has answered, then one after a pause longer than a view."""
    frame = rows((0, "GET", "s", "a", 100), (0.05, "GET", "s", "b", 200), (0.15, "GET", "s", "c", 100), (9, "GET", "s", "d", 100))
    assert views(requests_of(frame), 1.0)[["calls", "stages"]].to_numpy().tolist() == [[3, 2], [1, 1]]


@pytest.mark.parametrize(("effect", "expected"), [(0, "opposes"), (1.0, "supports")])
def test_interference_is_seen_where_writes_slow_reads_down(effect, expected):
    random = np.random.default_rng(2)
    seconds = 120
    writes_in = random.integers(0, 40, seconds)
    reads = log(random, seconds, 8000)
    reads["duration_ms"] = 50 + effect * 2 * writes_in[(reads["time"] - START).astype(int)] + random.random(8000)
    writes = pd.concat([log(random, 1, n, method="POST").assign(time=lambda rows, s=s: rows["time"] + s) for s, n in enumerate(writes_in) if n])
    assert interference(evidence(merged(reads, writes))).verdict == expected


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("select a from t where id = %(id)s", False),
        ("select day, sum(n) from t group by day", True),
        ("select distinct a from t", True),
        ("select 1 from a join b on 1=1 join c on 1=1 join d on 1=1 join e on 1=1", True),
        ("'; drop table t --", False),
    ],
)
def test_a_statement_is_badly_served_where_it_joins_or_sums(text, bad):
    assert badly_served(text) is bad


def test_only_the_used_fields_of_an_answer_are_kept():
    body = {"id": 1, "owner": {"name": "x", "mail": "y"}, "tags": [{"k": 1, "v": 2}]}
    assert only(body, frozenset({"id", "owner.name", "tags.v"})) == {"id": 1, "owner": {"name": "x"}, "tags": [{"v": 2}]}
    assert only(body, frozenset({"owner"})) == {"owner": {"name": "x", "mail": "y"}}


def summary(hit):
    tasks = [
        {"taskId": f"{name}#build", "dependencies": [], "cache": {"status": "HIT", "timeSaved": 9000} if hit else {"status": "MISS"}}
        | {"execution": {"startTime": 0, "endTime": 1000, "exitCode": 0}}
        for name in "ab"
    ]
    return {"turboVersion": "2.1.0", "execution": {"startTime": 1_795_000_000_000, "endTime": 1_795_000_002_000}, "tasks": tasks}


def test_what_the_target_names_is_kept_as_evidence_and_damaged_files_are_left_out(tmp_path):
    (tmp_path / ".turbo/runs").mkdir(parents=True)
    for name, content in (("1", json.dumps(summary(False))), ("2", json.dumps(summary(True))), ("3", '{"turboVersion"'), ("4", "[]")):
        (tmp_path / f".turbo/runs/{name}.json").write_text(content)
    answer = {"route": "GET /x", "client": "web", "fields": ["a"], "body": {"a": 1, "b": "x" * 500}}
    (tmp_path / "use.ndjson").write_text(json.dumps(answer) + "\nnot json\n")
    (tmp_path / "target.toml").write_text('[decisions]\nfield_use = "use.ndjson"\n')
    target, week = load_target(str(tmp_path / "target.toml")), Week.open("2026-W48", tmp_path / "weeks")
    builds, fields = read_builds(week, target), read_fields(week, target)
    assert [(run.version, run.cold) for run in builds.runs] == [("2.1.0", True), ("2.1.0", False)]
    assert (tmp_path / "weeks/2026-W48" / builds.dataset.source).is_file()
    assert len(fields.frame) == 1 and fields.frame["used"][0] < fields.frame["sent"][0]
    assert read_traces_of(week, target).reason.startswith("no traces are given")


def test_a_named_file_that_is_not_there_is_an_error(tmp_path):
    (tmp_path / "target.toml").write_text('[decisions]\ntraces = ["none/*.json"]\n')
    with pytest.raises(TargetError, match="there is no file 'none/"):
        read_traces_of(Week.open("2026-W48", tmp_path / "weeks"), load_target(str(tmp_path / "target.toml")))


def test_a_log_shorter_than_an_entrys_life_may_support_a_tier_but_not_refuse_it():
    def l2(seconds, keys):
        tiers = (Tier(name="a", level="l1", size_mb=0.001, ttl_s=1.0), Tier(name="b", level="l2", size_mb=100.0, ttl_s=300.0))
        frame = log(np.random.default_rng(1), seconds, 3000, keys=keys, tier="origin", duration_ms=200.0)
        return shared_worth(Evidence(requests_of(frame), NOTHING, NOTHING, cache=Cache(tiers=tiers)))

    assert l2(60, 100).verdict == "supports"
    assert l2(60, 10**9).reason == "the data cover 20 % of what is asked, at least 50 % are needed"
    assert l2(400, 10**9).verdict == "opposes"
