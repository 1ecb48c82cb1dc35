"""What Monday shows and records about bottlenecks: figure, tables, sentences, facts, the page for people."""

import math

import pandas as pd
import pytest
from known_service import START
from matplotlib.figure import Figure

from perfweek.bottlenecks import document, figures, findings, sentences, tables
from perfweek.bottlenecks.finding import Finding
from perfweek.bottlenecks.parts import Cpu
from perfweek.metrics import CATALOGUE
from perfweek.stats import Estimate
from perfweek.week import Week

HOSTILE = "GET /<script>alert(1)</script>|`x`"


def exactly(value):
    return Estimate(value, value, value, 10, "counted")


CPU = Cpu({"cache": exactly(0.5), "serialisation": exactly(0.5), "own code": exactly(3.0)}, exactly(0.1), "evidence/profile-monday/profile.json")


def sent_by(log):
    return [(row.request_id, row.time, f"select * from t where id = {place}", row.database_ms, 10.0) for place, row in enumerate(log.itertuples())]


@pytest.fixture
def study(service, make_study):
    load = service(1)
    return make_study(load.requests, load.log, sent_by(load.log), {"GET /a": CPU, "GET /b": CPU})


@pytest.fixture
def nothing(service, make_study):
    load = service(1)
    return make_study(load.requests.iloc[:0], load.log.iloc[:0])


def text_of(figure: Figure) -> str:
    axes = figure.axes[0]
    return " ".join(text.get_text() for text in [*axes.texts, *axes.get_yticklabels(), axes.xaxis.label])


def hatched(figure: Figure) -> list[bool]:
    return [bool(bar.get_hatch()) for bar in figure.axes[0].patches]


def test_the_bars_of_an_endpoint_reach_its_95th_percentile(study):
    figure = figures.parts_figure(study)
    for row, division in enumerate(study.divisions):
        bars = [bar for bar in figure.axes[0].patches if round(bar.get_y() + bar.get_height() / 2) == row]
        assert sum(bar.get_width() for bar in bars) == pytest.approx(division.p95_ms)
    said = text_of(figure)
    assert "database" in said and "own code" in said and "GIL or loop" in said and "network" in said
    assert "95th percentile of the response time, ms" in said
    assert not any(hatched(figure))


def test_what_nothing_tells_apart_is_hatched(service, make_study):
    load = service(1)
    figure = figures.parts_figure(make_study(load.requests, load.log))
    assert any(hatched(figure)) and not all(hatched(figure))
    assert "not divided" in text_of(figure)


def test_an_endpoint_of_too_few_requests_is_hatched_throughout(service, make_study):
    load = service(9, rate=3)
    assert all(hatched(figures.parts_figure(make_study(load.requests, load.log, cpu={"GET /a": CPU, "GET /b": CPU}))))


def test_without_any_answer_the_figure_and_the_sentences_say_so(nothing, tmp_path):
    figure = figures.parts_figure(nothing)
    figure.savefig(tmp_path / "figure.png")
    assert "no request was answered as expected" in text_of(figure)
    assert sentences.parts_sentence(nothing) == sentences.NOTHING
    assert sentences.bottleneck_sentence(nothing.findings).startswith("No bottleneck was found")
    assert tables.bottleneck_table(nothing.findings).empty
    assert tables.part_table(nothing.divisions).empty
    assert findings.facts_of(nothing) == []


def test_more_endpoints_than_fit_are_left_to_the_table(service, make_study):
    load = service(1)
    names = [f"GET /{place % 12}" for place in range(len(load.requests))]
    study = make_study(load.requests.assign(endpoint=names), load.log.assign(route=names))
    assert len(study.divisions) == 12
    assert len(figures.parts_figure(study).axes[0].get_yticklabels()) == figures.MOST_ENDPOINTS


def test_the_sentence_says_where_the_largest_endpoints_time_goes(study):
    said = sentences.parts_sentence(study)
    assert said.startswith(f"Where the {study.divisions[0].p95_ms:.1f} ms of `GET /a` at the 95th percentile go: database ")
    assert "cannot be told" not in said


def test_parts_that_cannot_be_told_are_named(service, make_study):
    load = service(1)
    said = sentences.parts_sentence(make_study(load.requests, load.log))
    assert "What of it cache, serialisation, own code and waiting for a CPU take cannot be told." in said
    no_log = sentences.parts_sentence(make_study(load.requests, load.log.iloc[:0]))
    assert no_log.startswith("No data: the access log has no line of `GET /a`")


def test_the_first_bottleneck_is_named_with_what_it_gives_back_at_most(study):
    first = study.findings[0]
    said = sentences.bottleneck_sentence(study.findings)
    assert said.startswith(f"The largest bottleneck is `{first.endpoint}`: {first.title}. Without it at most ")
    assert "of all response time goes. Next: " in said


def test_what_puts_the_figures_in_doubt_is_said_before_the_first_bottleneck(study):
    doubt = Finding("saturated generator", "k6 had no core left.", "evidence/x/y", first=True)
    said = sentences.bottleneck_sentence([doubt, *study.findings])
    assert said.startswith("saturated generator: k6 had no core left. The largest bottleneck is ")


def test_the_note_says_how_requests_were_found_in_the_log(study, service, make_study):
    assert "n = " in sentences.parts_note(study) and "100 % of them found in the access log" in sentences.parts_note(study)
    load = service(1)
    later = make_study(load.requests, load.log.assign(time=load.log["time"] + 5000), resolution_s=1e-3)
    assert "Of GET /a and GET /b the clocks do not agree, so the slowest are paired with the slowest." in sentences.parts_note(later)
    parted = make_study(load.requests.assign(sending_ms=0.1, receiving_ms=0.2), load.log)
    assert "of which sending and receiving take 0.300 ms" in sentences.parts_note(parted)


def test_tables_have_formats_for_columns_that_exist_and_parts_sum_to_p95(study):
    ranked, parts = tables.bottleneck_table(study.findings), tables.part_table(study.divisions)
    assert set(tables.BOTTLENECK_FORMATS) <= set(ranked)
    assert set(tables.PART_FORMATS) <= set(parts)
    assert ranked["rank"].tolist() == list(range(1, len(study.findings) + 1))
    assert set(ranked["evidence"]) == {"load-monday/query_history.ndjson", "load-monday/access_log.ndjson", "profile-monday/profile.json"}
    sums = parts.groupby("endpoint")["ms of p95"].sum()
    assert sums.to_dict() == pytest.approx({one.endpoint: one.p95_ms for one in study.divisions})


def test_facts_are_of_the_catalogue_by_endpoint_and_part(study):
    facts = findings.facts_of(study)
    assert {fact.metric for fact in facts} == {"http.part.ms"} <= set(CATALOGUE)
    assert {(fact.labels["endpoint"], fact.labels["part"]) for fact in facts} == {
        (one.endpoint, part.part) for one in study.divisions for part in one.parts if part.known
    }
    assert not any(math.isnan(fact.estimate.value) for fact in facts)


def test_the_page_holds_the_list_and_the_parts_and_no_html_from_outside(service, make_study, tmp_path):
    load = service(1)
    requests, log = load.requests.replace("GET /a", HOSTILE), load.log.replace("GET /a", HOSTILE)
    study = make_study(requests, log, sent_by(log))
    week = Week.open("2026-W48", tmp_path)
    text = document.write_bottlenecks(week, study).read_text()
    assert "<script" not in text
    assert "&lt;script" in text
    rows = [line for line in text.splitlines() if line.startswith("| 1 |")]
    assert rows and rows[0].replace("\\|", "").count("|") == 9
    assert "## Where the 95th percentile goes" in text


def test_requests_of_the_log_alone_are_enough_for_a_study(service, make_study):
    """A log of later days may hold routes that the load did not call."""
    load = service(1)
    other = load.log.assign(route="GET /other", time=START + 1e6)
    study = make_study(load.requests, pd.concat([load.log, other], ignore_index=True))
    assert {one.endpoint for one in study.divisions} == {"GET /a", "GET /b"}
    assert study.pairs.share == 1
