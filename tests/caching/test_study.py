"""Intervals, expiry, the study of a trace, and what the day leaves behind."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from perfweek.caching import figures, sentences
from perfweek.caching.engine.exact import exact_curve
from perfweek.caching.engine.ttl import Ttl
from perfweek.caching.findings import facts_of, predictions_of
from perfweek.caching.intervals import share_over_windows
from perfweek.caching.study import Study
from perfweek.caching.trace import Trace
from perfweek.caching.worth.whole import worth_of
from perfweek.target import Cache, Target, Tier
from perfweek.thursday import decision

NO_FACTS = pd.DataFrame({"metric": [], "value": []})
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


def test_the_points_of_a_study_are_those_of_its_curve_with_bounds_around_them(study: Study) -> None:
    for size in study.sizes:
        point = study.miss_ratio(size)
        assert point.value == pytest.approx(study.curve.miss_ratio(size))
        assert point.low < point.value < point.high


def test_what_the_service_answered_itself_is_the_share_of_its_tier(study: Study) -> None:
    assert study.observed().value == 0.25
    assert math.isnan(Study(trace_like(["a", "b"])).observed().value)


def test_facts_name_their_size_and_the_evidence(study: Study) -> None:
    facts = {(fact.metric, *fact.labels.values()): fact for fact in facts_of(study)}
    assert facts["cache.working_set",].estimate.value == study.curve.distinct
    assert facts["cache.miss_ratio", str(study.sizes[0])].estimate.value == pytest.approx(study.curve.miss_ratio(study.sizes[0]))
    assert facts["cache.hit_ratio", "l1"].estimate.value == 0.25
    assert {fact.source for fact in facts.values()} == {"evidence/load-monday/access_log.ndjson"}


def test_no_data_gives_no_facts_no_predictions_and_says_so_in_every_sentence_and_figure() -> None:
    nothing = Study(Trace.no_data("evidence/load-monday/run.json"))
    assert facts_of(nothing) == []
    assert predictions_of(nothing, Target(cache=Cache(tiers=TIERS)), None) == []
    said = [sentences.requested_sentence(nothing), sentences.working_set_sentence(nothing), sentences.curve_sentence(nothing)]
    said += [sentences.observed_sentence(nothing), sentences.lives_sentence(nothing, [60]), decision.verdict(nothing, None)[0]]
    assert all(sentence.startswith("No data") for sentence in said)
    for figure in (
        figures.popularity_figure(nothing),
        figures.curve_figure(nothing),
        figures.working_set_figure(nothing),
        figures.lives_figure(nothing, [1]),
    ):
        assert [text.get_text() for text in figure.axes[0].texts] == ["no data"]


def test_a_log_of_a_few_reads_is_said_to_be_too_short() -> None:
    few = Study(trace_like(["a", "b"] * 20))
    assert few.too_short == "Cannot tell: 40 reads are too few; a cache needs 100 at least to show itself."
    assert worth_of(few, Target(cache=Cache(tiers=TIERS)), NO_FACTS) is None
    for said in (sentences.requested_sentence(few), sentences.curve_sentence(few), decision.verdict(few, None)[0]):
        assert said == few.too_short


def test_a_time_to_live_takes_answers_away_and_the_more_the_shorter_it_is(study: Study) -> None:
    misses = [study.miss_ratio(100, life).value for life in (1, 10, 100, math.inf)]
    assert misses == sorted(misses, reverse=True)
    assert misses[-1] == pytest.approx(study.curve.miss_ratio(100))
    assert study.miss_ratio(100, 10).value == pytest.approx(exact_curve(study.trace.requests, ttl=Ttl(10)).miss_ratio(100))


def test_reads_of_what_is_not_there_are_counted_with_what_remembering_it_would_answer() -> None:
    absent = pd.DataFrame({"time": [0.0, 10.0, 59.0, 61.0], "key": ["gone"] * 4})
    study = Study(replace(trace_like(["a", "b"] * 60), absent=absent))
    assert "4 reads asked for 1 key not there; remembering that for 60 s would have answered 50 %" in sentences.absent_sentence(study)


def test_sentences_give_the_value_with_its_interval() -> None:
    keys = ["a", "b"] * 100
    study = Study(trace_like(keys, tier="l1"))
    assert sentences.requested_sentence(study).startswith("200 reads of 2 keys in 100 s: the 1 most read keys take 50 % of the reads")
    assert "one of 2 (every key) 1 % (0 to " in sentences.curve_sentence(study)
    assert "answered 100 % (100 to 100) of the reads: more than any cache of this model" in sentences.observed_sentence(study)


def test_a_trace_of_first_reads_only_is_not_worth_a_cache() -> None:
    study = Study(trace_like([str(key) for key in range(200)]))
    assert decision.verdict(study, None)[0].startswith("Do not cache")
    assert sentences.curve_sentence(study).startswith("No key was read a second time")


def test_a_trace_that_ends_while_new_keys_still_come_is_said_to_be_too_short() -> None:
    grown, growing = ([str(place % keys) for place in range(300)] for keys in (30, 280))
    assert "too short" not in decision.verdict(Study(trace_like(grown)), None)[0]
    assert "too short to show the whole working set" in decision.verdict(Study(trace_like(growing)), None)[0]
    assert "too short to show the whole working set" in sentences.working_set_sentence(Study(trace_like(growing)))


def test_the_curve_figure_marks_first_reads_the_observed_cache_and_the_operating_points(study: Study) -> None:
    texts = [text.get_text() for text in figures.curve_figure(study, [("L1 as designed", 50), ("L2 as designed", math.inf)]).axes[0].texts]
    assert any(text.startswith("first reads of a key") for text in texts)
    assert "the service's own in-process cache: 75 %" in texts
    assert [text for text in texts if "designed" in text] == ["L1 as designed", "L2 as designed (room for every key)"]


def test_writes_show_as_their_own_part_of_the_misses(study: Study) -> None:
    written = study.trace.frame.assign(write=np.arange(4000) % 10 == 3)
    study = Study(replace(study.trace, frame=written))
    assert study.curve.stale > 0
    assert study.miss_ratio(50).value == pytest.approx(study.curve.miss_ratio(50))
    assert study.miss_ratio(50).n == 3600
    assert "the first after a write" in sentences.curve_sentence(study)
    assert len(figures.curve_figure(study).axes[0].texts) == 4
