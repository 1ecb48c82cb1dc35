"""Several histories, each of another size, are read as one; the sections of the report say what can be told and what cannot."""

import json

import numpy as np
import pandas as pd
from typer.testing import CliRunner
from warehouse.advisers.materials import material_of
from warehouse.conftest import hand_made_history

from perfweek.cli import app
from perfweek.exhibit import Listing, Picture, Sentence
from perfweek.target import Target, Warehouse
from perfweek.warehouse.sizing.histories import scaling
from perfweek.wednesday.asynchronous import asynchronous, take_ways, write_example
from perfweek.wednesday.pool import pool, write_pool_files
from perfweek.wednesday.result_cache import result_cache
from perfweek.wednesday.sizing import sizing, suspending
from perfweek.week import Week

NAMES = {2: "Small", 4: "Medium", 8: "Large"}
SECTIONS = (sizing, suspending, pool, result_cache, lambda material, source: asynchronous(material, None, source))


def benchmark_history(shared_data, rate):
    """One run of the Cloud Analytics Benchmark in the columns of QUERY_HISTORY."""
    rows = pd.read_csv(shared_data / f"warehouse/cab/snowflake_shared_1h_{rate}s_1tb/all.csv", skipinitialspace=True)
    reached = pd.to_datetime(rows["start"] + rows["query_duration_with_queue"] - rows["query_duration"], unit="ms", utc=True)
    columns = {"query_id": [f"{rate}-{place}" for place in range(len(rows))], "query_text": "select c" + rows["query_id"].astype(str) + " from t"}
    columns |= {"query_type": "SELECT", "start_time": reached, "end_time": reached + pd.to_timedelta(rows["query_duration"], unit="ms")}
    columns |= {"execution_time": rows["query_duration"].astype(float), "total_elapsed_time": rows["query_duration"].astype(float)}
    columns |= {"warehouse_name": "CAB", "warehouse_size": NAMES[rate], "warehouse_type": "STANDARD", "session_id": rows["query_stream_id"]}
    return pd.DataFrame(columns | {"user_name": "T" + rows["query_stream_id"].astype(str), "execution_status": "SUCCESS"})


def written(shared_data, folder, rates, every=1):
    paths = [folder / f"{rate}.parquet" for rate in rates]
    for path, rate in zip(paths, rates, strict=True):
        benchmark_history(shared_data, rate).iloc[::every].to_parquet(path)
    return [str(path) for path in paths]


def test_a_history_a_size_gives_the_curves_of_all_sizes_and_forecasts_beyond_them(shared_data, tmp_path):
    found = scaling(written(shared_data, tmp_path, (2, 4)))
    assert [run.size for run in found.runs] == ["Small", "Medium"]
    assert [round(total.gain, 2) for total in found.totals] == [5.26]
    assert found.now.size == "Small"  # the later of the two
    assert [one.size for one in found.others] == ["X-Small", "Medium", "Large"]


def asked(*arguments):
    return CliRunner().invoke(app, ["history", *arguments])


def test_the_same_on_the_command_line(shared_data, tmp_path):
    printed = asked(*written(shared_data, tmp_path, (2, 4, 8), every=10), "--sizes").stdout
    assert "from Small to Medium statements took" in printed
    assert "X-Large (beyond what was seen)" in printed
    assert "of 20 templates" in printed  # three have too few statements left
    assert "median there, s" in printed


def test_scripts_get_the_totals_the_steps_and_the_medians_of_a_size_that_was_not_given(shared_data, tmp_path):
    """Large from Small and Medium: each median with its range, as the benchmark then measured it for at least 20 of 23 templates."""
    given = written(shared_data, tmp_path, (2, 4))
    found = json.loads(asked(*given, "--sizes", "--at", "large", "--json").stdout)
    assert [(one["size"], one["statements"]) for one in found["sizes"]] == [("Small", 5508), ("Medium", 5508)]
    assert [round(one["times_as_fast"], 2) for one in found["totals"]] == [5.26]
    assert {one["verdict"] for one in found["steps"]} <= {"faster", "slower", "same", "cannot tell"}
    (forecast,) = found["forecasts"]
    assert (forecast["size"], forecast["credits_per_hour"], forecast["known"]) == ("Large", 8.0, "beyond")
    medians = [row for row in forecast["templates"] if row["template"] != "rarer templates"]
    assert len(medians) == 23
    assert all(row["low"] <= row["likely"] <= row["high"] for row in medians)


def test_a_size_that_snowflake_does_not_have_and_a_missing_history_are_refused(shared_data, tmp_path):
    given = written(shared_data, tmp_path, (2,), every=100)
    assert "no standard warehouse of this size" in str(asked(*given, "--at", "Huge").exception)
    assert "no such query history" in str(asked("nowhere.csv", "--sizes").exception)
    assert "how its statements scale shows at two" in asked(*given, "--sizes").stdout
    assert json.loads(asked(*given, "--sizes", "--json").stdout)["forecasts"] == []


def test_every_section_says_something_of_a_small_history_and_its_pictures_can_be_drawn(tmp_path):
    material = material_of({"query_history": hand_made_history()})
    for section in SECTIONS:
        shown = section(material, "evidence/x.parquet")
        assert isinstance(shown[0], Sentence)
        assert shown[0].text
        for exhibit in shown:
            if isinstance(exhibit, Picture):
                exhibit.figure.savefig(tmp_path / "figure.svg")
                assert exhibit.alt
                assert exhibit.note
            if isinstance(exhibit, Listing):
                assert len(exhibit.table) <= 50


def test_a_warehouse_of_several_sizes_is_shown_with_its_curves(shared_data, tmp_path):
    rows = pd.concat([benchmark_history(shared_data, rate).iloc[::10] for rate in NAMES]).replace({np.nan: None})
    material = material_of({"query_history": rows.to_dict("records")})
    said, ahead, picture, steps, forecasts = sizing(material, "evidence/x.parquet")
    assert "from Medium to Large" in said.text
    assert "X-Large (beyond what was seen)" in ahead.text
    picture.figure.savefig(tmp_path / "figure.svg")
    assert set(steps.table["verdict"]) <= {"faster", "slower", "same", "cannot tell"}
    assert list(forecasts.table["size"]) == ["X-Small", "Small", "Medium", "X-Large"]


def test_the_example_is_written_for_a_person_to_take_and_an_export_has_nothing_to_measure_on(tmp_path):
    week = Week.open("2026-W48", tmp_path)
    path = write_example(week)
    assert path == week.artifacts / "wednesday" / "async_example.py"
    compile(path.read_text(), str(path), "exec")
    assert [one.name for one in write_pool_files(week, material_of({"query_history": hand_made_history()}))] == ["pool.toml", "pool.md"]
    assert take_ways(week, Target(warehouse=Warehouse(history="h.csv"))) is None
