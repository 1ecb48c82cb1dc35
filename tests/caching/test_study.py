"""Intervals, expiry, the study of a trace, and what the day leaves behind."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from perfweek.caching import figures, sentences
from perfweek.caching.curve import curve_of
from perfweek.caching.distances import STALE, dense_ids, stack_distances
from perfweek.caching.expiry import with_expiry
from perfweek.caching.findings import facts_of, predictions_of
from perfweek.caching.intervals import share_over_windows
from perfweek.caching.study import Study
from perfweek.caching.trace import Trace
from perfweek.target import Cache, Service, Target, Tier

TIERS = (Tier(name="in-process", size_mb=0.05, ttl_s=60), Tier(name="shared", size_mb=math.inf, ttl_s=300))


def trace_like(keys: list[str], seconds: float = 100.0, **columns: object) -> Trace:
    frame = pd.DataFrame(
        {"time": np.linspace(0, seconds, len(keys)), "route": "GET /assets", "key": keys, "bytes": 1000, "tier": "none", "write": False}
    )
    return Trace(frame.assign(**columns), 0, "evidence/load-monday/access_log.ndjson")


@pytest.fixture
def study() -> Study:
    keys = np.random.default_rng(5).zipf(1.3, 4000) % 500
    return Study(trace_like([str(key) for key in keys], tier=np.where(np.arange(4000) % 4 == 0, "l1", "origin")))


def test_the_interval_of_a_share_covers_the_true_share_of_a_bursty_series_and_an_independent_one_would_not() -> None:
    random = np.random.default_rng(11)
    covered = covered_if_independent = 0
    for _ in range(300):
        state = np.repeat(random.random(200) < 0.5, 10)  # hits come in bursts of ten seconds
        hits = np.where(state, random.random(2000) < 0.8, random.random(2000) < 0.4)
        found = share_over_windows(hits, np.arange(2000.0))
        half = 1.96 * math.sqrt(found.value * (1 - found.value) / 2000)
        covered += found.low <= 0.6 <= found.high
        covered_if_independent += abs(found.value - 0.6) <= half
    assert covered / 300 > 0.92
    assert covered_if_independent / 300 < 0.85


def test_a_share_says_over_how_many_windows_and_has_no_bounds_below_five() -> None:
    found = share_over_windows([True, False] * 100, np.arange(200.0))
    assert (found.value, found.n, found.method) == (0.5, 200, "t interval over 20 windows of 9.95 s")
    assert math.isnan(share_over_windows([True, False], [0.0, 9.0]).low)
    assert math.isnan(share_over_windows([], []).value)


def test_an_entry_is_gone_when_it_has_lived_for_its_time_counted_from_its_fill() -> None:
    ids, times = dense_ids(list("aaaa")), [0.0, 50.0, 60.0, 119.0]
    assert with_expiry(stack_distances(ids), ids, times, 60).tolist() == [-1, 0, STALE, 0]


def test_a_write_starts_the_life_of_an_entry_anew() -> None:
    ids, times, writes = dense_ids(list("aaaa")), [0.0, 50.0, 55.0, 100.0], np.array([False, True, False, False])
    assert with_expiry(stack_distances(ids, writes), ids, times, 60, writes).tolist() == [-1, -3, STALE, 0]


@pytest.mark.parametrize("ttl_s", [60, 300])
def test_expiry_in_one_pass_is_close_to_a_simulation_of_each_size_on_a_real_trace(
    shared_data: Path, real_trace: Callable[[str], pd.DataFrame], ttl_s: int
) -> None:
    trace = real_trace("twitter_cluster52_1m")
    truth = pd.read_csv(shared_data / "cache" / "ground_truth" / "twitter_cluster52_1m.lru_ttl_from_fill.obj.csv")
    truth = truth[truth["ttl_s"] == ttl_s]
    ids = dense_ids(trace["key"])
    curve = curve_of(with_expiry(stack_distances(ids), ids, trace["time"], ttl_s), "objects")
    error = curve.miss_ratios(truth["cache_size_objects"]) - truth["misses_lazy_expiry"] / truth["requests"]
    assert len(truth) > 10
    assert np.abs(error).max() < 0.005


def test_the_points_of_a_study_are_those_of_its_curve_with_bounds_around_them(study: Study) -> None:
    for size in study.sizes:
        point = study.miss_ratio(size)
        assert point.value == pytest.approx(study.curve.miss_ratio(size))
        assert point.low < point.value < point.high


def test_what_the_service_answered_itself_is_the_share_of_its_tier(study: Study) -> None:
    assert study.observed().value == 0.25
    assert math.isnan(Study(trace_like(["a", "b"])).observed().value)


def test_a_tier_without_limit_answers_all_but_first_reads_and_a_small_one_less(study: Study) -> None:
    table = study.tiers(TIERS).set_index("tier")
    assert table.loc["shared", "hit_ratio"] == pytest.approx(1 - study.curve.floor)
    assert table.loc["in-process", "objects"] == pytest.approx(50)
    assert table.loc["in-process", "hit_ratio"] == pytest.approx(1 - study.curve.miss_ratio(50), abs=0.02)
    assert table.loc["in-process", "hit_ratio"] < table.loc["shared", "hit_ratio"]


def test_facts_name_their_size_and_the_evidence(study: Study) -> None:
    facts = {(fact.metric, *fact.labels.values()): fact for fact in facts_of(study)}
    assert facts["cache.working_set",].estimate.value == study.curve.distinct
    assert facts["cache.miss_ratio", str(study.sizes[0])].estimate.value == pytest.approx(study.curve.miss_ratio(study.sizes[0]))
    assert facts["cache.hit_ratio", "l1"].estimate.value == 0.25
    assert {fact.source for fact in facts.values()} == {"evidence/load-monday/access_log.ndjson"}


def test_the_prediction_is_the_hit_ratio_of_the_first_planned_tier_with_its_range(study: Study) -> None:
    (prediction,) = predictions_of(study, Target(cache=Cache(tiers=TIERS), service=Service(start="x", start_changed="x --improved")))
    assert (prediction.metric, prediction.labels, prediction.before) == ("cache.hit_ratio", {"tier": "l1"}, 0.25)
    assert prediction.expected == study.hit_ratio(50_000, 60).value
    assert prediction.expected_low < prediction.expected < prediction.expected_high
    assert prediction.artifact == "x --improved"


def test_no_data_gives_no_facts_no_predictions_and_says_so_in_every_sentence_and_figure() -> None:
    nothing = Study(Trace.no_data("evidence/load-monday/run.json"))
    assert facts_of(nothing) == []
    assert predictions_of(nothing, Target(cache=Cache(tiers=TIERS))) == []
    said = [sentences.requested_sentence(nothing), sentences.working_set_sentence(nothing), sentences.curve_sentence(nothing)]
    said += [sentences.observed_sentence(nothing), sentences.tiers_sentence(nothing, TIERS), sentences.decision(nothing, TIERS)[0]]
    assert all(sentence.startswith("No data") for sentence in said)
    for figure in (figures.popularity_figure(nothing), figures.curve_figure(nothing, TIERS), figures.working_set_figure(nothing)):
        assert [text.get_text() for text in figure.axes[0].texts] == ["no data"]


def test_sentences_give_the_value_with_its_interval() -> None:
    keys = ["a", "b"] * 100
    study = Study(trace_like(keys, tier="l1"))
    assert sentences.requested_sentence(study).startswith("200 reads of 2 keys in 100 s: the 1 most read keys take 50 % of the reads")
    assert "one of 2 (every key) 1 % (0 to " in sentences.curve_sentence(study)
    assert "answered 100 % (100 to 100) of the reads: more than any cache of this model" in sentences.observed_sentence(study)
    assert "in-process at 0.05 MB and 60 s would hold every key" in sentences.tiers_sentence(study, TIERS)
    assert "room for 2 objects" in sentences.decision(study, TIERS)[0]


def test_a_trace_of_first_reads_only_is_not_worth_a_cache() -> None:
    assert sentences.decision(Study(trace_like([str(key) for key in range(50)])), TIERS)[0].startswith("Do not cache")


def test_a_trace_that_ends_while_new_keys_still_come_is_said_to_be_too_short() -> None:
    grown, growing = ([str(place % keys) for place in range(300)] for keys in (30, 280))
    assert "too short" not in sentences.decision(Study(trace_like(grown)), TIERS)[1]
    assert "too short to show the whole working set" in sentences.decision(Study(trace_like(growing)), TIERS)[1]
    assert "too short to show the whole working set" in sentences.working_set_sentence(Study(trace_like(growing)))


def test_the_curve_figure_marks_first_reads_the_observed_cache_and_the_tiers_within_it(study: Study) -> None:
    texts = [text.get_text() for text in figures.curve_figure(study, TIERS).axes[0].texts]
    assert any(text.startswith("first reads of a key") for text in texts)
    assert "the service's own in-process cache: 75 %" in texts
    assert [text for text in texts if "MB" in text] == ["in-process, 0.05 MB"]


def test_writes_show_as_their_own_part_of_the_misses(study: Study) -> None:
    written = study.trace.frame.assign(write=np.arange(4000) % 10 == 3)
    study = Study(replace(study.trace, frame=written))
    assert study.curve.stale > 0
    assert study.miss_ratio(50).value == pytest.approx(study.curve.miss_ratio(50))
    assert study.miss_ratio(50).n == 3600
    assert "the first after a write" in sentences.curve_sentence(study)
    assert len(figures.curve_figure(study).axes[0].texts) == 4
