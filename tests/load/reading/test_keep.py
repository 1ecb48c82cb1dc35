"""The copy that is kept as Parquet gives what the files gave, and is not used for other files."""

import os

import pandas as pd
import pytest
from small_k6 import START_US, request, row, save

from perfweek.load.reading.keep import keep_parquet, kept_samples, result_files
from perfweek.load.reading.look import look_at
from perfweek.load.reading.read import read_samples
from perfweek.load.reading.results import read_results, results_of
from perfweek.load.reading.samples import KEPT


@pytest.fixture
def folder(tmp_path):
    rows = [request(START_US + place, 10 + place, name=f"GET /{place % 2}") for place in range(50)]
    rows += [row(metric_name="iterations", metric_value="1.0"), row(metric_name="dropped_iterations", metric_value="2.0")]
    rows += [row(metric_name="checks", metric_value="1.0", check="ok"), row(metric_name="own", metric_value="4.5")]
    save(tmp_path, *rows, name="k6.csv.gz", tail=b"http_req_dur")
    (tmp_path / "k6_summary.json").write_text('{"metrics": {"http_reqs": {"count": 50}}}')
    return tmp_path


def test_what_is_kept_is_what_was_read(folder):
    paths = result_files(folder)
    assert [path.name for path in paths] == ["k6.csv.gz"]
    before = results_of(read_samples(paths))
    keep_parquet(folder)
    kept = kept_samples(paths)
    assert kept is not None
    after = results_of(kept)
    pd.testing.assert_frame_equal(after.requests, before.requests)
    pd.testing.assert_frame_equal(after.iterations, before.iterations)
    assert (after.counted, after.checks, after.audit) == (before.counted, before.checks, before.audit)
    assert after.values["own"].tolist() == [4.5]
    assert (after.rows, after.damaged, after.first_damage) == (454, 1, "k6.csv.gz: line 456 has 1 of 19 columns")


def test_a_second_look_does_not_open_the_files(folder):
    (path,) = result_files(folder)
    keep_parquet(folder)
    size, times = path.stat().st_size, (path.stat().st_atime_ns, path.stat().st_mtime_ns)
    path.write_bytes(b"\0" * size)
    os.utime(path, ns=times)
    assert len(read_results([path]).requests) == len(look_at([path]).endpoints) * 25 == 50


def test_a_file_that_was_touched_but_not_changed_is_known_by_its_hash(folder):
    (path,) = result_files(folder)
    keep_parquet(folder)
    os.utime(path, ns=(1, 1))
    assert kept_samples([path]) is not None


def test_a_changed_file_is_read_again(folder):
    (path,) = result_files(folder)
    keep_parquet(folder)
    save(folder, request(), name="k6.csv.gz")
    assert kept_samples([path]) is None
    assert len(read_results([path]).requests) == 1


def test_another_set_of_files_is_read_again(folder):
    keep_parquet(folder)
    other = save(folder, request(), name="other.csv")
    assert kept_samples([*result_files(folder), other]) is None


@pytest.mark.parametrize("content", [b"", b"PAR1 and nothing else", None])
def test_a_damaged_copy_is_as_good_as_none(folder, content):
    kept = keep_parquet(folder)
    kept.write_bytes(kept.read_bytes()[:-40] if content is None else content)
    assert kept.name == KEPT
    assert kept_samples(result_files(folder)) is None
    assert len(read_results(result_files(folder)).requests) == 50
