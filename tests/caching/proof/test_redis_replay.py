import numpy as np
from logs import logged

from perfweek.caching.engine.lru import Numbered
from perfweek.caching.engine.requests import Requests
from perfweek.caching.proof.redis_replay import replay_against_server
from perfweek.caching.proof.sentences import replay_sentence
from perfweek.exhibit import Listing, Picture, Sentence
from perfweek.thursday.proof import eviction
from perfweek.week import Week


def test_a_real_server_under_a_real_trace_misses_what_is_predicted_within_two_points(require_program, real_trace):
    require_program("redis-server")
    keys = Numbered.of(Requests.of(real_trace("twitter_cluster52_1m")["key"].to_numpy()[:40_000])).ids.astype(np.int64)
    found = replay_against_server(keys)
    assert [one.requests for one in found] == [40_000] * 3
    assert all(abs(one.predicted - one.measured) < 0.02 for one in found), found
    assert abs(found[0].predicted - found[0].measured) < abs(found[0].exact_lru - found[0].measured)  # taking it for an exact LRU is worse
    assert "within 2 points" in replay_sentence(found)


def test_the_log_of_the_week_is_replayed_once_and_shown(require_program, tmp_path):
    require_program("redis-server")
    chosen = np.minimum(np.random.default_rng(1).zipf(1.3, 600), 200)
    week, log = Week.open("2026-W48", tmp_path), logged([{"key": f"item:{key}"} for key in chosen])
    shown = eviction(week, log)
    assert [type(one) for one in shown] == [Sentence, Picture, Listing]
    assert shown[2].source == "evidence/cache-redis/replay.json"
    assert eviction(week, log)[2].table.equals(shown[2].table)


def test_without_a_server_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert eviction(Week.open("2026-W48", tmp_path), logged([{"key": "a"}] * 100)) == [Sentence("Not checked: no redis-server on PATH.")]
