"""The criteria from the access log, on synthetic traffic whose right answer is known beforehand."""

import numpy as np
import pytest

from perfweek.decisions.caching import percentile_rule
from perfweek.decisions.cqrs import reads_by_count, reads_by_database_time
from perfweek.decisions.federation import repeats_per_item, statements_per_item
from perfweek.decisions.kafka import peak_write_rate
from perfweek.decisions.kafka.rate import busiest_second

SEEDS = range(10)


def verdicts(criterion, evidence_of, traffic, **truth):
    """The verdicts on ten logs of the same truth."""
    return [criterion(evidence_of(traffic(seed=seed, **truth))).verdict for seed in SEEDS]


def agree(found, expected):
    """A clear truth is found every time; one at the threshold may be missed by one interval in twenty, two of ten at most."""
    return found.count(expected) >= (8 if expected == "inconclusive" else 10)


def test_the_busiest_second_is_counted(traffic, evidence_of):
    log = traffic(seconds=60, write_share=0)
    for number, second in enumerate([3, 3, 3, 7, 7, 30]):
        log.loc[len(log)] = log.iloc[0].to_dict() | {"method": "POST", "time": log["time"].iloc[0] + second + 0.1 * number}
    found = peak_write_rate(evidence_of(log.sort_values("time")))
    assert (found.estimate.value, found.verdict) == (3, "opposes")
    assert found.observation.finding.startswith("the busiest second saw 3 writes")


def test_a_failed_write_is_no_event(traffic, evidence_of):
    log = traffic(write_share=0.2)
    log.loc[log["method"] == "POST", "status"] = 503
    assert peak_write_rate(evidence_of(log)).estimate.value == 0


@pytest.mark.parametrize(("rate", "expected"), [(7, "opposes"), (700, "opposes"), (2000, "inconclusive"), (6000, "supports")])
def test_the_verdict_on_the_broker_follows_the_true_rate_of_writes(rate, expected, traffic, evidence_of):
    assert peak_write_rate(evidence_of(traffic(seconds=25, rate=rate, write_share=1))).verdict == expected


def repeats_inside(counts):
    """How many of 400 pairs of runs agree: the second run's peak lies within the interval of the first."""
    found = [busiest_second(counts(), seed=run) for run in range(20)]
    return sum(one.low <= counts().max() <= one.high for one in found for _ in range(20))


@pytest.mark.parametrize("rate", [0.5, 3, 50])
def test_a_repeat_of_the_load_peaks_within_the_interval(rate):
    random = np.random.default_rng(5)
    assert repeats_inside(lambda: random.poisson(rate, 120)) >= 360  # 95 % nominal, 90 % demanded


def test_a_repeat_of_a_load_in_bursts_peaks_within_the_interval_too():
    random = np.random.default_rng(5)
    assert repeats_inside(lambda: random.negative_binomial(2, 0.1, 120)) >= 340  # mean 18, variance ten times that; 85 % demanded


def test_without_any_write_the_upper_end_is_that_of_the_rule_of_three():
    found = busiest_second(np.zeros(100, int))
    assert (found.value, found.low, found.high, found.n) == (0, 0, 3, 100)


@pytest.mark.parametrize(("write_share", "expected"), [(0.02, "supports"), (1 / 11, "inconclusive"), (0.25, "opposes")])
def test_reads_by_count_follow_the_true_mix(write_share, expected, traffic, evidence_of):
    assert agree(verdicts(reads_by_count, evidence_of, traffic, write_share=write_share), expected)


def test_reads_by_count_says_how_many_reads_come_for_each_write(traffic, evidence_of):
    log = traffic()
    log = log.head(4000).assign(method=["POST" if number % 20 == 0 else "GET" for number in range(4000)])
    assert "(19 reads for each write)" in reads_by_count(evidence_of(log)).observation.finding


def test_a_log_without_writes_supports_with_an_upper_bound_on_what_was_not_seen(traffic, evidence_of):
    found = reads_by_count(evidence_of(traffic(write_share=0, seconds=300)))
    assert found.estimate.value == found.estimate.high == 1
    assert found.estimate.low < 1  # thousands of requests without a write do not show that there are none
    assert "no write at all" in found.observation.finding


@pytest.mark.parametrize(("write_database_ms", "expected"), [(10, "supports"), (2000, "opposes")])
def test_reads_by_database_time_weigh_what_a_request_costs(write_database_ms, expected, traffic, evidence_of):
    log = traffic(write_database_ms=write_database_ms)
    found = reads_by_database_time(evidence_of(log))
    reads = log.loc[log["method"] == "GET", "database_ms"].sum()
    assert found.estimate.value == pytest.approx(reads / log["database_ms"].sum())
    assert found.verdict == expected


def test_without_database_times_there_is_no_data_on_them(traffic, evidence_of):
    found = reads_by_database_time(evidence_of(traffic().assign(database_ms=0.0)))
    assert (found.verdict, found.reason) == ("no data", "the access log records no database time")


@pytest.mark.parametrize(("hit_ratio", "expected"), [(0.6, "opposes"), (0.9, "opposes"), (0.95, "inconclusive"), (0.99, "supports")])
def test_the_percentile_rule_follows_the_true_hit_ratio(hit_ratio, expected, traffic, evidence_of):
    assert agree(verdicts(percentile_rule, evidence_of, traffic, hit_ratio=hit_ratio), expected)


def test_where_most_reads_pass_no_cache_the_hit_ratio_says_nothing(traffic, evidence_of):
    log = traffic(write_share=0)
    log["tier"] = log["tier"].where(log.index % 3 == 0, "none")
    found = percentile_rule(evidence_of(log))
    assert found.verdict == "no data"
    assert found.reason == "the data cover 33 % of what is asked, at least 50 % are needed"


@pytest.mark.parametrize(("slope", "expected"), [(0, "supports"), (0.5, "supports"), (0.8, "inconclusive"), (1, "opposes")])
def test_the_verdict_on_statements_for_each_item_follows_the_true_slope(slope, expected, traffic, evidence_of):
    assert agree(verdicts(statements_per_item, evidence_of, traffic, statements_per_item=slope), expected)


def test_the_slope_of_statements_on_items_is_found(traffic, evidence_of):
    found = statements_per_item(evidence_of(traffic(statements_per_item=0.5)))
    assert found.estimate.value == pytest.approx(0.5, abs=0.05)
    assert "`GET /assets` sends 0.49 (0.48 to 0.51) more" in found.observation.finding


def test_answers_from_the_cache_do_not_flatten_the_slope(traffic, evidence_of):
    assert statements_per_item(evidence_of(traffic(statements_per_item=1, hit_ratio=0.9))).estimate.value == pytest.approx(1)


def test_the_steepest_route_is_the_one_that_is_judged(traffic, evidence_of):
    log = traffic(statements_per_item=0, hit_ratio=0)
    steep = log["route"].eq("GET /assets") & (log.index % 2 == 0)
    log.loc[steep, "route"] = "GET /search"
    log.loc[steep, "queries"] = 1 + log.loc[steep, "items"]
    found = statements_per_item(evidence_of(log))
    assert "`GET /search` sends 1 (1 to 1)" in found.observation.finding
    assert found.verdict == "opposes"


def test_a_page_of_one_size_cannot_show_a_slope(traffic, evidence_of):
    found = statements_per_item(evidence_of(traffic(page_sizes=(20,))))
    assert (found.verdict, found.reason) == ("no data", "every list returned the same number of items: the slope cannot be told")


def test_repeats_show_an_n_plus_one_where_every_page_has_the_same_size(traffic, evidence_of):
    found = repeats_per_item(evidence_of(traffic(page_sizes=(4,), statements_per_item=1)))
    assert (found.estimate.value, found.verdict) == (1, "opposes")
    assert found.observation.finding == "`GET /assets` repeats a statement 1 (1 to 1) times for each further item"
    assert found.source == "evidence/load-monday/query_history.ndjson"


def test_many_different_statements_are_no_n_plus_one(traffic, evidence_of, statements_of):
    log = traffic(page_sizes=(4,))
    fixed = statements_of(log.assign(queries=log["queries"].clip(upper=1)))
    assert repeats_per_item(evidence_of(log, statements=fixed)).verdict == "supports"


@pytest.mark.parametrize(("share", "expected"), [(0.5, "supports"), (0.81, "inconclusive"), (0.98, "opposes")])
def test_the_verdict_on_repeats_follows_their_true_share(share, expected, traffic, evidence_of):
    """Of twenty items the first is read once and no repeat: at 0.81 that leaves 15.2 repeats for 19 further items, 0.8."""
    found = verdicts(repeats_per_item, evidence_of, traffic, statements_per_item=share, page_sizes=(20,))
    assert agree(found, expected)


def test_statements_that_cannot_be_matched_to_most_requests_are_no_data(traffic, evidence_of, statements_of):
    log = traffic()
    assert repeats_per_item(evidence_of(log, statements=statements_of(log, found=0.4))).reason.startswith("the data cover 40 % of what is asked")
    few = statements_of(log[log["route"] != "GET /assets"])
    assert repeats_per_item(evidence_of(log, statements=few)).reason.startswith("fewer than 30 requests of a route")


def test_rates_and_mixes_of_a_generated_load_are_assumptions(judged):
    grades = {criterion.rule.id: criterion.observation.input_grade for decision in judged for criterion in decision.criteria if criterion.observation}
    assert grades["peak-write-rate"] == grades["reads-by-count"] == grades["percentile-rule"] == "assumed"
    assert grades["statements-per-item"] == grades["reads-by-database-time"] == "measured"
