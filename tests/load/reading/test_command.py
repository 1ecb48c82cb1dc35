"""perfweek k6 as a user meets it."""

import json
import os
import subprocess
import sys

import pytest
from small_k6 import START_US, plain_durations, request, row, save, type_7


def perfweek_k6(*arguments, **environment):
    command = [sys.executable, "-m", "perfweek", "k6", *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "140", **environment}, timeout=120)
    return run.returncode, run.stdout, run.stderr


@pytest.fixture
def path(tmp_path):
    rows = [request(START_US + 100_000 * place, 10 + place % 7, name=f"GET /{place % 2}", scenario=f"s{place % 3}") for place in range(300)]
    return save(tmp_path, *rows, tail=row().encode()[:30])


def test_the_audit_and_a_row_an_endpoint_are_printed(path):
    code, output, errors = perfweek_k6(path)
    assert (code, errors) == (0, "")
    assert "2,700 whole rows, 300 requests" in output
    assert "! 1 damaged row left out, the first: k6.csv: line 2702" in output
    table = [line.split()[:4] for line in output.splitlines() if line.startswith("GET")]
    assert sorted(table) == [
        ["GET", "/0", "150", "0"],
        ["GET", "/1", "150", "0"],
    ]


def test_json_is_for_scripts(path):
    code, output, _ = perfweek_k6(path, "--json")
    found = json.loads(output)
    assert code == 0
    assert (found["audit"]["rows"], found["audit"]["lost"], found["audit"]["requests"]) == (2700, 1, 300)
    first = next(one for one in found["endpoints"] if one["name"] == "GET /0")
    durations = [10.0 + place % 7 for place in range(0, 300, 2)]
    assert (first["n"], first["failed"], first["p50_ms"], first["max_ms"]) == (150, 0, type_7(durations, 0.5), 16.0)
    assert first["p95_ms"] == pytest.approx(type_7(durations, 0.95))
    assert first["p95_low_ms"] <= first["p95_ms"] <= first["p95_high_ms"]
    assert sum(found["seconds"]["n"]) == 300


@pytest.mark.parametrize(("by", "groups"), [("scenario", 3), ("status", 1), ("method", 1), ("url", 1), ("group", 1)])
def test_rows_may_be_by_other_tags(path, by, groups):
    code, output, _ = perfweek_k6(path, "--by", by, "--json")
    assert (code, len(json.loads(output)["endpoints"])) == (0, groups)


def test_a_file_that_is_no_result_is_one_clear_error(tmp_path):
    (tmp_path / "notes.txt").write_text("buy milk\n")
    for wrong in (tmp_path / "notes.txt", tmp_path / "gone.csv", tmp_path):
        code, output, errors = perfweek_k6(wrong)
        assert (code, output) == (1, "")
        assert errors.startswith("error: ")
        assert str(wrong) in errors
        assert 1 <= len(errors.strip().splitlines()) <= 3


def test_a_summary_alone_is_printed_with_what_it_lacks(tmp_path):
    values = {"avg": 20.0, "med": 18.0, "p(95)": 40.0, "max": 60.0}
    metrics = {"http_req_duration": {"type": "trend", "values": values}, "http_reqs": {"type": "counter", "values": {"count": 7, "rate": 1}}}
    (tmp_path / "summary.json").write_text(json.dumps({"metrics": metrics}))
    code, output, _ = perfweek_k6(tmp_path / "summary.json")
    assert code == 0
    assert "no raw results" in output
    code, output, _ = perfweek_k6(tmp_path / "summary.json", "--json")
    found = json.loads(output)
    assert found["audit"]["raw"] is False
    assert [(one["name"], one["n"], one["p95_ms"]) for one in found["endpoints"]] == [("all requests", 7, 40.0)]


def test_text_of_the_file_is_no_markup(tmp_path):
    _, output, _ = perfweek_k6(save(tmp_path, request(name="[bold red]GET[/] \x1b[31mx")))
    assert "[bold red]GET[/]" in output
    assert "\x1b" not in output


@pytest.mark.parametrize("file", ["gordyu_my_test_result.json.gz", "elizrg_my_test_result3.csv.gz"])
def test_public_results_have_the_percentiles_of_a_plain_reading(shared_data, file):
    path = shared_data / "k6" / file
    code, output, _ = perfweek_k6(path, "--json")
    assert code == 0
    found = {one["name"]: one for one in json.loads(output)["endpoints"]}
    for name, durations in plain_durations(path).items():
        assert found[name]["n"] == len(durations)
        assert [found[name][key] for key in ("p50_ms", "p95_ms", "p99_ms")] == pytest.approx([type_7(durations, q) for q in (0.5, 0.95, 0.99)])


def test_neither_the_compiler_nor_pandas_is_loaded_for_it(path):
    perfweek_k6(path)
    command = "import sys; from perfweek.cli import app; app(['k6', sys.argv[1], '--json'], standalone_mode=False); print(sorted(sys.modules))"
    run = subprocess.run([sys.executable, "-c", command, str(path)], capture_output=True, text=True, check=True)
    loaded = run.stdout.splitlines()[-1]
    assert "'llvmlite'" in loaded
    for heavy in ("numba", "pandas", "pyarrow", "matplotlib", "papermill", "scipy"):
        assert f"'{heavy}'" not in loaded, heavy


def test_the_same_results_given_twice_are_refused_under_one_name_and_under_two(path, tmp_path):
    copy = tmp_path / "copy.csv"
    copy.write_bytes(path.read_bytes())
    for twice in ((path, path), (path, copy)):
        code, output, errors = perfweek_k6(*twice)
        assert (code, output) == (1, "")
        assert errors.startswith("error: the same results are given twice")


def test_files_of_runs_that_lie_apart_are_said_to_be_of_several(tmp_path):
    first = save(tmp_path, *(request(START_US + 100_000 * place) for place in range(20)), name="a.csv")
    soon = save(tmp_path, *(request(START_US + 2_000_000 + 100_000 * place) for place in range(20)), name="b.csv")
    later = save(tmp_path, *(request(START_US + 3_600_000_000 + 100_000 * place) for place in range(20)), name="c.csv")
    assert "several runs" not in perfweek_k6(first, soon)[1]
    assert "! no request for 3,598 s between them: files of several runs are taken for one here" in perfweek_k6(first, later)[1]


def test_results_without_a_request_are_an_error_that_says_what_there_is(tmp_path):
    code, output, errors = perfweek_k6(save(tmp_path, row(metric_name="vus", metric_value="5")))
    assert (code, output) == (1, "")
    assert errors.startswith("error: the k6 results hold no whole HTTP request: 1 whole row of vus only")


def test_a_name_without_end_is_shown_by_its_beginning(tmp_path):
    code, output, _ = perfweek_k6(save(tmp_path, request(name="x" * 2_000_000)))
    assert code == 0
    assert output.count("x") < 600


@pytest.mark.parametrize(
    "content",
    [
        '{"metrics":{"http_req_duration":{"type":"trend","values":null}},"root_group":7}',
        '{"metrics":{"http_reqs":{"count":5,"thresholds":["fast"]}},"root_group":{"checks":5,"groups":"none"}}',
        '{"metrics":{"http_reqs":{"values":{"count":5}}},"root_group":{"checks":[{"name":"ok","passes":null,"fails":"x"}]}}',
    ],
)
def test_a_summary_of_another_shape_is_read_as_far_as_it_goes(tmp_path, content):
    (tmp_path / "summary.json").write_text(content)
    code, output, errors = perfweek_k6(tmp_path / "summary.json")
    assert (code, errors) == (0, "")
    assert "is a summary" in output


def test_json_that_is_nested_without_end_is_one_clear_error(tmp_path):
    (tmp_path / "deep.json").write_text('{"a":' * 100_000)
    code, _, errors = perfweek_k6(tmp_path / "deep.json")
    assert (code, len(errors.splitlines())) == (1, 2)
    assert "begins like JSON" in errors
