"""The comparison of readers: its files are k6 results, and each tool can answer on them."""

import sys

import pytest

from perfweek.load.bench import PEERS, made, measure
from perfweek.load.reading.read import read_samples


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_the_files_that_are_compared_on_are_k6_results(tmp_path, kind):
    path = made(tmp_path, kind, 900)
    samples = read_samples([path])
    assert (len(samples.tag), samples.files[0].kind, samples.files[0].rows, samples.files[0].lost) == (100, kind, 900, 0)
    assert sorted(set(samples.labels("name"))) == ["item", "list", "report", "search"]
    assert made(tmp_path, kind, 900) == path


@pytest.mark.parametrize("tool", sorted(PEERS))
@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_peer_answers_on_them(tmp_path, capfd, tool, kind):
    pytest.importorskip(tool)
    PEERS[tool][kind](str(made(tmp_path, kind, 900)))
    assert "http_req_" in capfd.readouterr().out


def test_a_process_is_measured(tmp_path):
    cost = measure([sys.executable, "-c", "sum(range(3_000_000)); b'x' * 30_000_000"])
    assert cost.wall_s > 0
    assert cost.cpu_s > 0
    assert cost.peak_mib > 30
    with pytest.raises(RuntimeError, match="ended with 3"):
        measure([sys.executable, "-c", "raise SystemExit(3)"])
