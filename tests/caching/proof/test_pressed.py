"""Tiers that must evict, against a real server."""

import numpy as np
import pytest
from logs import logged

from perfweek.caching.logged import Logged
from perfweek.caching.proof.pressed import MEAN_BYTES, MOST_BYTES, press, synthetic_trace
from perfweek.caching.proof.sentences import pressed_sentence
from perfweek.exhibit import Listing, Sentence
from perfweek.thursday.proof import pressed
from perfweek.week import Week


@pytest.fixture
def log() -> Logged:
    chosen = np.minimum(np.random.default_rng(1).zipf(1.2, 900), 300)
    return logged([{"key": f"item:{key}", "bytes": 500 + 37 * int(key % 90)} for key in chosen])


def test_a_synthetic_trace_keeps_the_popularity_and_the_unequal_sizes_of_the_log(log: Logged) -> None:
    keys, sizes = synthetic_trace(log, 50_000)
    most = log.reads["key"].value_counts()
    copies = round(3000 / len(most))
    top = np.bincount(keys).reshape(-1, copies).sum(axis=1).max() / keys.size
    assert top == pytest.approx(most.iloc[0] / most.sum(), abs=0.01)
    assert np.unique(keys, return_index=True)[1].size > 2000
    assert sizes.max() <= MOST_BYTES
    assert sizes[np.unique(keys, return_index=True)[1]].mean() == pytest.approx(MEAN_BYTES, rel=0.05)
    assert sizes.max() / sizes.min() > 5


def test_a_server_that_must_evict_answers_what_is_predicted_within_two_points_at_three_sizes(require_program, log: Logged) -> None:
    require_program("redis-server")
    """Two points, and what the measured ratio of so few reads may be off by chance."""
    found = press(*synthetic_trace(log, 20_000))
    assert len(found) == 3
    assert all(one.evicted > 500 for one in found), found
    assert all(abs(one.difference) < 0.02 + (one.interval.high - one.interval.low) / 2 for one in found), found
    assert all(abs(one.process_predicted - one.process_measured) < 0.02 for one in found), found
    assert found[0].measured < found[1].measured < found[2].measured
    assert "points" in pressed_sentence(found)


def test_the_week_keeps_it_as_evidence_and_says_where_there_is_no_server(require_program, log: Logged, tmp_path, monkeypatch) -> None:
    require_program("redis-server")
    week = Week.open("2026-W48", tmp_path)
    shown = pressed(week, log)
    assert [type(one) for one in shown] == [Sentence, Listing]
    assert shown[1].source == "evidence/cache-pressed/pressed.json"
    assert pressed(week, log)[1].table.equals(shown[1].table)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert pressed(week, log) == [Sentence("Not checked: no redis-server on PATH.")]
