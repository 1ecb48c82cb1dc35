"""The other runbooks on a real small service."""

import http.server
import json
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_runbook import target_in

from perfweek import evidence, facts
from perfweek.errors import TargetError
from perfweek.runbook.apply import apply
from perfweek.runbook.approval import make_plan
from perfweek.runbook.audit import Audit
from perfweek.runbook.books.hot_paths import hot_paths, paths_of
from perfweek.runbook.books.load_test import is_local
from perfweek.runbook.books.pool_exhaustion import busiest, under_way
from perfweek.runbook.books.warm_up_progress import Progress
from perfweek.runbook.catalogue import find_runbook
from perfweek.runbook.graphs import measured, measured_figure, measured_sentence
from perfweek.stats import Estimate
from perfweek.week import Week

WEEK = "2026-W48"
REQUEST = '[[load.requests]]\nname = "GET /items"\npath = "/items/1"\n'


class Service(http.server.ThreadingHTTPServer):
    """Answers the first request for a path slowly, later ones at once; `broken` fails all but the health check."""

    broken = False

    def __init__(self):
        self.asked = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        health = self.path == "/healthz"
        if not health and self.path not in self.server.asked:
            time.sleep(0.02)
        if not health:
            self.server.asked.append(self.path)
        self.send_response(503 if self.server.broken and not health else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *words):
        pass


@pytest.fixture
def service():
    with Service() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def opened(folder: Path, name: str, url: str, more: str = REQUEST, **values):
    target = target_in(folder, f'[service]\nurl = "{url}"\n{more}')
    book = find_runbook(name)
    return book, book.context(target, {"week": WEEK, **values}), Audit(target, {})


def applied(opening):
    return apply(*opening, make_plan(*opening).token)


def found(observed):
    return {seen.step.id: (str(seen.status), seen.answer.what) for seen in observed.seen}


# Load test


def test_a_careful_load_climbs_its_ramp_and_leaves_a_result(service, tmp_path):
    opening = opened(tmp_path, "load-test", service.url, rate=60, step_s=0.2)
    outcome = applied(opening)
    assert outcome.end == "complete"
    assert outcome.done[4].answer.what.startswith("The ramp was climbed")
    result = json.loads((opening[1].week.artifacts / "load_tests.json").read_text())
    assert (len(result), result[0]["kept"], result[0]["failed"]) == (1, True, 0)
    assert result[0]["requests"] == len(service.asked) > 10


def test_a_load_on_a_service_that_fails_ends_itself_early(service, tmp_path):
    service.broken = True
    opening = opened(tmp_path, "load-test", service.url, rate=40, step_s=30)
    started = time.monotonic()
    outcome = applied(opening)
    assert time.monotonic() - started < 60 < 5 * 30
    assert outcome.end == "failed"
    assert outcome.done[4].answer.what.startswith("Its thresholds ended it")
    assert outcome.done[4].answer.what.endswith("100.0 % failed.")


def test_a_service_elsewhere_is_loaded_only_when_somebody_was_told(tmp_path):
    url = "http://shop.invalid"
    plan = make_plan(*opened(tmp_path, "load-test", url))
    assert found(plan.observed)["told"] == (
        "FAILED",
        "shop.invalid is not this machine. Tell its owner and who is on call, then name them: -p tell=NAMES.",
    )
    assert plan.token == ""
    assert found(make_plan(*opened(tmp_path, "load-test", url, tell="Ann")).observed)["told"] == ("OK", "Told: Ann.")


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:1", True),
        ("http://[::1]:1", True),
        ("http://localhost", True),
        ("http://127.0.0.1.evil.test", False),
        ("http://10.0.0.1", False),
    ],
)
def test_only_loopback_addresses_are_this_machine(url, local):
    assert is_local(url) is local


# Cache warm-up


def test_a_warm_up_asks_each_path_once_at_the_limited_rate_and_shows_that_the_cache_answers(service, tmp_path):
    (tmp_path / "paths").write_text("".join(f"/items/{number}\n" for number in range(10)))
    opening = opened(tmp_path, "cache-warm-up", service.url, paths="paths", rate=25)
    plan = make_plan(*opening)
    assert service.asked == []
    started = time.monotonic()
    outcome = apply(*opening, plan.token)
    assert time.monotonic() - started >= 9 / 25
    assert (outcome.end, str(outcome.done[3].status)) == ("complete", "OK")
    assert outcome.done[3].answer.what.startswith("10 paths answered")
    assert service.asked[:10] == [f"/items/{number}" for number in range(10)]


def test_a_warm_up_stops_after_five_failures_in_a_row(service, tmp_path):
    service.broken = True
    (tmp_path / "paths").write_text("".join(f"/items/{number}\n" for number in range(50)))
    outcome = applied(opened(tmp_path, "cache-warm-up", service.url, paths="paths", rate=1000))
    assert outcome.end == "failed"
    assert "5 requests in a row failed" in outcome.done[3].answer.what
    assert len(service.asked) == 5


def test_an_interrupted_warm_up_goes_on_behind_what_it_has_asked_for(service, tmp_path):
    (tmp_path / "paths").write_text("".join(f"/items/{number}\n" for number in range(10)))
    opening = opened(tmp_path, "cache-warm-up", service.url, paths="paths", rate=1000)
    progress = Progress.of(opening[1].week, [f"/items/{number}" for number in range(10)], 900)
    for path in progress.paths[:6]:
        progress.note(path)
    progress.file.write_text(progress.file.read_text() + '{"torn')
    plan = make_plan(*opening)
    assert "GET 4 paths once, 1000 a second at most: 0 s; 6 were asked for before" in str(plan)
    assert apply(*opening, plan.token).end == "complete"
    assert service.asked[:4] == progress.paths[6:]
    assert progress.left == progress.paths  # finished: the next one begins anew


def test_a_warm_up_of_another_list_or_of_long_ago_begins_anew(tmp_path):
    week = opened(tmp_path, "cache-warm-up", "http://127.0.0.1:9")[1].week
    Progress.of(week, ["/a", "/b"], 900).note("/a")
    assert Progress.of(week, ["/a", "/b"], 900).left == ["/b"]
    assert Progress.of(week, ["/a", "/b", "/c"], 900).left == ["/a", "/b", "/c"]
    assert Progress.of(week, ["/a", "/b"], 0).left == ["/a", "/b"]


def test_the_most_requested_paths_come_first_and_only_those_that_are_known():
    rows = [
        *[("GET", 200, "GET /assets/{id}", "item:7")] * 3,
        *[("GET", 200, "GET /assets/{id}", "item:a b/c")] * 2,
        ("GET", 200, "GET /stats", "stats:1:2"),
        ("GET", 500, "GET /broken", "x:1"),
        ("POST", 200, "POST /assets/{id}", "item:8"),
        ("GET", 200, "GET /a/{x}/{y}", "k:1"),
        ("GET", 200, "GET /a/{x}", "k:1:2"),
    ]
    assert paths_of(pd.DataFrame(rows, columns=["method", "status", "route", "key"])) == ["/assets/7", "/assets/a%20b%2Fc", "/stats"]


@pytest.mark.parametrize("line", ["http://elsewhere.test/", "//elsewhere.test", "items/1"])
def test_a_file_of_paths_cannot_send_the_warm_up_elsewhere(tmp_path, line):
    (tmp_path / "paths").write_text(line)
    with pytest.raises(TargetError, match="is no path"):
        hot_paths(opened(tmp_path, "cache-warm-up", "http://127.0.0.1:9")[1], "paths")


# Regression


def versions(tmp_path, **more):
    """A version is a file; deploying writes it."""
    (tmp_path / "version").write_text("2.0")
    deploy = "{{python}} -c \"open('version', 'w').write('{}')\""
    given = {"wanted": "1.9", "version_command": "cat version", "command": deploy.format("1.9"), "undo_command": deploy.format("2.0")}
    return given | more


def test_a_regression_is_rolled_back_by_the_teams_command_and_verified(service, tmp_path):
    outcome = applied(opened(tmp_path, "regression-rollback", service.url, **versions(tmp_path)))
    assert outcome.end == "complete"
    assert (tmp_path / "version").read_text() == "1.9"


def test_an_old_version_that_is_not_what_was_wanted_is_taken_back(service, tmp_path):
    opening = opened(tmp_path, "regression-rollback", service.url, **versions(tmp_path, wanted="1.8"))
    outcome = applied(opening)
    assert (outcome.end, outcome.done[2].answer.what) == ("failed", "1.9 runs, not 1.8.")
    assert apply(*opening, outcome.offer.token, "back").end == "rolled back"
    assert (tmp_path / "version").read_text() == "2.0"


def test_without_commands_nothing_can_be_deployed_and_the_plan_says_what_is_missing(service, tmp_path):
    plan = make_plan(*opened(tmp_path, "regression-rollback", service.url))
    assert plan.token == ""
    assert found(plan.observed)["deploy"][0] == "UNVERIFIABLE"
    assert "-p command=..." in found(plan.observed)["deploy"][1]


def test_a_command_is_no_shell(service, tmp_path):
    given = versions(tmp_path, version_command="cat version; touch hacked")
    assert make_plan(*opened(tmp_path, "regression-rollback", service.url, **given)).token == ""
    assert not (tmp_path / "hacked").exists()


# Looking


def record(folder, day, rows):
    """Facts of a day, resting on a file of evidence: (metric, labels, value, low, high)."""
    week = Week.open(WEEK, folder / "weeks")
    kept = evidence.collect(week, "load-monday", {}, lambda into: (into / "k6.csv").write_text("x"))
    source = evidence.relative(week, kept.path("k6.csv"))
    facts.record(
        week, day, [facts.Fact(metric, Estimate(value, low, high, 100, "test"), source, labels) for metric, labels, value, low, high in rows]
    )
    return week


def test_triage_names_what_is_slow_and_the_runbook_that_treats_it(service, tmp_path):
    slow, quick = {"endpoint": "GET /slow"}, {"endpoint": "GET /quick"}
    latency = [("http.latency.p95", slow, 400, 380, 420), ("http.latency.p95", quick, 20, 18, 22), ("http.latency.p50", slow, 200, 190, 210)]
    record(tmp_path, "monday", [*latency, ("http.errors", slow, 0.2, 0.1, 0.3)])
    statements = [("warehouse.query.count", slow, 2000, 2000, 2000), ("warehouse.query.duration.p50", slow, 5, 4, 6)]
    record(tmp_path, "wednesday", [*statements, ("warehouse.query.partitions_scanned_share", slow, 0.97, 0.9, 1.0)])
    said = found(make_plan(*opened(tmp_path, "slow-endpoint", service.url)).observed)
    assert said["budget"][1].startswith("Slow. GET /slow")
    assert said["errors"][1] == "Yes, 20 %. Errors come first: read the service's log."
    assert said["statements"][1].startswith("Yes, there are many: about 20 statements a request")
    assert said["partitions"][1] == "Yes, 97 %. Next: runbook warehouse-change."
    assert said["cache"][0] == "UNVERIFIABLE"
    quick_said = found(make_plan(*opened(tmp_path, "slow-endpoint", service.url, endpoint="GET /quick")).observed)
    assert quick_said["budget"][1].startswith("Not slow.")


def test_triage_without_measurements_says_no_data_and_does_not_fail(tmp_path):
    said = found(make_plan(*opened(tmp_path, "slow-endpoint", "http://127.0.0.1:9")).observed)
    assert {status for status, _ in said.values()} == {"UNVERIFIABLE"}


def test_the_graph_shows_what_was_measured_or_that_nothing_was(tmp_path):
    week = record(
        tmp_path, "monday", [("http.errors", {"endpoint": "GET /$x$"}, 0.02, 0.01, 0.03), ("http.errors", {"endpoint": "b"}, 0.5, 0.4, 0.6)]
    )
    shown = measured(week, "monday", "http.errors")
    assert list(shown.rows["value"]) == [50.0, 2.0]
    assert measured_sentence(shown, 10.0) == "Share of failed requests is largest for b: 50 %; over 10 %: b."
    assert len(measured_figure(shown, 10.0).axes[0].lines) == 2
    nothing = measured(week, "friday", "http.errors")
    assert measured_figure(nothing).axes[0].texts[0].get_text() == "no data"
    assert measured_sentence(nothing).startswith("No data")


def test_an_incident_page_names_the_last_change_and_one_that_is_half_done(service, tmp_path):
    opening = opened(tmp_path, "regression-rollback", service.url, **versions(tmp_path, wanted="1.8"))
    incident = (tmp_path, "incident", service.url)
    assert found(make_plan(*opened(*incident)).observed)["changes"][1].startswith("Nothing in the last 24 hours.")
    assert applied(opening).end == "failed"
    said = found(make_plan(*opened(*incident)).observed)
    assert said["changes"][1].startswith("1; the last: regression-rollback, deploy was made at ")
    assert "of regression-rollback. Go on with it, or roll it back" in said["open"][1]
    assert said["steady"] == ("OK", said["steady"][1])
    assert apply(*opening, make_plan(*opening, "back").token, "back").end == "rolled back"
    assert found(make_plan(*opened(*incident)).observed)["open"] == ("OK", "No.")


# Pool

SPANS = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), min_size=1, max_size=20)


def statements(spans):
    start = pd.to_datetime([1_800_000_000 + begin for begin, _ in spans], unit="s", utc=True)
    return pd.DataFrame({"start_time": start, "total_elapsed_time": [1000.0 * seconds for _, seconds in spans]})


@given(SPANS)
def test_statements_under_way_are_counted_second_by_second(spans):
    seconds = under_way(statements(spans))
    first, last = min(begin for begin, _ in spans), max(begin + length for begin, length in spans)
    each = [sum(begin <= moment < begin + length for begin, length in spans) for moment in range(first, last)]
    expected = {level: each.count(level) for level in set(each)}
    assert {level: round(value) for level, value in seconds.items() if value > 1e-6} == expected
    assert np.isclose(sum(level * value for level, value in seconds.items()), sum(length for _, length in spans))  # Little's law


def test_the_busiest_hundredth_is_left_out():
    assert busiest(pd.Series({0: 50.0, 1: 49.5, 7: 0.5})) == 1
    assert busiest(pd.Series({0: 50.0, 1: 48.0, 7: 2.0})) == 7
