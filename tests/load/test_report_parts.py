"""What Monday shows and records about load: sentences, tables, figures, facts, the page for people."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from perfweek.load import figures, findings, flow_figures, flow_sentences, groups, sentences, tables
from perfweek.load.baseline import Baseline
from perfweek.load.plan import Phase, Plan
from perfweek.load.run import log_on_plateau
from perfweek.metrics import CATALOGUE
from perfweek.wording import with_interval

ORIGIN = 1_700_000_000.0


@pytest.fixture
def baseline(make_run, requests):
    return Baseline(make_run(requests(("GET /assets", 50), ("GET /search", 400))), 200)


@pytest.fixture
def nothing_answered(make_run, requests):
    refused = requests(("GET /assets", 1), status=0).assign(duration_ms=0.0)
    return Baseline(make_run(refused, watched=False), 200)


def text_of(figure: Figure) -> str:
    return " ".join(text.get_text() for axes in figure.axes for text in [*axes.texts, axes.xaxis.label, axes.yaxis.label])


def test_the_budget_sentence_counts_endpoints_by_verdict(baseline):
    said = sentences.budget_sentence(baseline)
    assert said.startswith("Of 2 endpoints 1 misses the budget of 200 ms and 1 meets it. p95 of all requests together is ")


def test_an_endpoint_sentence_says_quantile_interval_and_verdict(baseline):
    by_name = {latency.endpoint: sentences.endpoint_sentence(baseline, latency) for latency in baseline.endpoints}
    p95 = next(latency.p95 for latency in baseline.endpoints if latency.endpoint == "GET /assets")
    assert by_name["GET /assets"] == f"p95 of `GET /assets` is {with_interval(p95, 'ms')}; the budget of 200 is met."
    assert by_name["GET /search"].endswith("; the budget of 200 is missed.")


def test_dropped_and_failed_requests_are_said_with_the_quantiles(make_run, requests):
    rows = pd.concat([requests(("GET /a", 50)), requests(("GET /a", 1), status=0, start=10, seconds=2)], ignore_index=True)
    said = sentences.budget_sentence(Baseline(make_run(rows, dropped=30), 200))
    assert "30 of 600 arrivals could not be started" in said
    assert "20 requests failed (20 refused)" in said  # of 320 that ran: with 30 unsent a seventh of all
    assert said.endswith("they leave p95 unknown: 85.7 % of the requests have a response time, and no quantile beyond is known.")


def test_few_failures_raise_the_quantile_and_the_sentence_says_to_what(make_run, requests):
    rows = pd.concat([requests(("GET /a", 50)), requests(("GET /a", 50), status=500, start=10, seconds=1, rate=3)], ignore_index=True)
    baseline = Baseline(make_run(rows), 200)
    assert "3 requests failed. Counted as slower than any answer, they raise p95 to " in sentences.budget_sentence(baseline)
    assert baseline.overall.upper.p95.value > baseline.overall.p95.value
    assert tables.latency_table(baseline)["p95 at most, ms"].tolist() == [f"{baseline.endpoints[0].upper.p95.value:.1f}"]


def test_a_service_that_answered_nothing_is_said_plainly(nothing_answered):
    said = sentences.budget_sentence(nothing_answered)
    assert "Of 1 endpoint 1 misses the budget of 200 ms and none meets it. No request was answered as expected." in said
    assert sentences.slowest_sentence(nothing_answered) == "No request was answered as expected."
    assert sentences.trend_sentence(nothing_answered).startswith("Too few requests")


def test_the_note_says_how_it_was_measured_and_what_was_cut(baseline, make_run, requests, unknown_plan):
    note = sentences.load_note(baseline)
    assert "n = 600 requests at 20/s, plateau of 30 s; 400 requests of ramps and warm-up cut" in note
    assert "moving-block bootstrap" in note
    unknown = Baseline(make_run(requests(("GET /a", 50)), unknown_plan), 200)
    assert "stages unknown, nothing cut" in sentences.load_note(unknown)
    closed = Plan(baseline.run.plan.phases, "closed", 50)
    assert "coordinated omission" in sentences.load_note(Baseline(make_run(requests(("GET /a", 50)), closed), 200))


def test_the_log_of_the_service_is_cut_to_the_plateau(baseline):
    log = pd.DataFrame({"time": ORIGIN + np.arange(500) / 10})
    assert len(log_on_plateau(log, baseline.run)) == 300


def test_tables_have_one_row_an_endpoint_and_formats_for_columns_that_exist(baseline):
    latency = tables.latency_table(baseline)
    assert latency["endpoint"].tolist() == ["GET /search", "GET /assets"]
    assert set(tables.LATENCY_FORMATS) <= set(latency)


@pytest.mark.parametrize(
    "draw",
    [figures.latency_over_time, figures.quantile_plot, figures.heat_map, flow_figures.throughput],
)
def test_every_figure_is_drawn_whether_there_is_data_or_none(draw, baseline, nothing_answered, tmp_path):
    for one in (baseline, nothing_answered):
        draw(one).savefig(tmp_path / "figure.png")
        assert (tmp_path / "figure.png").stat().st_size > 1000


def test_latency_figures_have_a_log_axis_units_direct_labels_and_the_budget(baseline):
    for draw, names in (
        (figures.latency_over_time, ("p50", "p95", "p99", "ramp, cut")),
        (figures.quantile_plot, ("GET /assets", "GET /search")),
        (figures.heat_map, ("requests a cell", "ramp, cut")),
    ):
        figure = draw(baseline)
        assert figure.axes[0].get_yscale() == "log"
        said = text_of(figure)
        assert "response time, ms" in said and "budget 200 ms" in said
        assert all(name in said for name in names)


def test_the_tail_of_the_quantile_plot_is_as_wide_as_its_body(make_run, requests):
    axes = figures.quantile_plot(Baseline(make_run(requests(("GET /a", 50), rate=100)), 200)).axes[0]
    places = {text.get_text(): axes.transData.transform((tick, 1))[0] for tick, text in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)}
    assert list(places) == ["50", "90", "95", "99", "99.9"]
    assert places["99.9"] - places["99"] == pytest.approx(places["99"] - places["90"])


def test_the_line_over_time_is_the_quantile_of_each_step(make_run, requests):
    figure = figures.latency_over_time(Baseline(make_run(requests(("GET /a", 80), spread=0)), 200))
    lines = [line for line in figure.axes[0].lines if len(line.get_xdata()) > 2]
    assert len(lines) == 3
    assert all(line.get_ydata() == pytest.approx(80) for line in lines)


def test_seconds_without_an_answer_leave_a_gap_in_the_line(make_run, requests):
    rows = requests(("GET /a", 80), rate=100)
    quiet = rows["time"].between(ORIGIN + 20, ORIGIN + 25)
    figure = figures.latency_over_time(Baseline(make_run(rows[~quiet].reset_index(drop=True)), 200))
    line = figure.axes[0].lines[0]
    gap = [x for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True) if np.isnan(y)]
    assert gap and min(gap) >= 20 and max(gap) <= 25


def test_offered_and_finished_are_drawn_and_failures_only_where_there_are_any(make_run, requests):
    figure = flow_figures.throughput(Baseline(make_run(requests(("GET /a", 50), rate=20)), 200))
    assert len(figure.axes) == 1
    assert "offered" in text_of(figure) and "finished" in text_of(figure)
    broken = pd.concat([requests(("GET /a", 50)), requests(("GET /a", 5), status=503, seconds=3)], ignore_index=True)
    failing = flow_figures.throughput(Baseline(make_run(broken, dropped=7), 200))
    assert len(failing.axes) == 2
    assert "answered with an error" in text_of(failing) and "never sent" in text_of(failing)
    assert "refused" not in text_of(failing)


def test_in_a_closed_model_nothing_is_offered(make_run, requests):
    plan = Plan((Phase("a", "plateau", 0, 50, 10, 10),), "closed", 50)
    baseline = Baseline(make_run(requests(("GET /a", 50)), plan), 200)
    assert "offered" not in text_of(flow_figures.throughput(baseline))
    said = flow_sentences.throughput_sentence(baseline)
    assert said.startswith("With 10 callers that wait for answers, 10 iterations/s") and "a slower service is asked less" in said


def test_the_sentence_about_throughput_tells_offered_from_finished_and_dropped(make_run, requests):
    said = flow_sentences.throughput_sentence(Baseline(make_run(requests(("GET /a", 50), rate=20), dropped=9), 200))
    assert said.startswith("Of 20 arrivals/s offered, 20 iterations/s") and said.endswith("finished; 9 could not be started.")


def test_the_sentence_about_errors_names_causes_and_the_worst_seconds(make_run, requests, baseline):
    assert flow_sentences.errors_sentence(baseline) == "No request failed and none was left unsent, ramps included."
    rows = pd.concat([requests(("GET /a", 50)), requests(("GET /a", 5), status=503, start=20, seconds=1)], ignore_index=True)
    said = flow_sentences.errors_sentence(Baseline(make_run(rows), 200))
    assert said.startswith("In the whole run 10 answered with an error, most between 20 and 21 s; on the plateau the share of failed requests is 3 %")


def test_what_was_cut_as_warm_up_is_said_with_every_figure(make_run, requests):
    rows = requests(("GET /a", 50), rate=50)
    cold = rows["time"] < ORIGIN + 16
    rows.loc[cold, "duration_ms"] *= 2
    baseline = Baseline(make_run(rows, warm=True), 200)
    assert "the first 6 s are cut as warm-up (1.9" in sentences.load_note(baseline)
    assert sentences.steady_sentence(baseline).startswith("The first 6 s are cut as warm-up (1.9")
    assert baseline.overall.n == 24 * 50
    assert "warm-up, cut" in text_of(figures.latency_over_time(baseline))
    assert set(tables.phase_table(baseline)["phase"]) == {"ramp", "warm-up", "plateau"}
    level = Baseline(make_run(requests(("GET /a", 50), rate=50), warm=True), 200)
    assert "no warm-up was found" in sentences.load_note(level)


def test_the_heat_sentence_names_the_slowest_request_of_the_plateau(make_run, requests):
    rows = requests(("GET /a", 50))
    rows.loc[200, "duration_ms"] = 5000.0  # at 20.05 s
    assert "the slowest took 5,000 ms, 20.0 s into the load (`GET /a`)" in flow_sentences.heat_sentence(Baseline(make_run(rows), 200))


def test_labels_of_close_lines_do_not_lie_on_each_other(make_run, requests):
    close = requests(*[(f"GET /{name}", 50) for name in "abcde"])
    figure = figures.quantile_plot(Baseline(make_run(close), 200))
    heights = sorted(text.xy[1] for text in figure.axes[0].texts if text.get_text().startswith("GET"))
    assert len(heights) == 5
    assert min(np.diff(heights)) > 0.06


def test_more_endpoints_than_colours_are_drawn_as_others(make_run, requests):
    many = requests(*[(f"GET /{name}", 50 + number) for number, name in enumerate("abcdefgh")])
    said = text_of(figures.quantile_plot(Baseline(make_run(many), 200)))
    assert "others" in said
    assert said.count("GET") == groups.MOST_ENDPOINTS - 1


def test_columns_of_categories_are_drawn_and_counted_as_those_of_words(make_run, requests):
    many = requests(*[(f"GET /{name}", 50 + number) for number, name in enumerate("abcdefgh")])
    categories = many.assign(**{name: many[name].astype("category") for name in ("endpoint", "scenario")})
    words, same = (Baseline(make_run(rows, dropped=9), 200) for rows in (many, categories))
    assert text_of(figures.quantile_plot(same)) == text_of(figures.quantile_plot(words))
    pd.testing.assert_frame_equal(tables.latency_table(same), tables.latency_table(words))
    pd.testing.assert_frame_equal(tables.phase_table(same), tables.phase_table(words))


def test_a_long_name_leaves_room_for_the_figure(make_run, requests):
    long = "https://example.org/" + "api/" * 50 + "last"
    said = text_of(figures.quantile_plot(Baseline(make_run(requests((long, 50))), 200)))
    assert long not in said
    assert "https://exa" in said and "api/last" in said


def test_facts_are_of_the_catalogue_labelled_by_endpoint_and_cite_evidence(baseline, nothing_answered):
    facts = findings.facts_of(baseline)
    assert {fact.metric for fact in facts} <= set(CATALOGUE)
    by_metric = {(fact.metric, fact.labels.get("endpoint")): fact for fact in facts}
    assert by_metric["http.latency.p95", "GET /assets"].estimate == baseline.endpoints[1].p95
    assert by_metric["process.rss.max", None].source == "evidence/load-monday/process.csv"
    assert by_metric["http.latency.p95.bound", "GET /assets"].estimate == baseline.endpoints[1].p95  # nothing failed
    assert ("http.latency.p999", "GET /assets") not in by_metric  # 300 requests
    assert len(facts) == 2 * 6 + 3
    assert {fact.metric for fact in findings.facts_of(nothing_answered)} == {"http.errors", "http.rate", "http.dropped"}
