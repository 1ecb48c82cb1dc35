"""k6's CSV in all its dialects, whole and damaged."""

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_k6 import HEADER, OF_2020, OF_2021, row, save

from perfweek.errors import EvidenceError
from perfweek.load.reading.results import REQUEST_COLUMNS, read_results


def read(tmp_path, *rows, header=HEADER, name="k6.csv", tail=b""):
    return read_results([save(tmp_path, *rows, header=header, name=name, tail=tail)])


@pytest.mark.parametrize("header", [OF_2020, OF_2021, HEADER, ["ip", *HEADER[::-1]]])
def test_columns_go_by_their_names(tmp_path, header):
    found = read(tmp_path, row(header), header=header)
    assert found.requests.columns[: len(REQUEST_COLUMNS)].tolist() == list(REQUEST_COLUMNS)
    only = found.requests.iloc[0]
    assert (only["duration_ms"], only["endpoint"], only["status"], only["failed"]) == (12.5, "GET /a", 200, False)


@pytest.mark.parametrize(
    ("timestamp", "resolution_s"),
    [
        ("1700000000", 1),
        ("1700000000250", 1e-3),
        ("1700000000250000", 1e-3),
        ("1700000000250000000", 1e-3),
        ("2023-11-14T22:13:20.25Z", 1e-3),
        ("2023-11-14T19:13:20.250-03:00", 1e-3),
    ],
)
def test_times_go_by_their_form_and_the_start_is_the_end_minus_the_duration(tmp_path, timestamp, resolution_s):
    found = read(tmp_path, row(timestamp=timestamp, metric_value="250.000000"))
    assert found.requests["time"][0] == pytest.approx(1_700_000_000 - (0.25 if resolution_s == 1 else 0), abs=1e-3)
    assert found.resolution_s == resolution_s


def test_gzip_and_plain_say_the_same_and_several_files_are_one_run(tmp_path):
    read(tmp_path, row(name="GET /a"))
    read(tmp_path, row(name="GET /b", timestamp="1600000000"), name="other.csv.gz")
    both = read_results([tmp_path / "k6.csv", tmp_path / "other.csv.gz"])
    assert both.requests["endpoint"].tolist() == ["GET /b", "GET /a"]
    assert both.rows == 2


@pytest.mark.parametrize(
    ("tags", "failed"),
    [
        ({"status": "200"}, False),
        ({"status": "404", "expected_response": "true"}, False),
        ({"status": "404", "expected_response": "false"}, True),
        ({"status": "503", "expected_response": ""}, True),
        ({"status": "0", "metric_value": "0.000000", "expected_response": "false"}, True),
        ({"status": "0", "metric_value": "59000.0", "expected_response": "true"}, True),
        ({"status": "", "expected_response": "TRUE"}, True),
    ],
)
def test_a_request_failed_where_no_answer_came_or_an_unexpected_one(tmp_path, tags, failed):
    assert read(tmp_path, row(**tags)).requests["failed"].tolist() == [failed]


def test_a_request_without_a_name_goes_by_its_url(tmp_path):
    assert read(tmp_path, row(name="")).requests["endpoint"].tolist() == ["http://x/a"]


def test_iterations_done_and_dropped_are_counted(tmp_path):
    rows = [row(), row(metric_name="iterations", metric_value="1"), row(metric_name="dropped_iterations", metric_value="4"), row(metric_name="vus")]
    found = read(tmp_path, *rows)
    assert (found.iterations["done"].sum(), found.iterations["dropped"].sum(), found.rows) == (1, 4, 4)


def test_quotes_commas_and_newlines_inside_a_field_are_text(tmp_path):
    found = read(tmp_path, row(metric_name="checks", check='status is "200",\nor 201'), row(name='GET /a, "b"\nc'))
    assert found.requests["endpoint"].tolist() == ['GET /a, "b"\nc']
    assert found.damaged == 0


def test_text_that_is_no_utf8_becomes_a_replacement_character(tmp_path):
    found = read(tmp_path, tail=row().encode().replace(b"GET /a", b"GET /\xff"))
    assert found.requests["endpoint"].tolist() == ["GET /\ufffd"]


def test_a_truncated_last_line_is_counted_and_named_and_the_rest_kept(tmp_path):
    found = read(tmp_path, row(), row(), tail=b"http_req_duration,17000")
    assert (len(found.requests), found.damaged) == (2, 1)
    assert found.first_damage == "k6.csv: line 4 has 2 of 19 columns"


def test_a_row_full_of_nul_bytes_is_counted_and_named_and_the_rest_kept(tmp_path):
    found = read(tmp_path, row(), tail=row().encode()[:20] + b"\0" * 238_064 + b"\n" + row().encode())
    assert (len(found.requests), found.damaged) == (2, 1)
    assert "line 3:" in found.first_damage


@pytest.mark.parametrize(
    "wrong", [{"metric_value": "fast"}, {"metric_value": "-1"}, {"metric_value": "nan"}, {"timestamp": "yesterday"}, {"timestamp": ""}]
)
def test_a_row_without_a_usable_time_or_value_is_counted_and_named(tmp_path, wrong):
    found = read(tmp_path, row(), row(**wrong), row())
    assert (len(found.requests), found.damaged) == (2, 1)
    assert found.first_damage == "k6.csv: line 3 has no usable time or value"


def test_a_compressed_file_of_a_killed_run_gives_the_rows_before_its_end(tmp_path):
    rows = [row(timestamp=str(1_700_000_000 + number), metric_value=f"{number * 7919 % 997}.25") for number in range(5000)]
    read(tmp_path, *rows, name="k6.csv.gz")
    path = tmp_path / "k6.csv.gz"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    found = read_results([path])
    assert 1000 < len(found.requests) < 4000
    assert 1 <= found.damaged <= 2
    assert found.requests["duration_ms"].tolist() == [number * 7919 % 997 + 0.25 for number in range(len(found.requests))]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "no k6 CSV"),
        (b"time,latency\n1,2\n", "has no column metric_name"),
        (b'{"type":"Metric","data":{}}\n', "no whole request"),
        (",".join(HEADER).encode() + b"\n", "no whole request"),
        (",".join(HEADER).encode() + b"\nhttp_req_dur", "no whole request: k6.csv: line 2 has 1 of 19 columns"),
    ],
)
def test_a_file_without_requests_is_refused_with_its_line(tmp_path, content, what):
    path = tmp_path / "k6.csv"
    path.write_bytes(content)
    with pytest.raises(EvidenceError, match=what) as error:
        read_results([path])
    assert "k6.csv" in error.value.where


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(EvidenceError, match="No such file"):
        read_results([tmp_path / "k6.csv"])


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=20)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**6), texts), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_every_request_that_was_written_is_read(tmp_path_factory, requests):
    rows = [row(timestamp=str(1_700_000_000_000_000 + end_us), metric_value=f"{us / 1000:.6f}", name=name) for end_us, us, name in requests]
    found = read(tmp_path_factory.mktemp("k6"), *rows).requests
    expected = sorted((1.7e9 + end_us / 1e6 - us / 1e6, us / 1000, name) for end_us, us, name in requests)
    assert sorted(found["endpoint"]) == sorted(name for _, _, name in expected)
    assert found["time"].tolist() == pytest.approx([time for time, _, _ in expected], abs=1e-5)
    assert sorted(found["duration_ms"]) == pytest.approx(sorted(duration for _, duration, _ in expected))


@given(st.binary(max_size=300))
@settings(max_examples=50, deadline=None)
def test_no_bytes_make_the_reader_fail_other_than_by_name(tmp_path_factory, noise):
    try:
        found = read(tmp_path_factory.mktemp("k6"), row(), tail=noise)
    except EvidenceError:
        return
    assert found.requests["duration_ms"].notna().all()


@pytest.mark.parametrize(
    ("file", "requests", "without_answer"),
    [
        ("luke-h1_my_test_result.csv", 2, 2),
        ("rajjo999_my_test_result.csv", 18, 0),
        ("patrick-proxy_2020_my_test_result.csv.gz", 1001, 0),
        ("accorsirodrigo_my_test_result.csv.gz", 524, 0),
        ("elizrg_my_test_result2.csv.gz", 840, 0),
        ("elizrg_my_test_result3.csv.gz", 1727, 0),
    ],
)
def test_public_results_of_2020_to_2024_are_read_whole(shared_data, file, requests, without_answer):
    path = shared_data / "k6" / file
    text = (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).decode()
    assert text.count("\nhttp_req_duration,") == requests
    found = read_results([path])
    assert (len(found.requests), found.damaged) == (requests, 0)
    assert (found.requests["status"] == 0).sum() == without_answer
    assert (found.requests["failed"] | (found.requests["status"] < 400)).all()
