"""Damaged results: what is whole is read, what is not is counted and named, and nothing is invented."""

import gzip
import json

import pytest
from small_k6 import HEADER, START_US, point, request, row, save

from perfweek.errors import EvidenceError
from perfweek.load.reading.read import Settings, read_files, read_samples
from perfweek.load.reading.results import read_results

THREE = [row(timestamp="1700000001", metric_value="1.5"), row(timestamp="1700000002", metric_value="2.5", check='a,"b"\nc'), row(metric_value="3.5")]


def whole_before(cut: int, pieces: list[bytes]) -> int:
    """How many of the pieces stand in the first `cut` bytes, the newline at the end of the last not counted."""
    ends = [sum(map(len, pieces[: count + 1])) - 1 for count in range(len(pieces))]
    return sum(end <= cut for end in ends)


def read_as_far_as_it_goes(path):
    try:
        return read_files([path]).samples
    except EvidenceError:
        return None


def test_a_csv_cut_at_any_byte_loses_no_whole_row_and_gains_none(tmp_path):
    begin = (",".join(HEADER) + "\n").encode()
    pieces = [text.encode() for text in THREE]
    path = tmp_path / "k6.csv"
    for cut in range(sum(map(len, pieces)) + 1):
        path.write_bytes(begin + b"".join(pieces)[:cut])
        samples = read_as_far_as_it_goes(path)
        durations = samples.duration_ms.tolist()
        expected = [1.5, 2.5, 3.5][: whole_before(cut, pieces)]
        assert durations == expected, cut
        torn = cut - sum(map(len, pieces[: len(expected)])) > 0
        assert samples.files[0].lost == torn, cut


def test_json_cut_at_any_byte_loses_no_whole_point_and_gains_none(tmp_path):
    pieces = [point(value=value).encode() for value in (1.5, 2.5)]
    path = tmp_path / "k6.json"
    for cut in range(30, sum(map(len, pieces)) + 1):
        path.write_bytes(b"".join(pieces)[:cut])
        samples = read_as_far_as_it_goes(path)
        assert samples.duration_ms.tolist() == [1.5, 2.5][: whole_before(cut, pieces)], cut


def test_a_gzip_cut_at_any_byte_gives_the_rows_that_its_bytes_hold(tmp_path):
    rows = [row(timestamp=str(1_700_000_000 + place), metric_value=f"{place * 7919 % 997}.25") for place in range(60)]
    whole = gzip.compress((",".join(HEADER) + "\n" + "".join(rows)).encode())
    path = tmp_path / "k6.csv.gz"
    expected = [place * 7919 % 997 + 0.25 for place in range(60)]
    seen = set()
    for cut in range(20, len(whole), 7):
        path.write_bytes(whole[:cut])
        samples = read_as_far_as_it_goes(path)
        if samples:
            assert samples.duration_ms.tolist() == expected[: len(samples.tag)]
            assert 1 <= samples.files[0].lost <= 2
            seen.add(len(samples.tag))
    assert len(seen) > 10
    assert max(seen) >= 59


def compressed(tmp_path, wrong_byte):
    """3,000 rows with the durations 0.25, 918.25..., one byte of the compressed file turned round."""
    rows = [row(timestamp=str(1_700_000_000 + place), metric_value=f"{place * 7919 % 997}.25") for place in range(3000)]
    path = save(tmp_path, *rows, name="k6.csv.gz")
    content = bytearray(path.read_bytes())
    content[wrong_byte if wrong_byte < 0 else len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    return path


def test_a_gzip_that_breaks_in_the_middle_gives_what_comes_before(tmp_path):
    samples = read_samples([compressed(tmp_path, 1)])
    assert samples.duration_ms[:500].tolist() == [place * 7919 % 997 + 0.25 for place in range(500)]
    assert samples.files[0].lost >= 1


def test_a_gzip_with_a_wrong_checksum_gives_all_its_rows_and_says_so(tmp_path):
    samples = read_samples([compressed(tmp_path, -8)])
    assert samples.duration_ms.tolist() == [place * 7919 % 997 + 0.25 for place in range(3000)]
    assert samples.files[0].lost == 1
    assert "the compressed data ends early" in samples.files[0].first_damage


def test_several_gzip_members_are_one_file(tmp_path):
    first, second = save(tmp_path, request(name="a"), name="1.csv.gz"), gzip.compress(request(name="b").encode())
    first.write_bytes(first.read_bytes() + second)
    assert read_results([first]).requests["endpoint"].tolist() == ["a", "b"]


@pytest.mark.parametrize("before", [0, 1, 20, 60])
def test_a_run_of_nul_bytes_costs_the_row_it_is_in(tmp_path, before):
    rows = [row(metric_value="1.5"), row(metric_value="2.5"), row(metric_value="3.5")]
    hurt = rows[1].encode()
    path = save(tmp_path, rows[0], tail=hurt[:before] + b"\0" * 238_064 + hurt[before:] + rows[2].encode())
    results = read_results([path])
    assert sorted(results.requests["duration_ms"]) == ([1.5, 3.5] if before else [1.5, 2.5, 3.5])
    assert (results.damaged, results.first_damage) == (1, "k6.csv: line 3: 238,064 NUL bytes")


def test_nul_bytes_longer_than_a_block_cost_one_row(tmp_path):
    path = save(tmp_path, row(metric_value="1.5"), tail=b"\0" * 300_000 + b"\n" + row(metric_value="3.5").encode())
    samples = read_samples([path], Settings(block_bytes=1 << 16))
    assert (sorted(samples.duration_ms), samples.files[0].lost) == ([1.5, 3.5], 1)


def test_the_row_of_a_second_writer_glued_to_a_torn_one_is_kept(tmp_path):
    path = save(
        tmp_path, row(metric_value="1.5"), tail=row().encode()[:40] + row(metric_name="http_reqs", metric_value="1.000000").encode() + row().encode()
    )
    results = read_results([path])
    assert (results.counted["http_reqs"].n, len(results.requests), results.damaged) == (1, 2, 1)


def test_a_name_that_ends_in_a_metric_is_not_taken_for_that_metric(tmp_path):
    hurt = row(metric_name="dropped_iterations", metric_value="5.000000").encode()
    path = save(tmp_path, row(), tail=hurt[:8] + b"\0" + hurt[8:])
    results = read_results([path])
    assert (len(results.iterations), results.damaged) == (0, 1)


def test_points_of_two_writers_on_one_line_are_kept(tmp_path):
    torn = point()[:50]
    path = save(tmp_path, point(value=1.5), torn + point(value=2.5), point(value=3.5).rstrip() + point(value=4.5), header=None, name="k6.json")
    results = read_results([path])
    assert sorted(results.requests["duration_ms"]) == [1.5, 2.5, 3.5, 4.5]
    assert (results.damaged, results.first_damage) == (1, "k6.json: line 2 is no whole JSON object")


@pytest.mark.parametrize("wrong", ['"value":"fast"', '"value":null', '"value":-1', '"value":NaN', '"value":true'])
def test_a_point_without_a_usable_value_is_counted(tmp_path, wrong):
    path = save(tmp_path, point(), point().replace('"value":12.5', wrong), header=None, name="k6.json")
    results = read_results([path])
    assert (len(results.requests), results.damaged) == (1, 1)


def test_a_stray_quote_costs_its_row_and_not_the_rest(tmp_path):
    hurt = row().replace("GET /a", '"GET /a', 1)
    rows = [request(end_us=START_US + place) for place in range(2000)]
    path = save(tmp_path, *rows[:1000], hurt, *rows[1000:])
    for block_bytes in (1 << 16, 1 << 21):
        samples = read_samples([path], Settings(block_bytes=block_bytes))
        assert (len(samples.tag), samples.files[0].lost) == (2000, 1)
        assert samples.files[0].first_damage.startswith("k6.csv: line 9002 ")


def test_lines_of_the_first_damage_count_newlines_inside_quotes(tmp_path):
    results = read_results([save(tmp_path, row(check="a\nb\nc"), row(metric_value="fast"), row())])
    assert results.first_damage == "k6.csv: line 5 has no usable time or value"


def test_a_line_with_too_many_columns_is_damaged(tmp_path):
    results = read_results([save(tmp_path, row(), row().rstrip() + ",more\n")])
    assert (len(results.requests), results.first_damage) == (1, "k6.csv: line 3 has 20 of 19 columns")


def test_json_that_is_deeper_than_any_stack_is_damage_and_no_crash(tmp_path):
    path = save(tmp_path, point(), '{"metric":' + "[" * 200_000 + "\n", point(), header=None, name="k6.json")
    results = read_results([path])
    assert (len(results.requests), results.damaged) == (2, 1)


def test_a_name_of_a_hundred_thousand_characters_is_read(tmp_path):
    assert read_results([save(tmp_path, row(name="x" * 3_000_000), row())]).requests["endpoint"].str.len().tolist() == [3_000_000, 6]


def test_a_metric_line_without_an_end_is_told_from_a_point(tmp_path):
    declared = json.dumps({"type": "Metric", "data": {"name": "a", "type": "trend"}, "metric": "a"})
    samples = read_samples([save(tmp_path, declared + "\n", point(), declared[:40], header=None, name="k6.json")])
    assert (samples.declared, samples.files[0].lost, len(samples.tag)) == ({"a": "trend"}, 1, 1)
