"""Simulated layouts against the truth: the same rows really stored in that order, the same statements really run."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from perfweek.warehouse.clustering.keys import Key
from perfweek.warehouse.clustering.layouts import Sample, lay_out
from perfweek.warehouse.codes import codes_of
from perfweek.warehouse.conditions import All, Range, Restriction, Some, Within
from perfweek.warehouse.embedded import EmbeddedWarehouse

GROUP, GROUPS = 2048, 60
ROWS = GROUP * GROUPS
WORDS = ["amber", "blue", "cyan", "denim"]


def catalogue(seed=1):
    """Rows in random order: number and time rise together, word and size do not depend on them."""
    random = np.random.default_rng(seed)
    number = random.permutation(ROWS)
    return pd.DataFrame(
        {
            "number": number,
            "made": pd.Timestamp("2026-01-01") + pd.to_timedelta(number * 60, unit="s"),
            "word": np.array(WORDS)[random.integers(0, 4, ROWS)],
            "size": random.integers(0, 1_000_000, ROWS),
        }
    )


def sampled(frame, share, partitions=GROUPS):
    rows = frame.sample(frac=share, random_state=2) if share < 1 else frame
    bounds = {name: (frame[name].min(), frame[name].max()) for name in ("number", "made", "size")}
    return Sample.of(rows.reset_index(drop=True), bounds, share, partitions)


def scanned(sample, keys, restriction):
    return lay_out(sample, keys).scanned(sample.question(restriction))


def within(column, low, high):
    return Restriction(Within(column, Range(low, high)))


def every(*restrictions):
    return Restriction(All(tuple(one.condition for one in restrictions)))


ASKED = {
    "one number": within("number", 70_000.0, 70_000.0),
    "a day": within("made", "2026-02-10 00:00:00", "2026-02-10 23:59:59"),
    "a word": within("word", "blue", "blue"),
    "a word of a day": every(within("word", "cyan", "cyan"), within("made", "2026-02-10 00:00:00", "2026-02-10 23:59:59")),
    "sizes at the lower end": within("size", 0.0, 1000.0),
}


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    """Row groups scanned by each question, by the order in which the rows are really stored."""
    folder = tmp_path_factory.mktemp("layouts")
    catalogue().to_parquet(folder / "rows.parquet")
    found = {}
    for order in ("number", "word, made", "size"):
        database, history = folder / f"{order}.duckdb", folder / f"{order}.ndjson"
        with EmbeddedWarehouse(database) as warehouse:
            warehouse._engine.execute(f"detach embedded; attach '{database}' as embedded (row_group_size {GROUP})")
            warehouse.query(f"create table rows as select * from '{folder / 'rows.parquet'}' order by {order}")
        with EmbeddedWarehouse(database, history, read_only=True) as warehouse:
            for restriction in ASKED.values():
                where = " and ".join(
                    f"{column} between {literal(wanted.low)} and {literal(wanted.high)}" for column, wanted in restriction.ranges.items()
                )
                warehouse.query(f"select count(number), count(made), count(word), count(size) from rows where {where}")
        rows = [json.loads(line) for line in history.read_text().splitlines()]
        assert {row["partitions_total"] for row in rows} == {GROUPS}
        found[order] = dict(zip(ASKED, (row["partitions_scanned"] for row in rows), strict=True))
    return found


def literal(value):
    return f"'{value}'" if isinstance(value, str) else str(value)


KEYS = {"number": (Key("number"),), "word, made": (Key("word"), Key("made")), "size": (Key("size"),)}


@pytest.mark.parametrize("order", KEYS)
@pytest.mark.parametrize("name", ASKED)
def test_the_whole_table_gives_what_the_engine_really_scans(truth, order, name):
    assert scanned(sampled(catalogue(), 1.0), KEYS[order], ASKED[name]) == (truth[order][name],) * 3


@pytest.mark.parametrize("order", KEYS)
@pytest.mark.parametrize("name", ASKED)
def test_the_range_of_a_tenth_of_the_rows_holds_what_the_engine_really_scans(truth, order, name):
    low, likely, high = scanned(sampled(catalogue(), 0.1), KEYS[order], ASKED[name])
    assert low <= likely <= high
    assert max(1, low) <= truth[order][name] + 1
    assert high >= truth[order][name] - 0.05 * GROUPS


def test_ends_that_were_not_moved_out_flatter_a_column_that_the_order_does_not_sort():
    """Sizes are spread over every partition, so a range at their lower end is in all of them; a 3 % sample does not know."""
    low, likely, high = scanned(sampled(catalogue(), 0.03), KEYS["number"], within("size", 0.0, 500.0))
    assert low < 0.2 * GROUPS
    assert low < likely < high
    assert high > 0.8 * GROUPS


def test_ends_stay_within_the_table():
    """Nothing is larger than the largest value, however far an end is moved out."""
    assert scanned(sampled(catalogue(), 0.1), KEYS["number"], within("size", 1_000_001.0, 2_000_000.0)) == (0, 0, 0)


def test_a_limit_in_the_order_of_the_key_needs_the_first_partitions_only():
    asked = Restriction(order="number", descending=True, limit=50)
    low, likely, high = scanned(sampled(catalogue(), 0.1), KEYS["number"], asked)
    assert (low, high) == (1, GROUPS)
    assert likely == pytest.approx(GROUPS**0.5, rel=0.5)
    sample = sampled(catalogue(), 0.1)
    assert lay_out(sample, KEYS["number"]).scanned(sample.question(asked), stops=True)[1] == 1


def test_a_limit_in_another_order_may_need_every_partition():
    low, _, high = scanned(sampled(catalogue(), 0.1), KEYS["size"], Restriction(order="number", descending=True, limit=50_000))
    assert low == high == GROUPS


def test_a_limit_that_is_never_reached_is_a_scan_by_the_where():
    asked = replace(every(within("word", "blue", "blue"), within("made", "2026-02-10 00:00:00", None)), order="made", limit=ROWS)
    assert scanned(sampled(catalogue(), 1.0), KEYS["number"], asked)[0] > 1


def test_the_day_of_a_time_leaves_the_second_part_something_to_order():
    """1,440 rows a day and 2,048 a partition: within a day the words are in order, within a second nothing is left to order."""
    sample = sampled(catalogue(), 1.0)
    asked = every(within("word", "amber", "amber"), within("made", "2026-02-01 00:00:00", "2026-02-20 23:59:59"))
    assert scanned(sample, (Key("made", "day"), Key("word")), asked)[1] <= scanned(sample, (Key("made"), Key("word")), asked)[1]


def test_what_cannot_match_scans_nothing():
    assert scanned(sampled(catalogue(), 0.1), KEYS["number"], Restriction(Some())) == (0, 0, 0)


def test_few_sampled_rows_are_cut_into_fewer_partitions():
    assert sampled(catalogue(), 0.001).partitions == ROWS // 1000 // 16


def test_columns_of_nulls_match_no_comparison():
    frame = pd.DataFrame({"a": [1.0, 2.0, None, None] * 16, "b": ["x", None, None, None] * 16})
    sample = Sample.of(frame, {}, 1.0, 4)
    assert scanned(sample, (Key("a"),), within("a", 1.0, 1.0))[0] == 1
    assert scanned(sample, (Key("a"),), within("b", "x", "x"))[0] >= 1


@pytest.mark.parametrize(
    ("values", "between"),
    [
        (["b", "d"], ("b", "c", "d")),
        ([10, 30], ("10", 20.0, "30")),
        (pd.to_datetime(["2026-01-01", "2026-03-01"]), ("2026-01-01", "2026-02-01", "2026-03-01")),
    ],
)
def test_a_constant_has_its_place_among_the_values(values, between):
    codes = codes_of(pd.Series(values))
    first, middle, last = (codes.of(value) for value in between)
    assert first == codes.values[0] < middle < codes.values[1] == last
