"""The parts of a key, and what each version of clustering sees of them."""

import numpy as np
import pandas as pd
import pytest

from perfweek.warehouse.clustering.candidates import coarser, distinct
from perfweek.warehouse.clustering.keys import Key, key_values, visible_bytes
from perfweek.warehouse.clustering.layouts import Sample, lay_out
from perfweek.warehouse.codes import codes_of
from perfweek.warehouse.conditions import Range, Restriction, Within

TIMES = pd.Series(pd.to_datetime(["2026-01-31 23:59", "2026-02-01 00:00", "2026-02-01 00:59", "2026-02-01 01:00", None]))
WORDS = pd.Series(["asset-b", "asset-a", None, "zoo"])


@pytest.mark.parametrize(
    ("key", "sql", "column", "groups"),
    [
        (Key("t", "day"), "to_date(t)", TIMES, [0, 1, 1, 1, None]),
        (Key("t", "hour"), "date_trunc('hour', t)", TIMES, [0, 1, 1, 2, None]),
        (Key("t", "month"), "date_trunc('month', t)", TIMES, [0, 1, 1, 1, None]),
        (Key("t", "trunc", 2), "trunc(t, -2)", pd.Series([99, 100, 199, -99, -100]), [1, 2, 2, 1, 0]),
        (Key("t", "left", 5), "left(t, 5)", WORDS, [0, 0, None, 1]),
        (Key("t"), "t", WORDS, [1, 0, None, 2]),
    ],
)
def test_an_expression_keeps_the_order_with_fewer_values(key, sql, column, groups):
    assert key.sql("t") == sql
    values = key_values(codes_of(column), key)
    known = ~np.isnan(values)
    assert list(np.unique(values[known], return_inverse=True)[1]) == [group for group in groups if group is not None]
    assert list(known) == [group is not None for group in groups]


def test_classic_sees_five_bytes_of_each_text_and_optima_a_kilobyte_of_all():
    long = codes_of(pd.Series(["x" * 900 + "a", "x" * 900 + "b"]))
    number = codes_of(pd.Series([1, 2]))
    assert visible_bytes([long, number, long], "CLASSIC") == [5, None, 5]
    assert visible_bytes([long, number, long], "OPTIMA") == [901, None, 1024 - 901 - 8]
    assert len(np.unique(key_values(long, Key("t"), 5))) == 1
    assert len(np.unique(key_values(long, Key("t"), 901))) == 2


def test_texts_that_differ_only_after_five_bytes_are_no_key_for_classic():
    """All begin with 'asset': Optima finds one in 10 partitions, Classic in all."""
    frame = pd.DataFrame({"name": [f"asset-{(place * 37) % 320:05}" for place in range(320)]})
    sample = Sample.of(frame, {}, 1.0, 10)
    asked = sample.question(Restriction(Within("name", Range("asset-00100", "asset-00100"))))
    assert lay_out(sample, [Key("name")], "OPTIMA").scanned(asked)[1] == 1
    assert lay_out(sample, [Key("name")], "CLASSIC").scanned(asked)[1] > 5


def test_a_column_of_many_values_is_also_tried_with_about_as_many_as_partitions():
    frame = pd.DataFrame({"id": range(3200), "kind": ["a", "b"] * 1600, "t": pd.date_range("2026-01-01", periods=3200, freq="h")})
    sample = Sample.of(frame, {}, 1.0, 20)
    assert coarser(sample, "id") == [Key("id", "trunc", 2), Key("id", "trunc", 3)]
    assert coarser(sample, "kind") == []
    assert Key("t", "day") in coarser(sample, "t")
    assert distinct(sample, Key("id", "trunc", 2)) == 32
