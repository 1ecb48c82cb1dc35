"""Shares and CPU time a request, by function and by endpoint: known truths, and intervals that cover them at their rate."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from profile_runs import PROFILE, requests_of, run_of, window_of

from perfweek.profiling import sentences
from perfweek.profiling.cost import accounted, cpu_per_request, function_costs
from perfweek.profiling.endpoints import endpoint_costs
from perfweek.profiling.handlers import endpoint_frames, endpoint_of, handlers_of
from perfweek.profiling.regression import cells, costs_by_regression
from perfweek.profiling.served import served
from perfweek.profiling.shares import dispersion, function_shares, share
from perfweek.stats import wilson

ITEM, LIST = "GET /items/{id}", "GET /items"
HANDLERS = {"read": ITEM, "listing": LIST}
READ, LISTING, LOOP = ("run (loop.py)", "read (api.py)"), ("run (loop.py)", "listing (api.py)", "encode (json.py)"), ("run (loop.py)",)


def test_shares_are_those_of_all_windows_together_and_the_first_function_has_most_of_its_own():
    shares = function_shares([{("main", "a"): 30, ("main", "b"): 10}, {("main", "a"): 10, ("main",): 30}])
    assert [(one.function, one.own.value, one.total.value) for one in shares] == [("a", 0.5, 0.5), ("main", 0.375, 1.0), ("b", 0.125, 0.125)]
    assert {one.own.n for one in shares} == {80}


def test_one_window_gives_a_lower_bound_of_the_width():
    (only,) = function_shares([{("main",): 40}])
    assert (only.own.low, only.own.high) == (wilson(40, 40).low, 1)
    assert only.own.method == "one window; Wilson interval, a lower bound of the width"
    assert math.isnan(only.dispersion)


def runs_of_requests(random, length, windows=16, samples=100, share_of_hot=0.2):
    """Samples (1: in the hot function) that come in runs of `length` on average, as (hot, all) samples of each window."""
    n = windows * samples
    changes = random.random(n) < 1 / length
    changes[0] = True
    states = random.random(int(changes.sum())) < share_of_hot
    return states[np.cumsum(changes) - 1].reshape(windows, samples).sum(axis=1).astype(float), np.full(windows, float(samples))


def test_intervals_over_windows_cover_where_those_of_independent_samples_do_not():
    random = np.random.default_rng(1)
    drawn = [runs_of_requests(random, length=10) for _ in range(400)]
    by_windows = np.mean([found.low <= 0.2 <= found.high for found in (share(*one) for one in drawn)])
    as_independent = np.mean([found.low <= 0.2 <= found.high for found in (wilson(int(hot.sum()), int(all_.sum())) for hot, all_ in drawn)])
    assert 0.91 < by_windows < 0.98
    assert as_independent < 0.7
    assert np.mean([dispersion(*one) for one in drawn]) > 5


def test_samples_that_are_independent_have_a_dispersion_of_one():
    random = np.random.default_rng(2)
    assert np.mean([dispersion(*runs_of_requests(random, length=1)) for _ in range(200)]) == pytest.approx(1, abs=0.1)


def test_a_function_s_cost_is_its_share_of_the_cpu_time_of_its_requests():
    windows = [window_of({("main", "hot"): 60, ("main",): 40}, cpu_s=1.0, served={ITEM: 100}) for _ in range(3)]
    first, second = function_costs(run_of(windows))
    assert (first.function, first.own.value, first.own.n) == ("hot", pytest.approx(6.0), 300)  # 60 % of 1000 ms over 100 requests
    assert (second.function, second.own.value, second.total.value) == ("main", pytest.approx(4.0), pytest.approx(10.0))
    assert cpu_per_request(run_of(windows)).value == pytest.approx(10.0)


def test_what_makes_one_function_slower_leaves_the_cost_of_the_others():
    before = run_of([window_of({("hot",): 50, ("other",): 50}, 1.0, {ITEM: 100})] * 2)
    after = run_of([window_of({("hot",): 100, ("other",): 50}, 1.5, {ITEM: 100})] * 2)
    costs = [{cost.function: cost.own.value for cost in function_costs(run)} for run in (before, after)]
    shares = [{one.function: one.own.value for one in run.functions} for run in (before, after)]
    assert [cost["other"] for cost in costs] == pytest.approx([5, 5])
    assert [one["other"] for one in shares] == pytest.approx([1 / 2, 1 / 3])


def test_a_request_counts_in_each_window_with_the_part_of_it_that_lies_there():
    requests = requests_of(ITEM, [0.0, 0.9], duration_ms=400)
    assert served(requests, [0, 1, 2]) == pytest.approx([1.25, 0.75])


def test_the_handler_behind_an_endpoint_is_named_by_the_operation_id():
    spec = {
        "paths": {
            "/items/{id}": {"get": {"operationId": "read_item_items__id__get"}, "parameters": []},
            "/orders": {"post": {"operationId": "shop.api.add"}, "get": {"operationId": "orders"}},
            "/twice": {"get": {"operationId": "same"}, "post": {"operationId": "same"}},
        }
    }
    assert handlers_of(json.dumps(spec)) == {"read_item": "GET /items/{id}", "add": "POST /orders", "orders": "GET /orders"}


@pytest.mark.parametrize("text", ["", "[]", "3", "{}", '{"paths": []}', '{"paths": {"/": 3}}', '{"paths": {"/": {"get": {"operationId": 3}}}}'])
def test_what_is_no_description_of_an_interface_names_no_handler(text):
    assert handlers_of(text) == {}


def test_a_function_of_the_same_name_elsewhere_is_no_handler():
    stacks = {("read (io.py)", "read (api.py)"): 1, ("listing (api.py)",): 1, ("Shop.listing (shop.py)",): 1}
    frames = endpoint_frames(stacks, HANDLERS)
    assert frames == {"read (api.py)": ITEM, "listing (api.py)": LIST}
    assert [endpoint_of(stack, frames) for stack in stacks] == [ITEM, LIST, ""]


def test_cpu_time_below_a_handler_is_its_endpoint_s_and_the_rest_is_every_request_s():
    windows = [window_of({READ: 20, LISTING: 60, LOOP: 20}, 1.0, {ITEM: 80, LIST: 20})] * 3
    costs = endpoint_costs(run_of(windows, handlers=HANDLERS))
    assert costs.method == "stacks"
    assert [(row.endpoint, row.cost.value, row.requests) for row in costs.rows] == [(LIST, pytest.approx(30), 60), (ITEM, pytest.approx(2.5), 240)]
    assert (costs.rest.value, costs.all.value) == (pytest.approx(2), pytest.approx(10))


def test_an_endpoint_that_was_never_sampled_costs_less_than_three_samples_worth():
    windows = [window_of({LISTING: 100}, 1.0, {ITEM: 100, LIST: 20})] * 3
    unseen = next(row.cost for row in endpoint_costs(run_of(windows, handlers=HANDLERS)).rows if row.endpoint == ITEM)
    assert (unseen.value, unseen.high) == (0, pytest.approx(3 * 10 / 300))
    assert unseen.method == "no sample: rule of three"


def test_an_endpoint_without_a_known_handler_cannot_be_told():
    windows = [window_of({LISTING: 100}, 1.0, {"GET /other": 100, LIST: 20})] * 3
    costs = endpoint_costs(run_of(windows, handlers=HANDLERS))
    assert math.isnan(costs.rows[-1].cost.value)
    assert costs.rows[-1].cost.method == "cannot tell: its handler is not known"
    assert "Of 1 endpoint one cannot tell." in sentences.endpoint_sentence(costs)


TRUE_MS = np.array([2.0, 10.0, 40.0])


def mixed_load(random, seconds=20, rate=50):
    """Requests of three endpoints at a fixed rate, and the CPU time of each second with the noise of requests that differ."""
    counts = random.multinomial(rate, [0.6, 0.25, 0.15], size=seconds).astype(float)
    noise = np.sqrt(counts @ (0.3 * TRUE_MS) ** 2) * random.standard_normal(seconds)
    return counts, counts @ TRUE_MS + noise


def test_regression_finds_the_cost_of_each_endpoint_and_its_intervals_cover_at_their_rate():
    random = np.random.default_rng(3)
    found = [costs_by_regression(*mixed_load(random)) for _ in range(300)]
    covered = np.mean([[one.low <= true <= one.high for one, true in zip(run, TRUE_MS, strict=True)] for run in found], axis=0)
    assert (covered > 0.91).all()
    assert np.mean([[one.value for one in run] for run in found], axis=0) == pytest.approx(TRUE_MS, rel=0.15)


def test_endpoints_that_are_always_asked_together_cannot_be_told_apart_and_the_others_can():
    counts, cpu_ms = mixed_load(np.random.default_rng(4))
    counts[:, 1] = 2 * counts[:, 0]
    first, second, third = costs_by_regression(counts, cpu_ms)
    assert math.isnan(first.value) and math.isnan(second.value)
    assert first.method == "cannot tell: its requests rise and fall with those of others"
    assert third.low <= 40 <= third.high


def test_regression_needs_more_seconds_than_endpoints():
    counts, cpu_ms = mixed_load(np.random.default_rng(5), seconds=5)
    assert [one.method for one in costs_by_regression(counts, cpu_ms)] == ["cannot tell: too few cells of time"] * 3


def test_an_endpoint_that_nobody_asked_for_has_no_cost_and_harms_no_other():
    counts, cpu_ms = mixed_load(np.random.default_rng(6))
    found = costs_by_regression(np.column_stack([counts, np.zeros(len(counts))]), cpu_ms)
    assert found[3].method == "cannot tell: no request"
    assert [one.value for one in found[:3]] == [one.value for one in costs_by_regression(counts, cpu_ms)]


def test_cells_of_time_hold_the_requests_and_the_cpu_time_of_their_second():
    requests = pd.concat([requests_of(ITEM, [0.0, 0.2, 1.5]), requests_of(LIST, [2.5])])
    process = pd.DataFrame({"epoch_s": [0.0, 1.0, 2.0, 3.0], "cpu_s": [5.0, 5.5, 5.6, 6.0]})
    counts, cpu_ms = cells(requests, process, [ITEM, LIST])
    assert counts.tolist() == [[2, 0], [1, 0]]
    assert cpu_ms == pytest.approx([500, 100])


def test_without_handlers_the_endpoints_are_told_apart_by_regression():
    random = np.random.default_rng(7)
    counts, cpu_ms = mixed_load(random, seconds=30)
    names = ["a", "b", "c"]
    times = [(name, second + 0.5) for second, row in enumerate(counts) for name, n in zip(names, row, strict=True) for _ in range(int(n))]
    requests = pd.concat([requests_of(name, [time for one, time in times if one == name]) for name in names])
    requests.loc[len(requests)] = {**requests.iloc[0], "time": 0.0}
    process = pd.DataFrame({"epoch_s": np.arange(31.0), "cpu_s": np.concatenate([[0], np.cumsum(cpu_ms) / 1000])})
    costs = endpoint_costs(run_of([window_of({LOOP: 10}, 1.0, {"a": 10})] * 2), requests, process)
    assert costs.method == "regression"
    assert [row.endpoint for row in costs.rows] == ["c", "b", "a"]
    assert costs.rows[0].cost.low <= 40 <= costs.rows[0].cost.high
    assert "by regression of the CPU time" in sentences.endpoint_sentence(costs)


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (100, "they agree within 20 %"),
        (130, "threads that wait for a CPU or for the interpreter's lock were sampled as busy"),
        (70, "native threads or processes that were not looked into"),
    ],
)
def test_profile_and_operating_system_are_reconciled_and_a_gap_over_20_percent_is_a_warning(samples, said):
    run = run_of([window_of({("main",): samples}, 1.0, {ITEM: 10})] * 3)
    assert accounted(run).value == pytest.approx(samples / 100)
    sentence = sentences.accounted_sentence(run)
    assert said in sentence
    assert sentence.startswith("Warning: ") == (samples != 100)


def test_no_requests_leave_shares_and_no_cost():
    run = run_of([window_of({("main",): 10}, 1.0, {})] * 2)
    assert function_costs(run) == []
    assert sentences.profile_sentence(run).startswith("Most samples are taken in `main`: 100 %")
    assert sentences.overhead_sentence(run).startswith("No data")
    assert endpoint_costs(run).method == "none"


def test_a_service_that_did_nothing_is_said():
    run = run_of([window_of({}, 0.0, {})] * 2, replace(PROFILE))
    assert sentences.profile_sentence(run) == sentences.NOTHING_DONE
    assert sentences.accounted_sentence(run).startswith("No data")
