"""The pool's size for a history, its configuration file and its design note."""

import tomllib

import numpy as np
import pandas as pd
import pytest
from warehouse.advisers.materials import material_of
from warehouse.conftest import history_row

from perfweek.warehouse.advisers.pool import advise
from perfweek.warehouse.sizing.pool_files import pool_note, pool_toml, write_pool
from perfweek.warehouse.sizing.pool_study import LEAST_TIMEOUT_S, pool_study
from perfweek.week import Week


def bursts(at_once, number=30, took_s=1.0, size=None):
    """Every 20 s so many statements arrive together and take a second each."""
    starts = np.repeat(20.0 * np.arange(number), at_once)
    columns = {"user_name": "SERVICE", "request_id": None, "session_id": np.arange(len(starts)) % at_once, "start_time": starts}
    columns |= {"elapsed_ms": 1000 * took_s, "execution_ms": np.nan, "queued_ms": np.nan, "warehouse_name": "W", "warehouse_size": size}
    columns |= {"warehouse_type": "STANDARD", "cluster_number": 1, "text_key": "t", "reads": 1, "spilled": 0}
    return pd.DataFrame(columns)


def test_bursts_of_eight_need_eight_connections_though_less_than_one_is_busy_on_average():
    found = pool_study(bursts(8))
    assert (found.size, found.at_once, found.overflow) == (8, 8, 0)
    assert found.mean.value == found.p95.value == 0
    half = next(row for row in found.sizes if row.size == 4)
    assert half.mean_s == 0.5
    assert half.erlang_c_s < 0.01
    assert found.timeout_s == LEAST_TIMEOUT_S


def test_the_configuration_can_be_read_and_holds_the_sizes():
    found = pool_study(bursts(8), most_wait_s=1.0)
    settings = tomllib.loads(pool_toml(found))
    assert found.size == 4
    assert settings["sqlalchemy"] | {"pool_pre_ping": None} == {
        "pool_size": 4,
        "max_overflow": 4,
        "pool_timeout": 2,
        "pool_recycle": 3600,
        "pool_pre_ping": None,
        "pool_use_lifo": True,
    }
    assert settings["connector"]["session_parameters"]["USE_CACHED_RESULT"] is True


def test_the_note_says_how_many_how_much_wait_and_what_it_does_not_know(tmp_path):
    found = pool_study(bursts(8))
    note = pool_note(found)
    for words in ("**8 connections**", "Erlang C", "Overflow", "Timeout", "Recycling", "By tenant", "not in its history", "cannot be told here"):
        assert words in note
    files = write_pool(Week.open("2026-W48", tmp_path), found)
    assert [file.name for file in files] == ["pool.toml", "pool.md"]
    assert write_pool(Week.open("2026-W48", tmp_path), None) == []


def test_a_client_with_a_warehouse_of_its_own_gets_both_queues_replayed_together():
    """16 at once on a warehouse with 8 slots: with 16 connections all share it for a second, with 8 half of them wait outside for half of one."""
    found = pool_study(bursts(16, size="Small"))
    rows = {row.size: row for row in found.coupled}
    assert rows[16].pool_s == 0
    assert rows[16].warehouse_s == pytest.approx(1.0)
    assert rows[8].pool_s == pytest.approx(0.25)
    assert rows[8].warehouse_s == pytest.approx(0.5)
    assert "no remedy" in pool_note(found)
    others = pd.concat([bursts(16, size="Small"), bursts(8, size="Small").assign(user_name="OTHER", elapsed_ms=9000)])
    assert pool_study(others).coupled == ()


def test_no_statement_no_pool():
    assert pool_study(bursts(2).head(0)) is None


def test_a_service_that_needs_more_than_the_usual_pool_is_told_so_unless_its_warehouse_would_make_it_wait_instead():
    def history(at_once, size):
        rows = [history_row(20 * n, query_id=f"q{n}-{k}", query_tag="", user_name="S") for n in range(8) for k in range(at_once)]
        return material_of({"query_history": [row | {"total_elapsed_time": 1000.0, "warehouse_size": size} for row in rows]})

    (finding,) = advise(history(20, "16 threads"))
    assert "19 connections" in finding.title  # with 19 one of twenty waits: less than one in twenty
    assert finding.low == 0
    assert finding.likely == pytest.approx(8 * 5 - 8)  # with 15 five wait a second each time, with 19 one
    assert advise(history(4, "16 threads")) == []
    assert advise(history(20, "X-Small")) == []
