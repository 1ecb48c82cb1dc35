"""CPU time by group and endpoint, from stacks that a reader can count."""

import math

import pandas as pd
import pytest
from known_service import START, run_of, serve

from perfweek.bottlenecks.cpu import cpu_by_endpoint, cpu_wait
from perfweek.bottlenecks.groups import group_of
from perfweek.profiling.record import Profile, Slot
from perfweek.profiling.run import ProfileRun, Window

ASGI = ("run (uvicorn/server.py)", "run_asgi (uvicorn/protocols/http/h11_impl.py)")
LIST, ITEM = "list_things (api.py)", "read_thing (api.py)"
HANDLERS = {"list_things": "GET /things", "read_thing": "GET /things/{id}"}


@pytest.mark.parametrize(
    ("stack", "group"),
    [
        ((LIST, "rank (search.py)"), "own code"),
        ((LIST, "page (store.py)", "execute (sqlalchemy/engine/base.py)", "loads (json/__init__.py)"), "database"),
        ((LIST, "get (redis/client.py)", "dumps (json/__init__.py)"), "cache"),
        ((LIST, "get (shop/cache.py)"), "cache"),
        ((LIST, "as_json (answers.py)", "dumps (json/__init__.py)"), "serialisation"),
        ((LIST, "model_dump_json (pydantic/main.py)"), "serialisation"),
        ((*ASGI, "__call__ (starlette/routing.py)"), "own code"),
        ((*ASGI, "__call__ (starlette/routing.py)", "send (uvicorn/protocols/http/h11_impl.py)"), "server"),
        (("run (uvicorn/server.py)", "data_received (uvicorn/protocols/http/h11_impl.py)"), "server"),
        (("run (asyncio/runners.py)",), "server"),
        ((LIST, "rebuild_index (jsonschema_like.py)"), "own code"),
        ((LIST, "catch (databasement.py)"), "own code"),
    ],
)
def test_the_outermost_frame_that_tells_gives_the_group(stack, group):
    assert group_of(stack, {LIST: "GET /things"}) == group


def profile_of(windows):
    """`windows`: (stacks, requests served of GET /things and of GET /things/{id}, CPU seconds) each."""
    taken = []
    for place, (stacks, lists, items, cpu_s) in enumerate(windows):
        slot = Slot(True, START + place, START + place + 1, cpu_s, f"{place}.txt")
        taken.append(Window(slot, stacks, 0, pd.DataFrame(), {"GET /things": float(lists), "GET /things/{id}": float(items)}))
    about = Profile("py-spy", "0.4.2", "3.11", (), 100, "", "", "", tuple(window.slot for window in taken))
    empty = pd.DataFrame()
    return ProfileRun(about, tuple(taken), HANDLERS, empty, empty, "evidence/profile-monday/profile.json")


STACKS = {
    (LIST, "dumps (json/__init__.py)"): 40,
    (ITEM, "dumps (json/__init__.py)"): 10,
    (LIST, "execute (sqlalchemy/engine/base.py)"): 20,
    (*ASGI, "__call__ (starlette/routing.py)"): 20,
    ("run (asyncio/runners.py)",): 10,
}


def test_an_endpoint_pays_for_its_own_samples_and_its_share_of_the_common_ones():
    load = run_of(serve(1).requests)
    found = cpu_by_endpoint(profile_of([(STACKS, 10, 30, 0.4)] * 3), load)
    lists, items = found["GET /things"], found["GET /things/{id}"]
    # 100 samples stand for 400 ms: 4 ms each. Lists: 40 samples of serialisation over 10 requests, a quarter of 20 common ones.
    assert lists.ms["serialisation"].value == pytest.approx(16)
    assert lists.ms["own code"].value == pytest.approx(2)
    assert items.ms["serialisation"].value == pytest.approx(4 / 3)
    assert items.ms["own code"].value == pytest.approx(2)
    assert (lists.ms["cache"].value, lists.ms["cache"].high) == (0, pytest.approx(3 * 4 / 30))  # three samples of 4 ms over 30 requests
    assert "database" not in lists.ms


def test_windows_that_differ_give_an_interval():
    other = {**STACKS, (LIST, "dumps (json/__init__.py)"): 60}
    found = cpu_by_endpoint(profile_of([(STACKS, 10, 30, 0.4), (other, 10, 30, 0.48)] * 3), run_of(serve(1).requests))
    one = found["GET /things"].ms["serialisation"]
    assert 16 < one.value < 24 and one.low < one.value < one.high


def test_without_handlers_nothing_is_said():
    profile = profile_of([(STACKS, 10, 30, 0.4)] * 3)
    silent = ProfileRun(profile.profile, profile.windows, {}, profile.requests, profile.process, profile.source)
    assert cpu_by_endpoint(silent, run_of(serve(1).requests)) == {}


def test_waiting_for_a_cpu_is_what_the_run_queues_say_for_each_second_of_cpu():
    load = run_of(serve(1).requests)
    seconds = [0, 0.5, 1, 2, 3, 4]
    process = pd.DataFrame({"epoch_s": [START + at for at in seconds], "cpu_s": [2.0 * at for at in seconds], "wait_s": [0, math.nan, 3, 6, 9, 12]})
    watched = run_of(load.results.requests)
    object.__setattr__(watched, "process", process)
    found = cpu_wait(watched)
    assert (found.value, found.low, found.high) == (1.5, 1.5, 1.5)
    assert math.isnan(cpu_wait(load).value)
