"""Predictions held against real caches."""

from perfweek.caching.logged import Logged
from perfweek.caching.proof import figures, sentences, tables
from perfweek.caching.proof.redis_replay import measure_replay
from perfweek.caching.proof.server import ABSENT, there_is_a_server
from perfweek.exhibit import Listing, Picture, Section, Sentence
from perfweek.week import Week


def eviction(week: Week, logged: Logged) -> Section:
    """The log against a real redis-server under maxmemory, beside the model of its eviction; says so where there is no server."""
    if logged.too_short:
        return [Sentence(logged.too_short)]
    if not there_is_a_server():
        return [Sentence(ABSENT)]
    found, source = measure_replay(week, logged)
    said, note = sentences.replay_sentence(found), sentences.replay_note(found)
    return [
        Sentence(said),
        Picture(figures.replay_figure(found), said, note, source),
        Listing(tables.replay_table(found), "A real redis-server and its model", source, tables.REPLAY_FORMATS, note),
    ]
