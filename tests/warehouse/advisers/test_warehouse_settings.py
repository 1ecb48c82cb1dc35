"""Advice on a warehouse's settings: its size, when it suspends, query acceleration."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from warehouse.advisers.materials import material_of
from warehouse.generated_history import generate

from perfweek.errors import PerfweekError
from perfweek.warehouse.advisers import asynchronous, auto_suspend, pool, query_acceleration, result_cache, right_sizing
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.dialect import translate
from perfweek.warehouse.look import look_at
from perfweek.warehouse.sizing.laws import law
from perfweek.warehouse.sizing.sharing import elapsed_of
from perfweek.warehouse.sizing.suspend import Gaps, nearest
from perfweek.warehouse.source import history_of

BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
SIZES = {"Small": 2, "Medium": 4, "Large": 8}


def statement(number, start_s, took_s, size, **others):
    start = BEGIN + timedelta(seconds=float(start_s))
    return {
        "query_id": f"q{number}",
        "query_text": f"select a from t{number % 2}",
        "query_parameterized_hash": f"t{number % 2}",
        "query_type": "SELECT",
        "execution_status": "SUCCESS",
        "warehouse_name": "My Warehouse",
        "warehouse_size": size,
        "warehouse_type": "STANDARD",
        "user_name": "SERVICE",
        "session_id": 1,
        "start_time": start,
        "end_time": start + timedelta(seconds=float(took_s)),
        "execution_time": 1000.0 * took_s,
        "total_elapsed_time": 1000.0 * took_s,
        "bytes_scanned": 10,
    } | others


def history_at(sizes, b, alone_s, statements=400, seconds=2000):
    """An hour apart the same kind of stream at each size, whose speed follows the scaling law with that b."""
    random = np.random.default_rng(3)
    rows = []
    for hour, size in enumerate(sizes):
        starts = np.sort(random.uniform(0, seconds, statements))
        work = alone_s * random.lognormal(0, 0.2, statements) / law(SIZES[size], 0, b)
        for start, took in zip(starts, elapsed_of(starts, work, 8), strict=True):
            rows.append(statement(len(rows), 3600 * hour + start, took, size))
    return material_of({"query_history": rows})


def test_a_size_that_is_slower_and_dearer_is_left_for_the_cheaper_one():
    """b = 0.2: speed 1.43 at Small, 1.18 at Medium, so Small is both cheaper and faster; the warehouse ran as Medium last."""
    found = right_sizing.advise(history_at(["Small", "Medium"], 0.2, 2.0))
    assert [finding.unit for finding in found] == ["credits"]
    (finding,) = found
    assert "Small" in finding.title
    assert 0 < finding.low <= finding.likely <= finding.high
    assert finding.change.apply == ("alter warehouse \"My Warehouse\" set warehouse_size = 'SMALL'",)
    assert finding.change.rollback == ("alter warehouse \"My Warehouse\" set warehouse_size = 'MEDIUM'",)


def test_where_twice_the_size_is_twice_as_fast_the_faster_size_is_offered_for_its_seconds():
    found = right_sizing.advise(history_at(["Medium", "Small"], 0.0, 10.0))
    assert [finding.unit for finding in found] == ["s"]
    assert "Medium" in found[0].title
    assert "more for the same statements" in found[0].change.costs


def test_one_size_tells_nothing_about_another():
    assert right_sizing.advise(history_at(["Small"], 0.0, 2.0)) == []


@pytest.mark.parametrize("suspend_s", [120, 300, 600])
def test_the_time_to_suspend_is_found_again_from_the_metered_credits(suspend_s):
    truth = generate(5, (("MEDIUM", "STANDARD"),), statements=30, hours=8, suspend_ms=1000 * suspend_s)
    (found,) = auto_suspend.replayed(material_of(truth.views))
    assert found.now_s == suspend_s
    assert "metered" in found.source


def test_what_suspending_after_a_minute_saves_is_what_a_history_with_a_minute_was_billed_less():
    """The same statements, generated with 600 s and with 60 s to suspend; the last idle stretch, which nobody saw the end of, is left out."""
    slow, fast = (generate(7, (("MEDIUM", "STANDARD"),), statements=30, hours=10, suspend_ms=1000 * after) for after in (600, 60))
    metered = [sum(row["credits_used_compute"] for row in truth.views["warehouse_metering_history"]) for truth in (slow, fast)]
    (found,) = auto_suspend.replayed(material_of(slow.views))
    assert found.best.after_s == 60
    assert found.saved[1] == pytest.approx(metered[0] - metered[1] - 540 * 4 / 3600, rel=0.02)
    (finding,) = auto_suspend.advise(material_of(slow.views))
    assert finding.change.rollback == ("alter warehouse w0 set auto_suspend = 600",)
    assert finding.low <= finding.likely <= finding.high


def test_a_setting_that_can_be_read_is_what_the_rollback_restores():
    truth = generate(5, (("SMALL", "STANDARD"),), statements=30, hours=8)
    material = material_of(truth.views)
    answers = {**material.look.answers, "warehouses": pd.DataFrame([{"name": "W0", "auto_suspend": 900, "size": "Small"}])}
    (finding,) = auto_suspend.advise(replace(material, look=replace(material.look, answers=answers), _found={}))
    assert "as SHOW WAREHOUSES says" in finding.change.former
    assert finding.change.rollback == ("alter warehouse w0 set auto_suspend = 900",)
    assert finding.change.warning == ""


def test_without_settings_and_credits_the_default_is_assumed_and_nothing_is_promised():
    truth = generate(5, (("SMALL", "STANDARD"),), statements=30, hours=8)
    (finding,) = auto_suspend.advise(material_of({"query_history": truth.views["query_history"]}))
    assert finding.low == 0
    assert "assumed" in finding.evidence
    assert "not certain" in finding.change.warning


def test_each_start_is_billed_for_a_minute_at_least():
    """10 s of work, 200 s idle, 10 s of work, with 30 s to suspend: 40 s each, so a minute each."""
    gaps = Gaps.of(np.array([0.0, 210.0]), np.array([10.0, 220.0]))
    assert gaps.billed(30).on_s == 120
    assert gaps.billed(60).on_s == 140
    assert gaps.billed(300).on_s == 10 + 200 + 10 + 300
    assert nearest(gaps, 140) == 60


def test_acceleration_is_taken_from_snowflakes_own_view_where_it_is_granted():
    eligible = {"query_id": "q1", "start_time": BEGIN, "warehouse_name": "My Warehouse", "warehouse_size": "Small"}
    eligible |= {"eligible_query_acceleration_time": 30.0, "upper_limit_scale_factor": 2, "query_hash": "h"}
    (finding,) = query_acceleration.advise(material_of({"query_history": [statement(1, 0, 40, "Small")], "query_acceleration_eligible": [eligible]}))
    assert (finding.low, finding.likely, finding.high) == (0, 20, 30)
    assert "QUERY_ACCELERATION_ELIGIBLE" in finding.evidence
    assert "query_acceleration_max_scale_factor = 2" in finding.change.apply[0]


def test_without_that_view_a_rule_finds_candidates_and_says_that_it_is_one():
    rows = [statement(number, 100 * number, 12, "Small", bytes_scanned=2_000_000_000) for number in range(3)]
    spilled = statement(9, 900, 40, "Small", bytes_scanned=2_000_000_000, bytes_spilled_to_local_storage=1)
    (finding,) = query_acceleration.advise(material_of({"query_history": [*rows, spilled]}))
    assert "derived" in finding.evidence
    assert "3 SELECTs" in finding.evidence
    assert (finding.low, finding.likely, finding.high) == (0, 0, pytest.approx(6))
    assert query_acceleration.advise(material_of({"query_history": [spilled]})) == []


def test_every_script_of_a_hostile_name_stays_one_statement():
    hostile = 'x"; drop table t; --'
    rows = [statement(number, 100 * number, 12, "Small", bytes_scanned=2_000_000_000, warehouse_name=hostile) for number in range(30)]
    material = material_of({"query_history": rows})
    changes = [finding.change for advise in (auto_suspend.advise, query_acceleration.advise) for finding in advise(material)]
    assert len(changes) == 2
    for text in (text for change in changes for text in (*change.apply, *change.rollback)):
        assert '"x""; drop table t; --"' in text


@pytest.mark.parametrize("name", ["dynatrace_dsoa/query_history.ndjson", "dynatrace_dsoa/query_history_nested_sp.ndjson"])
def test_a_foreign_export_gets_no_advice_or_a_clear_message(shared_data, name):
    try:
        with history_of(str(shared_data / "warehouse" / name)) as (warehouse, since, _):
            material = material_of_look(look_at(warehouse, since))
    except PerfweekError as error:
        assert error.what
        return
    for advise in (right_sizing.advise, auto_suspend.advise, query_acceleration.advise):
        assert isinstance(advise(material), list)


def material_of_look(look):
    return Material(look, pd.DataFrame(), "export")


@pytest.mark.parametrize("engine", ["embedded", "snowflake"])
def test_every_adviser_of_settings_and_clients_judges_what_either_engine_answers(engine, both_with_history):
    look = look_at(both_with_history[engine])
    assert len(look.answers["executions"]) == 16
    assert (len(look.answers["warehouses"]) > 0) == (engine == "snowflake")
    material = material_of_look(look)
    found = [
        finding for one in (result_cache, right_sizing, auto_suspend, query_acceleration, pool, asynchronous) for finding in one.advise(material)
    ]
    assert {finding.adviser for finding in found} >= {"result cache", "query acceleration"}


def test_the_statements_of_the_verify_scripts_are_ones_that_the_dialect_knows():
    assert translate(right_sizing._verify("W")).kind == "SELECT"
    assert translate(auto_suspend._verify("W")).kind == "SELECT"


def test_another_size_predicts_the_95th_percentile_that_friday_will_look_for():
    (finding,) = right_sizing.advise(history_at(["Small", "Medium"], 0.2, 4.0))
    (predicted,) = finding.change.predictions
    assert predicted.labels == {"warehouse": "My Warehouse", "size": "Small"}
    assert predicted.expected_low <= predicted.expected <= predicted.expected_high < predicted.before
    assert predicted.id.partition(":")[0] == finding.adviser
