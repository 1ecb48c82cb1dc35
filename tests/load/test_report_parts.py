"""What Monday shows and records about load: sentences, tables, figures, facts, the page for people."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from small_service import week_of, write_target

from perfweek.load import document, figures, findings, inside, sentences, tables
from perfweek.load.baseline import Baseline
from perfweek.load.plan import Plan
from perfweek.load.queries import Queries
from perfweek.metrics import CATALOGUE
from perfweek.wording import with_interval

ORIGIN = 1_700_000_000.0
NO_QUERIES = Queries([], "evidence/load-monday/run.json")


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
    assert said.startswith("The budget of 200 ms is missed by 1 of 2 endpoints and met by 1. p95 of all requests together is ")


def test_an_endpoint_sentence_says_quantile_interval_and_verdict(baseline):
    by_name = {latency.endpoint: sentences.endpoint_sentence(baseline, latency) for latency in baseline.endpoints}
    p95 = next(latency.p95 for latency in baseline.endpoints if latency.endpoint == "GET /assets")
    assert by_name["GET /assets"] == f"p95 of `GET /assets` is {with_interval(p95, 'ms')}; the budget of 200 is met."
    assert by_name["GET /search"].endswith("; the budget of 200 is missed.")


def test_dropped_and_failed_requests_are_said_with_the_quantiles(make_run, requests):
    rows = pd.concat([requests(("GET /a", 50)), requests(("GET /a", 1), status=0, start=10, seconds=2)], ignore_index=True)
    said = sentences.budget_sentence(Baseline(make_run(rows, dropped=30), 200))
    assert "30 of 600 arrivals could not be started" in said
    assert "20 requests failed, 20 of them without any answer, and are in no quantile" in said


def test_a_service_that_answered_nothing_is_said_plainly(nothing_answered):
    assert "missed by 1 of 1 endpoints and met by 0. No request was answered as expected." in sentences.budget_sentence(nothing_answered)
    assert sentences.slowest_sentence(nothing_answered) == "No request was answered as expected."
    assert sentences.resources_sentence(nothing_answered).startswith("No data: only the service's address")
    assert sentences.trend_sentence(nothing_answered).startswith("Too few requests")


def test_the_note_says_how_it_was_measured_and_what_was_cut(baseline, make_run, requests, unknown_plan):
    note = sentences.load_note(baseline)
    assert "n = 600 requests at 20/s, plateau of 30 s; 400 requests of the ramps cut" in note
    assert "moving-block bootstrap" in note
    unknown = Baseline(make_run(requests(("GET /a", 50)), unknown_plan), 200)
    assert "stages unknown, nothing cut" in sentences.load_note(unknown)
    closed = Plan(baseline.run.plan.phases, "closed", 50)
    assert "coordinated omission" in sentences.load_note(Baseline(make_run(requests(("GET /a", 50)), closed), 200))


def access_log(seconds=50, rate=10):
    n = seconds * rate
    frame = pd.DataFrame(
        {"time": ORIGIN + np.arange(n) / rate, "duration_ms": 10.0, "database_ms": 4.0, "queries": 2, "items": 1, "bytes": 1, "status": 200}
    )
    listing = np.arange(n) % 2 == 0
    frame["route"] = np.where(listing, "GET /assets", "GET /search")
    frame["tier"] = np.where(listing, "l1", "origin")
    frame.loc[listing, ["duration_ms", "queries"]] = [30.0, 6]
    return frame


def test_time_in_the_service_is_by_route_on_the_plateau(baseline):
    rows = inside.on_the_plateau(access_log(), baseline.run)
    assert len(rows) == 300
    table = inside.inside_by_endpoint(rows).set_index("endpoint")
    assert table.index.tolist() == ["GET /assets", "GET /search"]
    assert table.loc["GET /assets"].tolist() == pytest.approx([150, 30, 4, 4 / 30, 6, 1])
    share = inside.database_share(rows)
    assert share.value == pytest.approx(0.2)  # 8 of 40 ms
    assert share.low <= 0.2 <= share.high


def test_the_sentence_about_the_inside_names_the_endpoint_with_most_statements(baseline):
    rows = inside.on_the_plateau(access_log(), baseline.run)
    found = inside.Inside(inside.inside_by_endpoint(rows), inside.database_share(rows), len(rows), 0, "evidence/load-monday/access_log.ndjson")
    assert "`GET /assets` sends most statements, 6 a request" in sentences.inside_sentence(found)


def test_the_decision_names_the_first_bottleneck_and_what_the_service_does_with_its_time(baseline):
    rows = inside.on_the_plateau(access_log(), baseline.run)
    found = inside.Inside(inside.inside_by_endpoint(rows), inside.database_share(rows), len(rows), 0, "")
    verdict = sentences.decision(baseline, found)
    assert verdict[0] == "1 of 2 endpoints misses the budget of 200 ms for p95."
    assert verdict[1].startswith("Work on `GET /search` first: 8")  # 400 of 450 ms
    assert verdict[2] == sentences.inside_sentence(found)


def test_without_log_or_history_the_sentences_say_no_data(baseline):
    empty = access_log().iloc[:0]
    nothing = inside.Inside(inside.inside_by_endpoint(empty), inside.database_share(empty), 0, 0, "evidence/load-monday/run.json")
    assert sentences.inside_sentence(nothing).startswith("No data")
    assert tables.inside_table(nothing.table).empty
    assert sentences.decision(baseline, nothing)[2] == sentences.trend_sentence(baseline)
    assert sentences.queries_sentence(NO_QUERIES).startswith("No data")
    assert tables.queries_table(NO_QUERIES).empty


def test_tables_have_one_row_an_endpoint_and_formats_for_columns_that_exist(baseline):
    latency, bottlenecks = tables.latency_table(baseline), tables.bottleneck_table(baseline)
    assert latency["endpoint"].tolist() == ["GET /search", "GET /assets"]
    assert bottlenecks["share of response time %"].sum() == pytest.approx(100)
    assert set(tables.LATENCY_FORMATS) <= set(latency)
    assert set(tables.BOTTLENECK_FORMATS) <= set(bottlenecks)


@pytest.mark.parametrize("draw", [figures.latency_over_time, figures.quantile_plot, figures.time_over_time, figures.resources_over_time])
def test_every_figure_is_drawn_whether_there_is_data_or_none(draw, baseline, nothing_answered, tmp_path):
    for one in (baseline, nothing_answered):
        draw(one).savefig(tmp_path / "figure.png")
        assert (tmp_path / "figure.png").stat().st_size > 1000


def test_latency_figures_have_a_log_axis_units_direct_labels_and_the_budget(baseline):
    for figure in (figures.latency_over_time(baseline), figures.quantile_plot(baseline)):
        assert figure.axes[0].get_yscale() == "log"
        said = text_of(figure)
        assert "response time, ms" in said and "budget 200 ms" in said
        assert "GET /assets" in said and "GET /search" in said


def test_labels_of_close_lines_do_not_lie_on_each_other(make_run, requests):
    close = requests(*[(f"GET /{name}", 50) for name in "abcde"])
    figure = figures.quantile_plot(Baseline(make_run(close), 200))
    heights = sorted(text.xy[1] for text in figure.axes[0].texts if text.get_text().startswith("GET"))
    assert len(heights) == 5
    assert min(np.diff(heights)) > 0.06


def test_more_endpoints_than_colours_are_drawn_as_others(make_run, requests):
    many = requests(*[(f"GET /{name}", 50 + number) for number, name in enumerate("abcdefgh")])
    said = text_of(figures.time_over_time(Baseline(make_run(many), 200)))
    assert "others" in said
    assert said.count("GET") == figures.MOST_ENDPOINTS - 1


def test_a_long_name_leaves_room_for_the_figure(make_run, requests):
    long = "https://example.org/" + "api/" * 50 + "last"
    said = text_of(figures.quantile_plot(Baseline(make_run(requests((long, 50))), 200)))
    assert long not in said
    assert "https://exa" in said and "api/last" in said


def test_requests_under_way_follow_littles_law(make_run, requests):
    under_way = figures._under_way(requests(("GET /a", 200), spread=0), ORIGIN, np.array([10.0, 20.0, 30.0]))
    assert under_way == pytest.approx([2, 2])  # ten a second, 0.2 s each


def test_facts_are_of_the_catalogue_labelled_by_endpoint_and_cite_evidence(baseline, nothing_answered):
    facts = findings.facts_of(baseline)
    assert {fact.metric for fact in facts} <= set(CATALOGUE)
    by_metric = {(fact.metric, fact.labels.get("endpoint")): fact for fact in facts}
    assert by_metric["http.latency.p95", "GET /assets"].estimate == baseline.endpoints[1].p95
    assert by_metric["process.rss.max", None].source == "evidence/load-monday/process.csv"
    assert len(facts) == 2 * 5 + 3
    assert {fact.metric for fact in findings.facts_of(nothing_answered)} == {"http.errors", "http.rate", "http.dropped"}


def test_the_page_about_bottlenecks_ranks_them_and_keeps_hostile_names_in_their_cell(make_run, requests, tmp_path):
    baseline = Baseline(make_run(requests(("GET /a|b<script>", 50), ("GET /slow", 400))), 200)
    week = week_of(write_target(tmp_path))
    page = document.write_bottlenecks(week, baseline).read_text()
    rows = [line for line in page.splitlines() if line.startswith("| ") and "rank" not in line]
    assert [row.split(" | ")[1] for row in rows] == ["GET /slow", "GET /a\\|b&lt;script>"]
    assert "<script>" not in page
    assert "evidence/load-monday/k6.csv.gz" in page
