"""From the week's evidence to what decisions are judged by, and the notebook on a service that writes no access log."""

import json

import nbformat
import papermill
import pytest

from perfweek import evidence, facts
from perfweek.decisions.judge import CRITERIA
from perfweek.decisions.material import Missing
from perfweek.decisions.measure import gather, read_requests
from perfweek.errors import EvidenceError, TargetError
from perfweek.project import notebook_path
from perfweek.target import load_target
from perfweek.week import Week

IN_RUN = '[cache]\nlog = "{run}/access_log.ndjson"\n'


@pytest.fixture
def measured(tmp_path):
    """Make a week with the given target and, where `lines` are given, Monday's access log."""

    def make(target, lines=None, statements=None):
        (tmp_path / "target.toml").write_text(target)
        week = Week.open("2026-W48", tmp_path / "weeks")

        def measure(folder):
            (folder / "run.json").write_text("{}")
            if lines is not None:
                (folder / "access_log.ndjson").write_text("".join(lines))
            if statements is not None:
                (folder / "query_history.ndjson").write_text("".join(statements))

        evidence.collect(week, "load-monday", {}, measure)
        return week, load_target(str(tmp_path / "target.toml"))

    return make


def lines_of(frame):
    return [json.dumps(row) + "\n" for row in frame.to_dict("records")]


def test_health_checks_and_scrapes_are_no_traffic(measured, traffic):
    log = traffic(seconds=20)
    health = log.head(5).assign(route="GET /healthz")
    scrape = log.head(5).assign(route="GET /metrics")
    found = read_requests(*measured(IN_RUN, lines_of(log) + lines_of(health) + lines_of(scrape)))
    assert len(found.frame) == found.dataset.rows == len(log)
    assert found.generated
    assert found.dataset.source == "evidence/load-monday/access_log.ndjson"


def test_torn_lines_lower_what_was_kept(measured, traffic):
    lines = lines_of(traffic(seconds=20).head(99))
    assert read_requests(*measured(IN_RUN, [*lines, '{"time": 17'])).kept == 0.99


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (None, "the service writes no access log"),
        ([], "the access log holds no whole record"),
        (['{"time": 1}\n'], "the access log lacks the columns request_id, session"),
    ],
)
def test_a_log_that_cannot_be_used_is_no_data_with_its_reason(measured, lines, reason):
    given = gather(*measured(IN_RUN, lines), commits=5)
    assert reason in given.requests.reason
    assert given.requests.source == ("evidence/load-monday/run.json" if lines is None else "evidence/load-monday/access_log.ndjson")
    assert {compute(given).verdict for compute in CRITERIA} == {"no data"}


def test_health_checks_alone_are_no_data(measured, traffic):
    found = read_requests(*measured(IN_RUN, lines_of(traffic(seconds=5).assign(route="GET /healthz"))))
    assert found == Missing("the access log holds health checks only", "evidence/load-monday/access_log.ndjson")


def test_a_log_of_real_traffic_is_copied_into_the_evidence_and_its_mix_is_measured(measured, traffic, tmp_path):
    (tmp_path / "real.ndjson").write_text("".join(lines_of(traffic(seconds=20))))
    week, target = measured('[cache]\nlog = "real.ndjson"\n')
    found = read_requests(week, target)
    assert (found.generated, found.mix, found.dataset.source) == (False, "measured", "evidence/access-log/access_log.ndjson")
    (tmp_path / "real.ndjson").unlink()
    with pytest.raises(TargetError, match="no such access log"):
        read_requests(week, target)


def test_what_a_service_appended_to_a_log_of_its_own_during_the_load_comes_before_the_whole_log(measured, traffic, tmp_path):
    (tmp_path / "real.ndjson").write_text("".join(lines_of(traffic(seconds=20))))
    found = read_requests(*measured('[cache]\nlog = "real.ndjson"\n', lines_of(traffic(seconds=5))))
    assert (found.generated, found.dataset.source) == (True, "evidence/load-monday/access_log.ndjson")
    assert len(found.frame) == len(traffic(seconds=5))


def statement(request, fingerprint):
    return json.dumps({"query_tag": json.dumps({"route": "GET /x", "request_id": request}), "query_parameterized_hash": fingerprint}) + "\n"


def test_statements_are_counted_by_request_and_matched_with_the_log(measured, traffic):
    log = traffic(seconds=5, hit_ratio=0, write_share=0).head(4)
    ids = log["request_id"].tolist()
    sent = [statement(ids[0], "page"), *[statement(ids[0], "item")] * 3, statement(ids[1], "item"), statement(ids[2], "a"), statement(ids[2], "b")]
    damage = ["torn\n", "[]\n", '{"query_tag": ""}\n', '{"query_tag": "[1]", "query_parameterized_hash": "x"}\n', statement("somebody else", "item")]
    found = gather(*measured(IN_RUN, lines_of(log), sent + damage), commits=5).statements
    assert found.frame["repeats"].tolist() == [3, 1, 1]
    assert found.frame["items"].tolist() == log["items"].tolist()[:3]
    assert (found.found, found.dataset.source) == (0.75, "evidence/load-monday/query_history.ndjson")


@pytest.mark.parametrize(
    ("statements", "reason", "file"),
    [(None, "no query history was recorded", "run.json"), ([], "no request_id of the access log", "query_history.ndjson")],
)
def test_without_matching_statements_there_is_no_data_on_them(measured, traffic, statements, reason, file):
    found = gather(*measured(IN_RUN, lines_of(traffic(seconds=5)), statements), commits=5).statements
    assert reason in found.reason
    assert found.source == f"evidence/load-monday/{file}"


def test_without_monday_the_error_says_which_day_to_run(tmp_path):
    (tmp_path / "target.toml").write_text(IN_RUN)
    with pytest.raises(EvidenceError, match="no measurement 'load-monday'") as caught:
        gather(Week.open("2026-W48", tmp_path / "weeks"), load_target(str(tmp_path / "target.toml")), 5)
    assert "perfweek run monday" in caught.value.remedy


def test_the_notebook_of_a_service_without_an_access_log_is_complete_and_says_no_data(measured, tmp_path):
    week, _ = measured("")
    out = tmp_path / "out.ipynb"
    papermill.execute_notebook(
        str(notebook_path("tuesday")), str(out), {"week": week.name}, cwd=str(tmp_path), progress_bar=False, kernel_name="python3"
    )
    outputs = [output for cell in nbformat.read(out, as_version=4).cells if cell.cell_type == "code" for output in cell.outputs]
    said = "\n".join(output["data"]["text/plain"] for output in outputs if output.output_type == "display_data")
    assert said.count("the service writes no access log; name one under cache.log in target.toml") >= 5
    assert "Of 5 decisions the evidence has nothing on 5." in said
    assert facts.read(week, "tuesday").empty
    assert {row["verdict"] for row in json.loads((week.artifacts / "tuesday" / "evidence.json").read_text())["criteria"]} == {"no data"}
