"""Predictions held against real caches."""

from perfweek.caching.logged import Logged
from perfweek.caching.proof import figures, sentences, tables
from perfweek.caching.proof.pressed import measure_pressed
from perfweek.caching.proof.redis_replay import measure_replay
from perfweek.caching.proof.server import ABSENT, there_is_a_server
from perfweek.caching.proof.tiers import measure_tiers, why_not
from perfweek.exhibit import Listing, Picture, Section, Sentence
from perfweek.target import Target
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


def pressed(week: Week, logged: Logged) -> Section:
    """Caches in the process and a redis-server that must evict, under a synthetic trace made of the log; says so where there is no server."""
    if logged.too_short:
        return [Sentence(logged.too_short)]
    if not there_is_a_server():
        return [Sentence(ABSENT)]
    found, source = measure_pressed(week, logged)
    note = sentences.pressed_note(found)
    return [
        Sentence(sentences.pressed_sentence(found)),
        Listing(tables.pressed_table(found), "Two tiers that evict, measured and predicted (synthetic trace)", source, tables.PRESSED_FORMATS, note),
    ]


def own_tiers(week: Week, target: Target, logged: Logged) -> Section:
    """The service's own tiers at three sizes under k6, beside what is foretold; only where perfweek starts the bundled sample, else why not."""
    if logged.too_short:
        return [Sentence(logged.too_short)]
    if why := why_not(target) or ("" if there_is_a_server() else ABSENT):
        return [Sentence(why)]
    found, source = measure_tiers(week, target, logged)
    note = sentences.tiers_note(found)
    return [
        Sentence(sentences.tiers_sentence(found)),
        Listing(tables.tiers_table(found), "The service's own tiers, measured and predicted", source, tables.TIERS_FORMATS, note),
    ]
