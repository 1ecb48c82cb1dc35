"""The fast path, the slow path and a plain reading agree to the last bit, however the file is cut into blocks."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_k6 import HEADER, START_US, point, request, row, save, type_7

from perfweek.load.reading import shapes
from perfweek.load.reading.endpoints import endpoints_of, seconds_of
from perfweek.load.reading.mending import CsvShape, mend_csv, mend_json
from perfweek.load.reading.outcome import groups_of, outcome_of
from perfweek.load.reading.read import Settings, read_samples
from perfweek.load.reading.samples import Gatherer
from perfweek.load.reading.stream import Blocks, ByteSource, cut_csv, cut_json
from perfweek.load.reading.worker import Worker

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12)
metrics = st.sampled_from(["http_req_duration", "http_req_waiting", "http_reqs", "iterations", "checks", "own_metric", "vus"])
values = st.one_of(st.integers(0, 10**9).map(lambda number: f"{number / 1e6:.6f}"), st.floats(0, 1e9).map(repr))
times = st.integers(START_US, START_US + 3_000_000).map(str)
rows = st.lists(st.tuples(metrics, times, values, st.lists(texts, min_size=16, max_size=16)), min_size=1, max_size=30)


@given(rows, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=60, deadline=None)
def test_any_csv_is_read_as_pythons_own_reader_reads_it(tmp_path_factory, rows, quoting, newline):
    output = io.StringIO()
    writer = csv.writer(output, quoting=quoting, lineterminator=newline)
    writer.writerows([HEADER, *([metric, time, value, *tags] for metric, time, value, tags in rows)])
    path = tmp_path_factory.mktemp("k6") / "k6.csv"
    path.write_bytes(output.getvalue().encode())
    plain = list(csv.DictReader(io.StringIO(output.getvalue(), newline="")))
    samples = read_samples_or_none(path)
    expected = [found for found in plain if found["metric_name"] == "http_req_duration"]
    assert (samples.files[0].rows, samples.files[0].lost) == (len(plain), 0)
    assert samples.duration_ms.tolist() == [float(found["metric_value"]) for found in expected]
    assert samples.end_ns.tolist() == [int(found["timestamp"]) * 1000 for found in expected]
    assert samples.labels("name")[samples.tag].tolist() == [found["name"] for found in expected]
    assert samples.labels("group")[samples.tag].tolist() == [found["group"] for found in expected]
    names, groups = groups_of(samples)
    assert [names[group] for group in groups] == [found["name"] or found["url"] for found in expected]
    assert sum(counted.n for counted in samples.counted.values()) == len(plain)


def read_samples_or_none(path, **how):
    from perfweek.load.reading.read import read_files

    return read_files([path], Settings(**how)).samples


def _all_weird(text, at, end, worker):
    """A kernel that leaves every line to the slow path."""
    content = text[:end].tobytes()
    line = 0
    while at < end:
        after = content.index(b"\n", at) + 1
        worker.output.weird[worker.info[shapes.WEIRD]] = at, after, line, 0
        worker.info[shapes.WEIRD] += 1
        at, line = after, line + 1
    worker.info[[shapes.PLACE, shapes.LINES]] = end, line


def slowly(path, kind):
    source = ByteSource(path)
    shape = CsvShape(HEADER, ",", False, False)
    worker = Worker(
        _all_weird, (lambda region, torn: mend_csv(region, shape, torn)) if kind == "csv" else lambda region, torn: mend_json(region, False, torn)
    )
    if kind == "csv":
        header = bytearray(len(",".join(HEADER)) + 1)
        source.readinto(memoryview(header))
    worker.run(Blocks(source, b"", cut_csv if kind == "csv" else cut_json))
    gatherer = Gatherer()
    gatherer.add(path, kind, [worker], lambda text: tuple(text.decode().split("\0")), 2, "")
    return gatherer.samples()


def assert_same(first, second):
    assert first.end_ns.tolist() == second.end_ns.tolist()
    assert first.duration_ms.tolist() == second.duration_ms.tolist()
    np.testing.assert_array_equal(first.part_ms, second.part_ms)
    for tag in shapes.TAGS:
        assert first.labels(tag)[first.tag].tolist() == second.labels(tag)[second.tag].tolist()
    assert first.counted.keys() == second.counted.keys()
    for name, counted in first.counted.items():
        other = second.counted[name]
        assert (counted.n, counted.least, counted.largest, counted.nonzero) == (other.n, other.least, other.largest, other.nonzero)
        assert counted.sum == pytest.approx(other.sum)
    assert (first.count_ns.tolist(), first.count.tolist(), first.checks) == (second.count_ns.tolist(), second.count.tolist(), second.checks)
    assert {name: sorted(kept) for name, kept in first.values.items()} == {name: sorted(kept) for name, kept in second.values.items()}


@pytest.fixture(scope="module")
def run():
    """Some thousand rows of requests with awkward durations, iterations, checks with quotes, and a metric of its own."""
    random = np.random.default_rng(1)
    found = []
    for place, micro in enumerate(np.cumsum(random.integers(1, 3000, 900)).tolist()):
        end_us = START_US + micro
        duration = round(float(random.lognormal(3, 0.6)), 6)
        found.append(request(end_us, duration, name=f"GET /{place % 5}", url=f"http://x/{place}", extra_tags="a=1&b=2" if place % 2 else "b=2&a=1"))
        found.append(row(metric_name="checks", timestamp=str(end_us), metric_value=f"{place % 3 > 0:.6f}", check='ok, "yes"'))
        found.append(row(metric_name="iterations", timestamp=str(end_us), metric_value="1.000000", name=""))
        found.append(row(metric_name="own", timestamp=str(end_us), metric_value=repr(float(random.normal())), name=""))
    return found


def test_the_fast_path_and_the_slow_path_read_the_same_csv(tmp_path, run):
    path = save(tmp_path, *(text for text in run))
    assert_same(read_samples([path]), slowly(path, "csv"))


def test_the_fast_path_and_the_slow_path_read_the_same_json(tmp_path):
    random = np.random.default_rng(1)
    lines = []
    for place in range(300):
        time = f"2023-11-14T22:{place // 60 % 60:02}:{place % 60:02}.{place:03}Z"
        for metric in ("http_reqs", "http_req_duration", "http_req_sending", "http_req_waiting", "checks", "own"):
            value = 1 if metric == "http_reqs" else float(random.lognormal(-5, 4))
            lines.append(point(metric, time, value, name=f"GET /{place % 4} \u00fc", check="a"))
    path = save(tmp_path, *lines, header=None, name="k6.json")
    fast, slow = read_samples([path]), slowly(path, "json")
    assert len(fast.tag) == 300
    assert_same(fast, slow)


@pytest.mark.parametrize(("block_bytes", "threads"), [(1 << 14, 1), (1 << 14, 3), (1 << 17, 2)])
def test_blocks_and_threads_change_nothing(tmp_path, run, block_bytes, threads):
    path = save(tmp_path, *run)
    assert_same(read_samples([path]), read_samples([path], Settings(block_bytes=block_bytes, threads=threads)))


def test_fifty_thousand_different_names_are_all_kept(tmp_path):
    path = save(tmp_path, *(row(name=f"http://x/item/{place}") for place in range(50_000)))
    samples = read_samples([path], Settings(threads=2, block_bytes=1 << 17))
    assert samples.labels("name")[samples.tag].tolist() == [f"http://x/item/{place}" for place in range(50_000)]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200))
@settings(max_examples=40, deadline=None)
def test_percentiles_are_those_of_k6(tmp_path_factory, durations):
    path = save(tmp_path_factory.mktemp("k6"), *(row(metric_value=repr(duration)) for duration in durations))
    samples = read_samples([path])
    (found,) = endpoints_of(samples, outcome_of(samples))
    expected = [type_7(durations, q) for q in (0.5, 0.9, 0.95, 0.99, 0.999, 1.0, 0.0)]
    got = [found.p50.value, found.p90_ms, found.p95.value, found.p99.value, found.p999_ms, found.largest_ms, found.least_ms]
    assert got == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert (found.n, found.mean_ms) == (len(durations), pytest.approx(sum(durations) / len(durations)))


def test_parts_have_percentiles_of_their_own(tmp_path):
    samples = read_samples([save(tmp_path, *(request(START_US + place, 10 + place) for place in range(101)))])
    (found,) = endpoints_of(samples, outcome_of(samples))
    assert found.part_ms["waiting"] == pytest.approx((8.5 + 50, 8.5 + 95, 8.5 + 99, 8.5 + 100))
    assert found.part_ms["sending"] == (0.5, 0.5, 0.5, 0.5)


def test_each_second_has_its_own_percentiles_and_failures(tmp_path):
    path = save(
        tmp_path,
        *(row(timestamp=str(1_700_000_001_000 + place), metric_value=f"{place + 1}.0") for place in range(100)),
        *(row(timestamp="1700000000500", metric_value="7.0", status="500", expected_response="false") for _ in range(3)),
    )
    samples = read_samples([path])
    found = seconds_of(samples, outcome_of(samples))
    assert (found.second.tolist(), found.n.tolist(), found.failed.tolist()) == ([1_700_000_000, 1_700_000_001], [3, 100], [3, 0])
    assert found.p50_ms.tolist() == [7.0, 50.5]
    assert found.p95_ms.tolist() == pytest.approx([7.0, 95.05])
