"""Curves of a part of the reads: shares of one cache that add up, and what a cache of its own would do."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from perfweek import evidence
from perfweek.caching import groups
from perfweek.caching.measure import read_trace
from perfweek.caching.study import Study
from perfweek.caching.trace import Trace
from perfweek.exhibit import Listing, Picture, Sentence
from perfweek.target import Cache, Target
from perfweek.thursday import curves
from perfweek.week import Week


def study_of(keys: list[str], **columns: object) -> Study:
    frame = pd.DataFrame({"time": np.arange(len(keys), dtype=float), "route": "GET /a", "key": keys, "bytes": 10, "tier": "none", "write": False})
    return Study(Trace(frame.assign(**columns), 0, "evidence/load-monday/access_log.ndjson"))


def test_the_misses_of_the_groups_add_up_to_those_of_the_whole_at_every_size() -> None:
    keys = [str(key) for key in np.random.default_rng(1).zipf(1.2, 2000) % 300]
    study = study_of(keys, route=np.where(np.arange(2000) % 3 == 0, "GET /a", "GET /b"))
    for found in (groups.by_route(study), groups.by_window(study)):
        for size in (1, 10, 100, 300):
            assert sum(one.curve.requests * one.curve.miss_ratio(size) for one in found) == pytest.approx(2000 * study.curve.miss_ratio(size))


def test_a_tenant_that_others_push_out_would_be_better_off_with_a_cache_of_its_own() -> None:
    keys = [name for turn in range(100) for name in ("mine", f"once-{turn}", f"once-too-{turn}")]  # two other keys between each two reads of mine
    study = study_of(keys, tenant=["small" if name == "mine" else "large" for name in keys])
    small = next(one for one in groups.by_tenant(study) if one.name == "small")
    assert (small.curve.miss_ratio(2), small.curve.miss_ratio(3), small.own.miss_ratio(1)) == pytest.approx((1, 0.01, 0.01))
    assert "A cache of its own of that size would answer 5 points more for small" in groups.groups_sentence("tenants", groups.by_tenant(study), 2)


def test_the_first_window_of_a_trace_that_repeats_itself_has_all_first_reads() -> None:
    first, *later = groups.by_window(study_of([str(key) for key in range(25)] * 4))
    assert (first.name, first.curve.floor) == ("0 to 25 s", 1)
    assert [one.curve.floor for one in later] == [0, 0, 0]


def test_more_routes_than_stand_alone_stand_together() -> None:
    found = groups.by_route(study_of([str(key % 40) for key in range(400)], route=[f"GET /{key % 20}" for key in range(400)]))
    assert [len(found), found[-1].name, found[-1].curve.requests] == [groups.MOST + 1, groups.OTHERS, 240]


@pytest.mark.parametrize("columns", [{}, {"tenant": ""}])
def test_a_log_without_tenants_says_so(columns: dict[str, str]) -> None:
    shown = curves.by_group(study_of([str(key % 7) for key in range(200)], **columns))
    assert Sentence(groups.NO_TENANTS) in shown
    assert [one.caption for one in shown if isinstance(one, Listing)] == ["Misses by route", "Misses by window of time"]


@pytest.mark.parametrize(("tenant", "told"), [("north", True), (7, False)])
def test_tenants_that_a_log_tells_as_text_are_read_and_others_cost_no_line(tmp_path: Path, write_log, tenant: object, told: bool) -> None:
    records = [{"key": f"item:{place % 9}", **({"tenant": tenant} if place % 2 else {})} for place in range(120)]
    log = write_log(tmp_path / "access_log.ndjson", records)
    week = Week.open("2026-W48", tmp_path / "weeks")
    evidence.collect(week, "load-monday", {}, lambda folder: (folder / "run.json").write_text("{}"))
    study = Study(read_trace(week, Target(cache=Cache(log=str(log)), root=tmp_path)))
    assert study.curve.requests == 120
    assert {one.name for one in groups.by_tenant(study)} == ({"north", "none told"} if told else set())
    assert sum(isinstance(one, Picture) for one in curves.by_group(study)) == 2 + told
