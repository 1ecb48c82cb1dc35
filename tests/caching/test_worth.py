"""What designs are worth: known traces with known answers, and figures that must add up."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from perfweek.caching.findings import facts_of, predictions_of
from perfweek.caching.study import Study
from perfweek.caching.tiers.design import Design, Edge, ResultCache, Store
from perfweek.caching.trace import Trace
from perfweek.caching.worth import figures, sentences, tables
from perfweek.caching.worth.blocks import WINDOWS, estimate
from perfweek.caching.worth.designs import candidates, described, designed, seconds, without
from perfweek.caching.worth.front import front_of
from perfweek.caching.worth.inputs import workload_of
from perfweek.caching.worth.marginal import beside_others, in_turn, of_doublings
from perfweek.caching.worth.misses import PER_SECOND
from perfweek.caching.worth.outcome import tried
from perfweek.caching.worth.prices import moving, redis_masters, standing
from perfweek.caching.worth.stress import cold_start, flatter, grown, steeper
from perfweek.caching.worth.whole import worth_of
from perfweek.caching.worth.workload import Workload
from perfweek.metrics import CATALOGUE
from perfweek.target import Cache, Prices, Target, Tier
from perfweek.thursday import curves, decision, requested, tiers, worth

MONDAY = pd.DataFrame({"metric": ["http.capacity.rate", "process.cpu.per_request"], "value": [200.0, 4.0]})
NOTHING = MONDAY.iloc[:0]
CACHE = Cache(
    instances=4,
    tiers=(
        Tier(name="in-process", size_mb=0.1, ttl_s=60),
        Tier(name="Redis", size_mb=1, ttl_s=300),
        Tier(name="results", size_mb=math.inf, ttl_s=86_400),
        Tier(name="KV", size_mb=math.inf, ttl_s=3600),
    ),
)
TARGET = Target(cache=CACHE)


def trace_of(keys: list[str], seconds_long: float = 600.0, **columns: object) -> Trace:
    frame = pd.DataFrame(
        {
            "time": 1e9 + np.linspace(0, seconds_long, len(keys)),
            "route": "GET /assets",
            "key": keys,
            "bytes": 1000,
            "tier": "origin",
            "write": False,
            "session": "s",
            "duration_ms": 120.0,
            "database_ms": 100.0,
        }
    )
    return Trace(frame.assign(**columns), 0, "evidence/load-monday/access_log.ndjson")


def skewed(count: int = 3000) -> list[str]:
    return [f"asset:{key}" for key in np.random.default_rng(5).zipf(1.3, count) % 400]


@pytest.fixture(scope="module")
def workload() -> Workload:
    return workload_of(trace_of(skewed()), TARGET, MONDAY)


@pytest.mark.parametrize(("hits", "p95"), [(0.80, 120), (0.94, 120), (0.96, 2), (0.99, 2)])
def test_a_percentile_is_the_time_of_a_miss_as_long_as_more_reads_miss_than_lie_beyond_it(hits: float, p95: float) -> None:
    misses = round(1000 * (1 - hits))
    keys = [f"new {place}" if place % 1000 < misses else "hot" for place in range(3000)]  # each thousand begins with its misses
    target = Target(cache=Cache(tiers=(Tier(name="a", size_mb=1, ttl_s=1e6, hit_ms=2),)))
    outcome = tried(workload_of(trace_of(keys), target, NOTHING), designed(target.cache))
    assert outcome.quantile(0.95).value == pytest.approx(p95)
    assert outcome.share("l1").value == pytest.approx(hits, abs=0.002)


def test_the_parts_of_the_cost_add_up_and_scale_with_their_prices(workload: Workload) -> None:
    outcome = tried(workload, designed(CACHE))
    assert sum(outcome.cost().values()) == pytest.approx(outcome.dollars().value)
    dearer = replace(workload, prices=Prices(credit=6.0))
    assert tried(dearer, designed(CACHE)).cost()["warehouse"] == pytest.approx(2 * outcome.cost()["warehouse"])


def test_the_origin_costs_its_misses_times_what_a_miss_takes(workload: Workload) -> None:
    outcome = tried(workload, Design())
    month = 730 * 3600 * 3000 / 600  # reads
    assert outcome.cost()["warehouse"] == pytest.approx(month * 0.1 / 3600 * 3.0, rel=1e-3)
    assert outcome.cost()["origin CPU"] == pytest.approx(month * 0.004 / 3600 * 0.04, rel=1e-3)
    assert outcome.quantile(0.95).value == pytest.approx(120)


def test_redis_nodes_and_the_edge_cost_what_their_price_lists_say() -> None:
    prices = Prices()
    assert redis_masters(100e9, prices) == 10  # 13.07 GiB, three quarters of them usable
    design = Design(shared=Store(100e9, 300))
    assert standing(design, prices, (0, 0))["l2 nodes"] == pytest.approx(20 * 0.219 * 730)
    assert standing(Design(shared=Store(1e6, 300)), prices, (0, 0))["l2 nodes"] == pytest.approx(6 * 0.219 * 730)
    assert standing(Design(edge=Edge(60)), prices, (0, int(3e9)))["l4 edge"] == pytest.approx(5 + 2 * 0.50)
    assert moving(12e6, 3e6, 0, 0, True, prices)["l4 edge"] == pytest.approx(2 * (0.50 + 0.30) + 2 * 5)
    assert standing(design, prices, (0, 0), {"l2": 2.0})["l2 nodes"] == pytest.approx(200)


def test_what_a_tier_saves_in_turn_adds_up_to_what_all_of_them_save(workload: Workload) -> None:
    steps = in_turn(workload, designed(CACHE))
    assert [step.level for step in steps] == ["l1", "l2", "l3", "l4"]
    together = steps[-1].after.less(steps[0].before, "mean").value
    assert sum(step.saved("mean").value for step in steps) == pytest.approx(together)
    assert steps[0].saved("origin").low <= steps[0].saved("origin").value <= steps[0].saved("origin").high


def test_a_tier_behind_one_that_answers_everything_is_not_worth_it() -> None:
    target = Target(cache=Cache(tiers=(Tier(name="a", size_mb=100, ttl_s=1e6), Tier(name="b", size_mb=100, ttl_s=1e6))))
    loaded = workload_of(trace_of(skewed()), target, NOTHING)
    first, second = in_turn(loaded, designed(target.cache))
    assert (first.verdict, second.verdict) == ("worth it", "not worth it")
    assert second.saved("dollars").value == pytest.approx(-6 * 0.219 * 730)
    assert [step.verdict for step in beside_others(loaded, designed(target.cache))][1] == "not worth it"


def test_a_doubling_never_lets_more_reads_through_where_nothing_expires(workload: Workload) -> None:
    endless = replace(designed(CACHE), process=Store(1e5), shared=Store(1e6), instances=1)
    steps = of_doublings(workload, endless)
    assert len(steps) == 8
    assert all(step.saved("origin").value >= 0 for step in steps if step.level == "l1")


def test_nothing_on_the_front_is_beaten_and_the_chosen_one_is_the_cheapest_that_reaches_the_target(workload: Workload) -> None:
    front = front_of(workload, designed(CACHE), 130)
    assert len(front.points) == len(list(candidates(workload, designed(CACHE))))
    for better, worse in zip(front.best, front.best[1:], strict=False):
        assert better.dollars.value <= worse.dollars.value
        assert better.p95.value > worse.p95.value
    assert front.chosen
    assert front.chosen.dollars.value == pytest.approx(min(point.dollars.value for point in front.points if point.p95.high <= 130), abs=0.01)
    assert front_of(workload, designed(CACHE), 0.001).chosen is None


def test_twice_the_keys_and_traffic_keep_the_hit_ratio_of_a_cache_twice_as_large(workload: Workload) -> None:
    doubled = grown(workload, 2)
    assert doubled.trace.keys == 2 * workload.trace.keys
    assert doubled.reads.sum() == 2 * workload.reads.sum()
    assert (np.diff(doubled.times) >= 0).all()
    once, twice = tried(workload, Design(Store(5e4))), tried(doubled, Design(Store(1e5)))
    assert twice.share("l1").value == pytest.approx(once.share("l1").value, abs=0.02)


def test_a_flatter_trace_hits_less_and_a_steeper_one_more(workload: Workload) -> None:
    design = Design(Store(3e4))
    flat, now, steep = (tried(one, design).share("l1").value for one in (flatter(workload), workload, steeper(workload)))
    assert flat < now < steep


def test_a_start_with_empty_caches_is_unsafe_where_the_origin_takes_less_than_all_reads(workload: Workload) -> None:
    safe = cold_start(workload, designed(CACHE), 5.0)
    assert (safe.limit, safe.verdict) == (200.0, "safe")
    assert safe.empty > safe.steady
    assert cold_start(replace(workload, origin_limit=1.0), designed(CACHE), 500.0).verdict == "unsafe"
    assert cold_start(replace(workload, origin_limit=math.nan), designed(CACHE), 5.0).verdict == "cannot tell"


def test_intervals_cover_the_true_share_of_a_trace_that_is_correlated_in_time() -> None:
    random, covered = np.random.default_rng(7), 0
    for _ in range(200):
        level = np.repeat(random.random(WINDOWS // 4) < 0.5, 4)
        hits = random.binomial(100, np.where(level, 0.8, 0.4))
        found = estimate(np.stack([hits, np.full(WINDOWS, 100)], axis=1).astype(float), lambda rows: rows[:, 0] / rows[:, 1], 6000)
        covered += found.low <= 0.6 <= found.high
    assert covered / 200 > 0.88


def test_a_trace_too_short_for_windows_has_values_without_bounds() -> None:
    found = estimate(np.vstack([np.ones((10, 1)), np.zeros((WINDOWS - 10, 1))]), lambda rows: rows[:, 0], 10)
    assert found.value == 10
    assert math.isnan(found.low)


def test_figures_come_from_the_log_then_from_monday_then_from_the_target_and_their_origin_is_said() -> None:
    known = {one.name: one for one in workload_of(trace_of(skewed()), TARGET, MONDAY).inputs}
    assert known["an answer of the origin"].origin.startswith("measured: 3,000 reads")
    assert "Monday's facts" in known["CPU of the service for a miss"].origin
    assert known["what the origin takes"].value == "200 requests a second"
    bare = {one.name: one for one in workload_of(trace_of(skewed(), duration_ms=0.0), TARGET, NOTHING).inputs}
    assert bare["an answer of the origin"].origin.startswith("assumed")
    assert bare["what the origin takes"].value == "unknown"
    given = Target(cache=Cache(tiers=CACHE.tiers, origin_ms=80, requests_a_second=7))
    said = {one.name: one for one in workload_of(trace_of(skewed()), given, NOTHING).inputs}
    assert (said["an answer of the origin"].value, said["reads in production"].value) == ("80 ms", "7 a second")


def endpoint_facts(p50_ms: float, p95_ms: float, endpoint: str = "GET /assets", credits: float | None = None) -> pd.DataFrame:
    rows = [("warehouse.query.duration.p50", {"endpoint": endpoint}, p50_ms), ("warehouse.query.duration.p95", {"endpoint": endpoint}, p95_ms)]
    return pd.DataFrame([*rows, *([(PER_SECOND, {}, credits)] if credits else [])], columns=["metric", "labels", "value"])


def test_the_warehouse_time_of_a_miss_is_wednesdays_by_route_with_the_logs_statements_else_the_logs_own() -> None:
    trace = trace_of(skewed(), queries=4)
    measured = workload_of(trace, TARGET, MONDAY, endpoint_facts(50, 50))  # a median that is the 95th percentile: all of them
    assert measured.warehouse_s == pytest.approx(0.2)
    assert measured.misses.iloc[0].to_dict() == {
        "route": "GET /assets",
        "statements": 4.0,
        "statement_ms": 50.0,
        "warehouse_ms": 200.0,
        "credits": pytest.approx(200 / 3600),
        "source": "Wednesday's facts",
    }
    logged = workload_of(trace, TARGET, MONDAY, endpoint_facts(50, 50, "GET /other"))
    assert logged.warehouse_s == pytest.approx(0.1)
    assert logged.misses["source"].tolist() == ["access log, database_ms"]
    unknown = workload_of(trace_of(skewed(), database_ms=0.0), TARGET, MONDAY)
    assert unknown.warehouse_s.sum() == 0
    assert unknown.misses["source"].tolist() == ["unknown"]


def test_what_a_cache_answered_in_the_log_would_have_taken_the_warehouse_as_long_as_the_rest_of_its_route() -> None:
    half = np.arange(3000) % 2 == 0
    trace = trace_of(skewed(), tier=np.where(half, "l1", "origin"), database_ms=np.where(half, 0.0, 100.0))
    assert workload_of(trace, TARGET, MONDAY).warehouse_s == pytest.approx(0.1)


def test_a_mean_lies_above_the_median_as_far_as_the_95th_percentile_pulls_it() -> None:
    lognormal = np.exp(np.random.default_rng(3).normal(math.log(20), 0.5, 400_000))
    facts = endpoint_facts(float(np.median(lognormal)), float(np.quantile(lognormal, 0.95)))
    assert workload_of(trace_of(skewed()), TARGET, MONDAY, facts).misses["statement_ms"][0] == pytest.approx(lognormal.mean(), rel=0.01)


def test_credits_are_those_that_wednesday_saw_metered_else_those_of_an_assumed_size() -> None:
    metered = workload_of(trace_of(skewed()), TARGET, MONDAY, endpoint_facts(50, 50, credits=0.001))
    assert metered.prices.credits_hour == pytest.approx(3.6)
    said = {one.name: one.origin for one in metered.inputs}
    assert said["credits for a second of statements"].startswith("Wednesday's facts")
    assumed = workload_of(trace_of(skewed()), TARGET, MONDAY, endpoint_facts(50, 50))
    assert {one.name: one.origin for one in assumed.inputs}["credits for a second of statements"].startswith("assumed")
    assert assumed.prices.credits_hour == pytest.approx(TARGET.prices.credits_hour)


def test_a_route_that_the_log_does_not_time_takes_wednesdays_warehouse_time_and_the_services_cpu() -> None:
    found = workload_of(trace_of(skewed(), duration_ms=0.0, database_ms=0.0), TARGET, MONDAY, endpoint_facts(50, 50))
    assert found.answer_ms["origin"] == pytest.approx(54.0)  # and 4 ms of CPU
    assert "Wednesday's warehouse time" in next(one.origin for one in found.inputs if one.name == "an answer of the origin")


def test_designs_are_described_in_a_few_words() -> None:
    assert described(Design(Store(1e9, 60), Store(1e11, 300), ResultCache(), Edge(3600))) == "L1 1 GB 60 s + L2 100 GB 300 s + L3 + L4 1 h"
    assert described(Design()) == "no cache"
    assert described(without(designed(CACHE), "l4")).endswith("+ L3")
    assert [seconds(span) for span in (60, 300, 900, 86_400, 2_678_400, math.inf)] == ["60 s", "300 s", "15 min", "24 h", "31 d", "for ever"]


def test_every_section_has_its_sentences_figures_and_tables_and_facts_are_in_the_catalogue() -> None:
    study = Study(trace_of(skewed(1500), write=np.arange(1500) % 50 == 7))
    found = worth_of(study, TARGET, MONDAY)
    assert found
    shown = [
        curves.curves(study, CACHE, found),
        tiers.tiers(study, found),
        worth.each(study, found),
        worth.front(study, found),
        worth.stress(study, found),
    ]
    assert all(len(section) >= 3 for section in shown)
    assert len(decision.verdict(study, found)) == 3
    recorded = facts_of(study, found)
    assert {fact.metric for fact in recorded} <= set(CATALOGUE)
    assert {"cache.design.share", "cache.design.p95", "cache.design.cost", "cache.design.age"} <= {fact.metric for fact in recorded}
    (prediction,) = predictions_of(study, TARGET, found)
    assert (prediction.id, prediction.labels) == ("in-process-cache", {"tier": "l1"})
    assert prediction.expected_low <= prediction.expected <= prediction.expected_high
    assert len(tables.tier_table(found.designed)) == 5
    assert figures.front_figure(found).axes
    assert "reach the origin" in sentences.tiers_sentence(found)


@pytest.mark.parametrize("keys", [["a"] * 150, [str(place) for place in range(150)]])
def test_one_key_and_keys_that_never_come_again_have_a_verdict(keys: list[str]) -> None:
    study = Study(trace_of(keys, bytes=0))
    found = worth_of(study, TARGET, NOTHING)
    assert found
    assert decision.verdict(study, found)
    assert requested.requested(study)
    assert found.designed.share("origin").value == pytest.approx(1 / 150 if len(set(keys)) == 1 else 1)


def test_all_reads_at_one_moment_and_gigantic_keys_have_a_verdict() -> None:
    study = Study(trace_of(["k" * 5000, "b"] * 100, seconds_long=0))
    found = worth_of(study, TARGET, NOTHING)
    assert found
    assert found.designed.answered.edge_too_large > 0
    assert decision.verdict(study, found)
