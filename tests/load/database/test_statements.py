"""Statements joined with the requests that sent them, and whether they grow with the page, on tables that a reader can count."""

import math

import numpy as np
import pandas as pd
import pytest

from perfweek.load.database import sentences, tables
from perfweek.load.database.n_plus_one import growths, repeated
from perfweek.load.database.statements import join
from perfweek.load.database.wording import shortened
from perfweek.load.plan import Phase, Plan
from perfweek.load.run import LoadRun, Results

START = 1_700_000_000.0
ITEM, PAGE = "select a, b from t where id = 7", "select id from t order by day limit 5"


def run_of(seconds):
    """A load that is constant from second 10 on, for `seconds`."""
    plan = Plan((Phase("a", "ramp", 0, 10, 0, 5), Phase("a", "plateau", 10, 10 + seconds, 5, 5)), "open", 10.0 + seconds)
    nothing = pd.DataFrame({"time": [], "scenario": []})
    return LoadRun(Results(nothing, nothing, 0, 0, "", 1e-3), plan, START, {}, nothing, *[f"evidence/load-monday/{name}" for name in "abc"])


def log_of(items, route="GET /list", rate=5.0, queries=None, database_ms=20.0):
    """One request a fifth of a second from second 10 on; `items` of each."""
    n = len(items)
    return pd.DataFrame(
        {
            "time": START + 10 + np.arange(n) / rate,
            "request_id": [f"{route}-{number}" for number in range(n)],
            "route": route,
            "queries": np.asarray(items) + 1 if queries is None else queries,
            "items": items,
            "duration_ms": 30.0,
            "database_ms": database_ms,
        }
    )


def history_of(sent, elapsed_ms=2.0):
    """`sent`: (request id, second, text) a statement."""
    ids, times, texts = zip(*sent, strict=True)
    return pd.DataFrame(
        {
            "request_id": ids,
            "query_text": texts,
            "query_parameterized_hash": None,
            "start_time": pd.to_datetime(np.asarray(times) * 1e6, unit="us", utc=True),
            "total_elapsed_time": elapsed_ms,
            "execution_time": elapsed_ms / 2,
            "execution_status": "SUCCESS",
            "partitions_scanned": 9.0,
            "partitions_total": 10.0,
            "bytes_scanned": 1000.0,
        }
    )


def n_plus_one(items):
    """The log and the history of a list that asks for its page, then for each item."""
    log = log_of(items)
    sent = [
        (row.request_id, row.time, text)
        for row in log.itertuples()
        for text in [PAGE, *[f"select a, b from t where id = {n}" for n in range(row.items)]]
    ]
    return log, history_of(sent)


def test_statements_are_told_apart_by_shape_and_route_and_counted_per_request():
    log, history = n_plus_one([4] * 100)
    timings = join(history, log, run_of(30), "h").timings
    assert [(one.route, one.text, one.count) for one in timings] == [
        ("GET /list", "select a , b from t where id = ?", 400),
        ("GET /list", "select id from t order by day limit ?", 100),
    ]
    item = timings[0]
    assert (item.a_request.value, item.p50.value, item.scanned.value, item.bytes_scanned.value) == (4, 2, 0.9, 1000)
    assert item.share.value == pytest.approx(4 * 2 / 30)


def test_a_request_waits_no_longer_for_its_statements_than_it_was_in_the_database():
    log, history = n_plus_one([4] * 100)  # five statements of 2 ms each
    at_once = join(history, log.assign(database_ms=5.0), run_of(30), "h")
    assert sum(one.share.value for one in at_once.timings) == pytest.approx(5 / 30)
    assert at_once.timings[0].share.value == pytest.approx(5 / 30 * 4 / 5)


def test_what_cannot_be_joined_is_counted_and_said():
    log, history = n_plus_one([2] * 60)
    strange = history_of([("unknown", START + 15, ITEM), (None, START + 16, ITEM), ("", START + 17, ITEM), ("long ago", START + 1, ITEM)])
    silent = history[~history["request_id"].isin(log["request_id"][:3])]
    found = join(pd.concat([silent, strange], ignore_index=True), log, run_of(30), "h")
    assert (found.unjoined, found.unseen) == (3, 3)
    said = sentences.statements_note(found)
    assert "3 statements ran meanwhile for no request of the log" in said
    assert "3 requests sent statements that the history does not know" in said
    assert "None is left over" in sentences.statements_note(join(history, log, run_of(30), "h"))


def test_only_requests_of_the_plateau_count():
    log, history = n_plus_one([2] * 100)
    found = join(history, log, run_of(5), "h")
    assert (len(found.requests), len(found.joined), found.unjoined) == (25, 75, 0)
    before = log.iloc[:1].assign(request_id="before", time=START + 9.9)
    late = history_of([("before", START + 10.1, ITEM)])
    found = join(pd.concat([history, late], ignore_index=True), pd.concat([before, log], ignore_index=True), run_of(5), "h")
    assert (len(found.requests), len(found.joined), found.unjoined) == (25, 75, 0)


def test_failed_statements_are_counted_and_in_no_timing():
    log, history = n_plus_one([2] * 60)
    history.loc[history.index[:5], ["execution_status", "total_elapsed_time"]] = ["FAIL", 9999.0]
    timings = join(history, log, run_of(30), "h").timings
    assert sum(one.failed for one in timings) == 5
    assert max(one.p99.value for one in timings) == 2


def test_without_a_history_there_is_no_data_and_the_log_still_tells_the_slope():
    log = log_of([1, 5, 9] * 40)
    found = join(history_of([("x", START, ITEM)]).iloc[:0], log, run_of(60), "h")
    assert sentences.statements_sentence(found).startswith("No data")
    assert tables.statement_table(found).empty
    (growth,) = growths(found)
    assert (growth.verdict, growth.slope.value, growth.shape) == ("N+1", 1, "")


def test_an_n_plus_one_is_found_with_its_statement_and_a_batch_is_not_accused():
    items = np.random.default_rng(1).integers(1, 10, 150)
    log, history = n_plus_one(items)
    found = join(history, log, run_of(60), "h")
    (growth,) = growths(found)
    assert growth.verdict == "N+1"
    assert (growth.slope.low, growth.slope.high) == (1, 1)
    assert growth.text == "select a , b from t where id = ?"
    assert growth.repeats.value == pytest.approx(items.mean())
    assert len(repeated(found, growth)) == items.sum() - len(items)
    batch = log_of(items, queries=2)
    sent = [(row.request_id, row.time, text) for row in batch.itertuples() for text in (PAGE, "select a, b from t where id in (1, 2)")]
    (twin,) = growths(join(history_of(sent), batch, run_of(60), "h"))
    assert (twin.verdict, twin.shape) == ("no N+1", "")


def test_pages_of_one_size_cannot_tell_and_the_repeated_statement_is_still_named():
    log, history = n_plus_one([4] * 100)
    (growth,) = growths(join(history, log, run_of(30), "h"))
    assert growth.verdict == "cannot tell"
    assert math.isnan(growth.slope.value)
    assert growth.repeats.value == 4
    said = sentences.growth_sentence([growth])
    assert said.startswith("Whether `GET /list` sends more statements for more items cannot be told: every answer had 4 items")
    assert "4 times a request, as often as it has items" in said


def test_the_slope_of_statements_on_items_covers_the_truth_as_often_as_it_says():
    """Each item costs a statement of its own with a chance of 0.7: the others are known already."""
    hits = 0
    for seed in range(150):
        random = np.random.default_rng(seed)
        items = random.integers(1, 12, 300)
        log = log_of(items, queries=1 + random.binomial(items, 0.7))
        (growth,) = growths(join(history_of([("x", START, ITEM)]).iloc[:0], log, run_of(90), "h"))
        hits += growth.slope.low <= 0.7 <= growth.slope.high
    assert hits >= 137  # 95 % nominal, 91 % demanded


def test_lists_that_never_reach_the_database_often_enough_are_not_judged():
    log = pd.concat([log_of([5] * 100, "GET /kept", queries=0), log_of([5] * 20, "GET /rare"), log_of([1] * 100, "GET /one")])
    assert growths(join(history_of([("x", START, ITEM)]).iloc[:0], log, run_of(60), "h")) == []
    assert sentences.growth_sentence([]).startswith("No data")


def test_a_statement_is_shortened_to_what_tells_it_apart():
    assert shortened("select a , b from s . t where ( ? is null or a = ? )") == "select … from s.t where (? is null or a = ?)"
    assert shortened("insert into t select ?") == "insert into t select ?"
    assert len(shortened("select x from t where " + "a = ? and " * 50)) == 72
    assert "`" not in shortened("select a from `t` where b = ?")


def test_tables_have_a_row_a_statement_and_formats_for_columns_that_exist():
    log, history = n_plus_one([4] * 100)
    found = join(history, log, run_of(30), "h")
    assert set(tables.STATEMENT_FORMATS) <= set(tables.statement_table(found))
    assert len(tables.statement_table(found)) == 2
    assert tables.growth_table(growths(found))["verdict"].tolist() == ["cannot tell"]
