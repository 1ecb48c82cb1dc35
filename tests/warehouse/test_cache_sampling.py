"""The sample of an access log that stays in the warehouse: the same on both engines, and good for a curve."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import snowflake.connector

from perfweek.caching.engine.exact import exact_curve
from perfweek.caching.pushdown import EXTENT, SAMPLE, curve_of_samples, requests_of, sample_parameters
from perfweek.errors import ParameterError
from perfweek.warehouse.embedded import EmbeddedWarehouse
from perfweek.warehouse.interface import Warehouse
from perfweek.warehouse.sql import read_sql

EVER = {"since": 0.0, "until": 1e11}
ROWS = 2000


def log_rows() -> list[tuple[object, ...]]:
    """(time, request_id, key, method, status, bytes): 2,000 requests of some 900 keys, with quotes, other scripts, writes, failures and no keys."""
    random = np.random.default_rng(11)
    keys = [f"/assets?id={number}&name=O'Brien Zürich 東京 {number % 7}" for number in random.zipf(1.2, ROWS) % 900]
    rows: list[tuple[object, ...]] = []
    for place, key in enumerate(keys):
        method = "PUT" if place % 50 == 0 else "GET"
        rows.append((1.764e9 + place / 4, f"r{place:05}", "" if place % 97 == 0 else key, method, 500 if place % 41 == 0 else 200, 100 + place % 7))
    return rows


@pytest.fixture(scope="module")
def both_with_log(local_snowflake) -> Iterator[dict[str, Warehouse]]:
    columns = "time double, request_id varchar, key varchar, method varchar, status int, bytes int"
    with snowflake.connector.connect(**local_snowflake.options) as connection, connection.cursor() as cursor:
        cursor.execute("create database if not exists LOGS")
        cursor.execute("create schema if not exists LOGS.PUBLIC")
        cursor.execute(f"create or replace table LOGS.PUBLIC.access_log ({columns})")
        cursor.executemany("insert into LOGS.PUBLIC.access_log values (%s, %s, %s, %s, %s, %s)", log_rows())
    with EmbeddedWarehouse(Path(":memory:")) as embedded, local_snowflake.connect() as snowflake_:
        embedded.query(f"create table access_log ({columns})")
        for start in range(0, ROWS, 500):
            values = ", ".join(
                "(" + ", ".join(repr(v) if not isinstance(v, str) else "'" + v.replace("'", "''") + "'" for v in row) + ")"
                for row in log_rows()[start : start + 500]
            )
            embedded.query(f"insert into access_log values {values}")
        snowflake_.query("use schema LOGS.PUBLIC")
        yield {"embedded": embedded, "snowflake": snowflake_}


def test_both_engines_take_the_same_sample(both_with_log: dict[str, Warehouse]) -> None:
    for rate, salt in ((0.1, 0), (0.1, 1), (0.5, 2), (1.0, 0)):
        parameters = sample_parameters(rate, salt)
        embedded, other = (warehouse.query(read_sql(SAMPLE), parameters) for warehouse in both_with_log.values())
        assert embedded.num_rows > 0
        assert embedded.column_names == other.column_names == ["seconds", "key", "is_write", "bytes"]
        assert embedded.to_pylist() == other.to_pylist()


def test_both_engines_count_the_same(both_with_log: dict[str, Warehouse]) -> None:
    counted = [warehouse.query(read_sql(EXTENT), EVER).to_pylist() for warehouse in both_with_log.values()]
    seen = [row for row in log_rows() if row[2] and row[4] == 200]
    for (row,) in counted:
        assert (row["reads"], row["writes"]) == (sum(one[3] == "GET" for one in seen), sum(one[3] == "PUT" for one in seen))
        assert row["keys"] == pytest.approx(len({one[2] for one in seen}), rel=0.2)
        assert (row["first_seconds"], row["last_seconds"]) == (seen[0][0], seen[-1][0])


def test_all_requests_of_a_key_are_in_the_sample_or_none_and_the_share_of_keys_is_the_rate(both_with_log: dict[str, Warehouse]) -> None:
    warehouse = both_with_log["embedded"]
    whole = warehouse.query(read_sql(SAMPLE), sample_parameters(1, 0)).to_pandas()
    part = warehouse.query(read_sql(SAMPLE), sample_parameters(0.3, 0)).to_pandas()
    assert whole[whole["key"].isin(part["key"])].reset_index(drop=True).equals(part)
    assert part["key"].nunique() / whole["key"].nunique() == pytest.approx(0.3, abs=0.08)


def test_another_salt_takes_another_sample(both_with_log: dict[str, Warehouse]) -> None:
    keys = [set(both_with_log["embedded"].query(read_sql(SAMPLE), sample_parameters(0.3, salt))["key"].to_pylist()) for salt in (0, 1)]
    assert len(keys[0] & keys[1]) < 0.6 * len(keys[0])


def test_the_curve_of_the_samples_is_near_that_of_the_whole_log(both_with_log: dict[str, Warehouse]) -> None:
    warehouse = both_with_log["embedded"]
    whole = exact_curve(requests_of(warehouse.query(read_sql(SAMPLE), sample_parameters(1, 0))))
    (extent,) = warehouse.query(read_sql(EXTENT), EVER).to_pylist()
    found = curve_of_samples([warehouse.query(read_sql(SAMPLE), sample_parameters(0.5, salt)) for salt in range(5)], 0.5, extent["reads"])
    assert whole.requests == extent["reads"]
    for size in (200, 400, 800):
        assert found.miss_ratio(size).value == pytest.approx(whole.miss_ratio(size), abs=0.03)
    assert np.isnan(found.miss_ratio(199).value)
    exact = curve_of_samples([warehouse.query(read_sql(SAMPLE), sample_parameters(1, 0))], 1, extent["reads"])
    assert exact.miss_ratio(1).value == whole.miss_ratio(1)


def test_a_rate_that_is_no_share_is_refused() -> None:
    with pytest.raises(ParameterError, match="share of the keys"):
        sample_parameters(0, 0)


@pytest.mark.parametrize("name", [SAMPLE, EXTENT])
def test_the_first_comment_names_question_grain_parameters_and_columns(name: str) -> None:
    sql = read_sql(name)
    comment = " ".join(line.removeprefix("-- ") for line in sql.splitlines() if line.startswith("--"))
    for part in ("Question:", "Grain:", "Parameters:", "Columns:", "Latency of the view:"):
        assert part in comment
    for marker in set(re.findall(r"%\((\w+)\)s", sql)):
        assert re.search(rf"\b{marker}\b", comment.split("Parameters:")[1].split("Columns:")[0])
