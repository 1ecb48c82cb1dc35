"""The one list: the faults of a service that is known to have them, and a service without them that is not accused."""

import math

import numpy as np
import pandas as pd
import pytest

from perfweek.bottlenecks.answers import computed_again
from perfweek.bottlenecks.finding import NO_REMOVAL, Finding, ranked
from perfweek.bottlenecks.others import of_capacity, of_leak, of_traps
from perfweek.bottlenecks.removal import Removal
from perfweek.bottlenecks.whole_items import whole_items
from perfweek.load.traps.trap import Trap
from perfweek.profiling.memory.leak import Leak
from perfweek.stats import Estimate

START = 1_700_000_000.0
LIST, ITEM, DAILY = "GET /things", "GET /things/{id}", "GET /daily"


def log_and_requests(seconds=60):
    """Ten requests a second: lists of four items, single items, and a figure that everybody asks for."""
    n = seconds * 10
    route = np.array([LIST, ITEM, DAILY, ITEM, ITEM])[np.arange(n) % 5]
    database = np.select([route == LIST, route == DAILY], [60.0, 20.0], 5.0) * np.random.default_rng(1).lognormal(0, 0.3, n)
    items = np.select([route == LIST, route == DAILY], [4, 90], 1)
    keys = np.where(route == DAILY, "daily", [f"key-{number}" for number in range(n)])
    log = pd.DataFrame(
        {
            "time": START + np.arange(n) / 10,
            "request_id": [f"r{number}" for number in range(n)],
            "route": route,
            "method": "GET",
            "key": keys,
            "status": 200,
            "bytes": 1000 * items,
            "tier": np.where(route == ITEM, "l1", "origin"),
            "duration_ms": database + 2,
            "database_ms": database,
            "queries": np.select([route == LIST], [5], 1),
            "items": items,
        }
    )
    requests = pd.DataFrame({"time": log["time"] - 0.0005, "duration_ms": log["duration_ms"] + 1, "endpoint": route, "scenario": "a", "status": 200})
    return log, requests.assign(failed=False)


def statements_as_found(log):
    """Lists ask for their page, then for each item (a sixth of the database time each); the figure scans everything."""
    sent = []
    for row in log.itertuples():
        if row.route == LIST:
            sent.append((row.request_id, row.time, "select id from things", row.database_ms / 3, 2.0))
            sent += [(row.request_id, row.time + 0.001 * n, f"select * from things where id = {n}", row.database_ms / 6, 2.0) for n in range(4)]
        elif row.route == DAILY:
            sent.append((row.request_id, row.time, "select count(*) from things", row.database_ms, 10.0))
        else:
            sent.append((row.request_id, row.time, f"select * from things where id = {row.items}", row.database_ms, 2.0))
    return sent


@pytest.fixture(scope="module")
def as_found():
    log, requests = log_and_requests()
    return log, requests, statements_as_found(log)


@pytest.fixture
def study(make_study, as_found):
    log, requests, sent = as_found
    return make_study(requests, log, sent)


def by_title(study, endpoint):
    return {one.title: one for one in study.findings if one.endpoint == endpoint}


def test_the_faults_of_a_service_come_first(study):
    first = {(one.endpoint, one.title) for one in study.findings[:4]}
    assert (LIST, "N+1, a statement for each item") in first
    assert (DAILY, "statement scans its whole table") in first
    assert (DAILY, "nothing is kept in a cache") in first
    gains = [one.removal.of_all.value for one in study.findings]
    assert gains == sorted(gains, reverse=True)
    assert study.findings[0].endpoint == LIST


def test_an_n_plus_one_gives_back_all_but_the_first_of_its_statements(study, as_found):
    log, requests, _ = as_found
    found = by_title(study, LIST)["N+1, a statement for each item"]
    lists = log[log["route"] == LIST]
    assert found.removal.ms.value == pytest.approx((lists["database_ms"] / 2).mean())  # three of four sixths
    assert found.removal.of_all.value == pytest.approx((lists["database_ms"] / 2).sum() / requests["duration_ms"].sum())
    assert found.removal.of_all.low < found.removal.of_all.value < found.removal.of_all.high
    assert "sent 4 times a request" in found.sentence
    assert found.source.endswith("query_history.ndjson")


def test_lists_as_wide_as_their_items_are_named(study, as_found):
    found = by_title(study, LIST)["lists carry whole items"]
    lists = as_found[0][as_found[0]["route"] == LIST]
    assert "1,000 bytes, 100 % of what `GET /things/{id}` gives" in found.sentence
    assert found.removal.ms.value == pytest.approx((lists["database_ms"] / 6).mean())  # the one statement that stays after the N+1


def test_a_service_without_these_faults_is_not_accused_of_them(make_study, as_found):
    log, requests, _ = as_found
    narrow = log.assign(bytes=np.where(log["route"] == LIST, 1600, log["bytes"]), queries=1)
    kept = narrow.assign(tier=np.where((log["route"] == DAILY) & log["key"].duplicated(), "l1", narrow["tier"]))
    sent = [(row.request_id, row.time, f"select {row.route} from things", row.database_ms, 1.0) for row in kept.itertuples()]
    titles = {one.title for one in make_study(requests, kept, sent).findings}
    assert titles & {"statement", "network, and until the service begins"}
    assert not titles & {
        "N+1, a statement for each item",
        "lists carry whole items",
        "nothing is kept in a cache",
        "the cache forgets too much",
        "statement scans its whole table",
    }


def test_without_a_history_the_database_is_one_part(make_study, as_found):
    log, requests, _ = as_found
    found = by_title(make_study(requests, log), LIST)
    assert found["database"].removal.of_mean.value == pytest.approx(60 / 63, rel=0.02)
    assert "database, beyond its statements" not in found


def test_without_a_log_the_whole_is_not_divided_and_nothing_breaks(make_study, as_found):
    log, requests, _ = as_found
    findings = make_study(requests, log.iloc[:0]).findings
    assert {one.title for one in findings} == {"whole, not divided"}
    assert sum(one.removal.of_all.value for one in findings) == pytest.approx(1)
    assert make_study(requests.iloc[:0], log.iloc[:0]).findings == []


def asked(key, tier, route=ITEM, method="GET", status=200):
    return {"route": route, "key": key, "tier": tier, "method": method, "status": status}


def test_answers_are_computed_again_where_the_same_key_was_answered_before():
    rows = [asked("a", "origin"), asked("a", "l1"), asked("a", "origin"), asked("b", "origin"), asked("", "origin"), asked("", "origin")]
    rows += [asked("w", "none", "POST /things", "POST"), asked("w", "none", "POST /things", "POST"), asked("x", "origin", status=500)]
    rows += [asked("x", "origin"), asked("a", "origin", DAILY), asked("a", "origin", DAILY)]
    log = pd.DataFrame(rows).assign(request_id=[f"r{n}" for n in range(len(rows))])
    found = {one.endpoint: one for one in computed_again(log, pd.Series(True, index=log.index))}
    assert set(found) == {ITEM, DAILY}
    assert (found[ITEM].requests, found[ITEM].repeats, found[ITEM].again, found[ITEM].ids) == (5, 2, 1, {"r2"})
    assert (found[ITEM].kept, found[DAILY].kept) == (True, False)


def test_what_was_answered_before_the_plateau_was_answered_before():
    log = pd.DataFrame([asked("a", "origin"), asked("a", "origin")]).assign(request_id=["r0", "r1"])
    (found,) = computed_again(log, pd.Series([False, True]))
    assert (found.requests, found.again) == (1, 1)


@pytest.mark.parametrize("item", ["GET /things/{id}", "GET /things/:id", "GET /things/<int:id>"])
def test_the_endpoint_of_one_item_is_known_by_its_last_parameter(item):
    log, _ = log_and_requests()
    (found,) = whole_items(log.assign(route=log["route"].replace(ITEM, item)))
    assert (found.endpoint, found.item_endpoint, found.width.value) == (LIST, item, pytest.approx(1))


def gain(value):
    estimate = Estimate(value, value / 2, value * 2, 100, "")
    return Removal(estimate, estimate, estimate, estimate)


def test_what_puts_figures_in_doubt_comes_first_and_what_has_no_gain_last():
    findings = [
        Finding("unknown", "", "x"),
        Finding("small", "", "x", gain(0.1)),
        Finding("doubt", "", "x", first=True),
        Finding("large", "", "x", gain(0.4)),
    ]
    assert [one.title for one in ranked(findings)] == ["doubt", "large", "small", "unknown"]


def leak(verdict):
    nothing = NO_REMOVAL.ms
    return Leak(verdict, "", nothing, nothing, math.nan, math.nan, 0.0, 60.0, 30.0)


def test_findings_of_the_other_sections_join_the_list(make_study, as_found):
    log, requests, sent = as_found
    others = [
        *of_traps([Trap("44 ms without TCP_NODELAY", "It is flat.", "Use uvloop.", misleads=False)], "evidence/x/k6.csv.gz"),
        *of_traps([Trap("Saturated generator", "k6 had no core left.", "Use another machine.", misleads=True)], "evidence/x/k6.csv.gz"),
        *of_leak(leak("leak"), "It grows.", "evidence/x/process.csv"),
        *of_leak(leak("no leak seen"), "It does not.", "evidence/x/process.csv"),
        *of_capacity(Estimate(40, 35, 45, 5, ""), 50, "40/s kept the budget.", "evidence/x/run.json"),
        *of_capacity(Estimate(90, 80, 95, 5, ""), 50, "90/s kept the budget.", "evidence/x/run.json"),
        *of_capacity(NO_REMOVAL.ms, 50, "", "evidence/x/run.json"),
    ]
    titles = [(one.title, one.sentence) for one in make_study(requests, log, sent, others=others).findings]
    assert [title for title, _ in titles[:3]] == ["Saturated generator", "memory leak", "capacity limit"]
    assert [title for title, _ in titles[-2:]] == ["44 ms without TCP_NODELAY", "capacity limit"]
    assert ("memory leak", "It does not.") not in titles
