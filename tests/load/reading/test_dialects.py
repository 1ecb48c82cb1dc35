"""What k6 has written since 2019, read as a plain reading of the same bytes reads it."""

import gzip
import json
from collections import Counter

import numpy as np
import pytest
from small_k6 import HEADER, START_US, plain_durations, plain_rows, plain_seconds, point, request, row, save

from perfweek.errors import EvidenceError
from perfweek.load.reading.read import Settings, read_files, read_samples
from perfweek.load.reading.results import PART_COLUMNS, read_results, results_of
from perfweek.load.reading.sniff import sniff

RAW = (
    "KirillY_k6-results.json.gz",
    "accorsirodrigo_my_test_result.csv.gz",
    "elizrg_my_test_result2.csv.gz",
    "elizrg_my_test_result3.csv.gz",
    "gordyu_my_test_result.json.gz",
    "luke-h1_my_test_result.csv",
    "patrick-proxy_2020_my_test_result.csv.gz",
    "rajjo999_my_test_result.csv",
)


@pytest.mark.parametrize("file", RAW)
def test_public_results_of_2019_to_2024_are_read_as_a_plain_reading_does(shared_data, file):
    path = shared_data / "k6" / file
    expected = list(plain_rows(path))
    samples = read_samples([path])
    assert sum(read.rows for read in samples.files) == len(expected)
    assert sum(read.lost for read in samples.files) == 0
    assert {name: counted.n for name, counted in samples.counted.items()} == Counter(metric for metric, *_ in expected)
    assert samples.duration_ms.tolist() == [value for metric, _, value, _ in expected if metric == "http_req_duration"]
    ends = [plain_seconds(time) for metric, time, _, _ in expected if metric == "http_req_duration"]
    assert (samples.end_ns / 1e9).tolist() == pytest.approx(ends, abs=1e-5)  # Python's times end at microseconds


@pytest.mark.parametrize("file", RAW)
def test_requests_of_public_results_have_their_own_names_and_parts(shared_data, file):
    path = shared_data / "k6" / file
    results = read_results([path])
    found = results.requests.groupby("endpoint")["duration_ms"].apply(sorted).to_dict()
    assert found == {name: sorted(values) for name, values in plain_durations(path).items()}
    waiting = [value for metric, _, value, _ in plain_rows(path) if metric == "http_req_waiting"]
    assert sorted(results.requests["waiting_ms"]) == pytest.approx(sorted(waiting), rel=1e-6)
    sums = results.requests[["sending_ms", "waiting_ms", "receiving_ms"]].astype(float).sum(axis=1)
    assert sums.tolist() == pytest.approx(results.requests["duration_ms"].tolist(), rel=1e-6, abs=1e-4)


def test_public_results_of_refused_and_timed_out_requests_are_told_apart(shared_data):
    refused = read_results([shared_data / "k6" / "gordyu_my_test_result.json.gz"])
    assert (refused.requests["refused"].sum(), refused.requests["timed_out"].sum(), refused.requests["failed"].sum()) == (250, 0, 250)
    late = read_results([shared_data / "k6" / "luke-h1_my_test_result.csv"])
    assert (late.requests["refused"].sum(), late.requests["timed_out"].sum(), late.requests["failed"].sum()) == (0, 2, 2)


@pytest.mark.parametrize(
    ("tags", "duration", "what"),
    [
        ({"status": "0", "error_code": "1050"}, "60000.0", "timed_out"),
        ({"status": "0", "error_code": "1050"}, "0.5", "timed_out"),
        ({"status": "0", "error_code": "1000"}, "59000.0", "timed_out"),
        ({"status": "0", "error_code": "1212"}, "0.000000", "refused"),
        ({"status": "0", "error_code": "1212"}, "5000.0", "refused"),
        ({"status": "0", "error_code": ""}, "0.000000", "refused"),
    ],
)
def test_a_request_without_answer_timed_out_or_was_refused(tmp_path, tags, duration, what):
    requests = read_results([save(tmp_path, row(metric_value=duration, expected_response="true", **tags))]).requests
    assert requests[["timed_out", "refused", "failed"]].iloc[0].tolist() == [what == "timed_out", what == "refused", True]


def test_a_request_has_the_parts_of_its_time(tmp_path):
    only = read_results([save(tmp_path, request(duration_ms=12.5))]).requests.iloc[0]
    assert [only[column] for column in PART_COLUMNS] == [0.25, 0.125, 0, 0.5, 11, 1]


def test_parts_of_another_request_are_not_taken(tmp_path):
    rows = row(timestamp="1700000000") + row(metric_name="http_req_waiting", timestamp="1700000001", metric_value="5.0")
    assert "waiting_ms" not in read_results([save(tmp_path, rows)]).requests


def test_extra_tags_in_any_order_do_not_part_a_request_from_its_parts(tmp_path):
    orders = ("a=1&b=2", "b=2&a=1")
    rows = [
        row(metric_name=name, extra_tags=orders[place % 2])
        for place, name in enumerate(("http_req_duration", "http_req_sending", "http_req_waiting"))
    ]
    requests = read_results([save(tmp_path, *rows)]).requests
    assert requests[["sending_ms", "waiting_ms"]].notna().all(axis=None)


OLD_POINT = (
    '{"type":"Point","data":{"time":"2019-06-15T16:17:00.115258-06:00","value":2.5,"tags":{"name":"a","status":"200"}},'
    '"metric":"http_req_duration"}\n'
)
OLD_GAUGE = '{"type":"Point","data":{"time":"2019-06-15T16:17:00.115258-06:00","value":3,"tags":null},"metric":"vus"}\n'
OLD_METRIC = (
    '{"type":"Metric","data":{"name":"http_reqs","type":"counter","contains":"default","tainted":null,'
    '"thresholds":[{"threshold":"rate>1","abortOnFail":false,"delayAbortEval":null}],"submetrics":null,"sub":{"tags":null}},"metric":"http_reqs"}\n'
)


def test_json_of_2019_with_its_other_order_of_keys_is_read(tmp_path):
    samples = read_samples([save(tmp_path, OLD_METRIC, OLD_POINT, OLD_GAUGE, header=None, name="k6.json")])
    assert (samples.duration_ms.tolist(), samples.counted["vus"].sum, samples.files[0].rows) == ([2.5], 3, 2)
    assert samples.end_ns.tolist() == [1_560_637_020_115_258_000]
    assert samples.declared == {"http_reqs": "counter"}


def test_json_with_spaces_metadata_and_escapes_is_read(tmp_path):
    spaced = json.dumps(json.loads(point(name='GET /ü "q" \\', check="a\nb")) | {"more": {"a": [1, {"b": "}"}]}}) + "\r\n"
    with_metadata = point().replace('"tags":', '"metadata":{"vu":"1","a":"}"},"tags":')
    results = read_results([save(tmp_path, spaced, with_metadata, header=None, name="k6.json")])
    assert (sorted(results.requests["endpoint"]), results.damaged) == (["GET /a", 'GET /ü "q" \\'], 0)


def test_escapes_of_one_name_are_one_endpoint(tmp_path):
    plain, escaped = point(name="a&b"), point(name="a&b").replace("a&b", "a\\u0026b")
    assert read_results([save(tmp_path, plain, escaped, header=None, name="k6.json")]).requests["endpoint"].tolist() == ["a&b", "a&b"]


@pytest.mark.parametrize(("text", "value"), [("1e-05", 1e-05), ("0.1234567890123456789", 0.12345678901234568), ("12", 12.0), ("2.5E3", 2500.0)])
def test_numbers_of_json_are_exact(tmp_path, text, value):
    line = point(value=77).replace(":77,", f":{text},")
    assert read_samples([save(tmp_path, line, header=None, name="k6.json")]).duration_ms.tolist() == [value]


@pytest.mark.parametrize(
    ("time", "nanoseconds"),
    [
        ("1700000000", 1_700_000_000_000_000_000),
        ("1700000000250", 1_700_000_000_250_000_000),
        ("1700000000250001", 1_700_000_000_250_001_000),
        ("1700000000250001002", 1_700_000_000_250_001_002),
        ("2023-11-14T22:13:20Z", 1_700_000_000_000_000_000),
        ("2023-11-14T22:13:20.250001002Z", 1_700_000_000_250_001_002),
        ("2023-11-15T05:43:20.25+07:30", 1_700_000_000_250_000_000),
        ("2024-02-29T23:59:59.9-03:00", 1_709_261_999_900_000_000),
        ("2023-11-14 22:13:20.250", 1_700_000_000_250_000_000),
    ],
)
def test_every_form_of_time_is_read_to_the_nanosecond(tmp_path, time, nanoseconds):
    assert read_samples([save(tmp_path, row(timestamp=time))]).end_ns.tolist() == [nanoseconds]


@pytest.mark.parametrize(
    ("unit", "resolution"), [(1_000_000_000, 1.0), (1_000_000, 1e-3), (1000, 1e-6), (1, 1e-9)], ids=["seconds", "milli", "micro", "nano"]
)
def test_the_resolution_is_that_of_the_times(tmp_path, unit, resolution):
    rows = [row(timestamp=str(1_700_000_000_000_000_000 + place * unit)) for place in range(1, 4)]
    assert read_results([save(tmp_path, *rows)]).resolution_s == resolution


def test_a_byte_order_mark_and_windows_line_ends_are_no_damage(tmp_path):
    path = save(tmp_path, request(), request(end_us=START_US + 5))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    results = read_results([path])
    assert (results.rows, results.damaged, results.requests["waiting_ms"].tolist()) == (18, 0, [11, 11])


def test_what_a_spreadsheet_saved_again_is_read(tmp_path):
    text = request(duration_ms=12.5).replace("1.000000", "1").replace("0.000000", "0").replace("true", "TRUE")
    semicolons = text.replace(",", ";").replace(".", ",")
    (tmp_path / "k6.csv").write_text(";".join(HEADER) + "\r\n" + semicolons.replace("\n", "\r\n"))
    results = read_results([tmp_path / "k6.csv"])
    only = results.requests.iloc[0]
    assert (only["duration_ms"], only["failed"], only["sending_ms"], results.damaged) == (12.5, False, 0.5, 0)


def test_columns_that_a_spreadsheet_left_out_at_the_end_are_empty(tmp_path):
    path, short = save(tmp_path), row().rstrip(",\n").encode()
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n") + short + b"\r\n" + row().encode().replace(b"\n", b"\r\n"))
    assert (len(read_results([path]).requests), read_results([path]).damaged) == (2, 0)


def test_files_of_several_pods_in_any_form_are_one_run(tmp_path):
    files = [
        save(tmp_path, request(name="a"), name="1.csv"),
        save(tmp_path, request(name="b"), name="2.csv.gz"),
        save(tmp_path, point(name="c"), header=None, name="3.json.gz"),
    ]
    files[1].rename(tmp_path / "no-ending")
    results = read_results([files[0], tmp_path / "no-ending", files[2]])
    assert (sorted(results.requests["endpoint"]), results.rows) == (["a", "b", "c"], 19)


def test_iterations_checks_and_custom_metrics_are_kept(tmp_path):
    rows = [
        row(metric_name="checks", metric_value="1.000000", check="ok"),
        row(metric_name="checks", metric_value="0.000000", check="ok"),
        row(metric_name="iterations", metric_value="1.000000"),
        row(metric_name="dropped_iterations", metric_value="4996323.000000"),
        row(metric_name="queue_wait", metric_value="-2.5"),
        row(metric_name="queue_wait", metric_value="4.5"),
    ]
    results = read_results([save(tmp_path, request(), *rows)])
    assert results.checks == {"ok": (1, 1)}
    assert (results.iterations["done"].sum(), results.iterations["dropped"].sum()) == (1, 4_996_323)
    assert results.values["queue_wait"].tolist() == [-2.5, 4.5]
    counted = results.counted["queue_wait"]
    assert (counted.n, counted.sum, counted.least, counted.largest) == (2, 2.0, -2.5, 4.5)


def test_a_url_is_kept_where_it_is_asked_for(tmp_path):
    path = save(tmp_path, request(url="http://x/1"), request(url="http://x/2"))
    kept = [set(read_files([path], Settings(keep_url=asked)).samples.labels("url")) for asked in (False, True)]
    assert kept == [{""}, {"http://x/1", "http://x/2"}]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b"<html><body>k6</body></html>", "a web page"),
        (b"PK\x03\x04\0\0\0", "binary data"),
        ("metric_name,timestamp".encode("utf-16"), "UTF-16"),
        (b'{"scenarios": {"a": 1}}', "JSON of another kind"),
        (b'{"metrics": {"a"', "neither k6's JSON lines nor a whole summary"),
        (b"     execution: local\n        script: a.js\n", "the text that k6 printed"),
        (b"id,status,startTime\n1,200,5\n", "no column metric_name"),
        (b"metric_name,metric_value\n", "no column timestamp"),
        (b"hello\n", "no k6 CSV and no JSON"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_it_is(tmp_path, content, kind):
    (tmp_path / "results.json").write_bytes(content)
    with pytest.raises(EvidenceError, match=kind) as error:
        read_results([tmp_path / "results.json"])
    assert str(tmp_path / "results.json") in error.value.where
    assert error.value.remedy


@pytest.mark.parametrize("file", ["NikoyanGar_summary.json", "hackzbhavin_handleSummary.json", "rajjo999_summary.json", "stormforge_output.json"])
def test_a_summary_in_place_of_results_is_named_as_such(shared_data, file):
    with pytest.raises(EvidenceError, match="k6's summary: it has no request"):
        read_results([shared_data / "k6" / file])


def test_the_compression_goes_by_the_bytes_and_not_by_the_name(tmp_path):
    path = save(tmp_path, request(), name="k6.csv.gz")
    (tmp_path / "plain.csv.gz").write_bytes(gzip.decompress(path.read_bytes()))
    assert sniff(tmp_path / "plain.csv.gz").kind == "csv"
    assert len(read_results([path, tmp_path / "plain.csv.gz"]).requests) == 2


def test_text_columns_are_categories_that_compare_as_text(tmp_path):
    requests = results_of(read_samples([save(tmp_path, request(name="a"), request(name="b", scenario="s"))])).requests
    assert (requests["endpoint"] == "a").tolist() == [True, False]
    assert requests[requests["scenario"] == "s"].groupby("endpoint").size().to_dict() == {"b": 1}
    assert requests["time"].dtype == np.float64
