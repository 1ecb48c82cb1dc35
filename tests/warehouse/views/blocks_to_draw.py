"""Random legal blocks and random tables, for hypothesis."""

from datetime import datetime

import pyarrow as pa
from hypothesis import strategies as st

SCHEMA = pa.schema([("G", pa.string()), ("K", pa.int64()), ("N", pa.int64()), ("F", pa.float64()), ("T", pa.timestamp("us"))])
EIGHTHS = st.sampled_from([None, 0.0, -0.0, 0.125, 2.5, -3.0])
"""Sums of these are exact in any order."""
MOMENTS = [datetime(2024, 1, 31, 23, 59, 59), datetime(2024, 2, 1), datetime(2024, 2, 1, 12), datetime(2024, 2, 2), datetime(2024, 3, 1)]
ROW = st.fixed_dictionaries(
    {
        "G": st.sampled_from([None, "x", "y", ""]),
        "K": st.sampled_from([None, 0, 1, 2]),
        "N": st.sampled_from([None, -1, 0, 1, 7]),
        "F": EIGHTHS,
        "T": st.sampled_from([None, *MOMENTS]),
    }
)
TABLES = st.lists(ROW, max_size=12).map(lambda rows: pa.Table.from_pylist(rows, schema=SCHEMA))
KEYS = st.lists(st.sampled_from(["g", "k", "to_date(t)", "date_trunc('month', t)", "k + 1", "upper(g)"]), max_size=2, unique=True)
AGGREGATES = st.lists(
    st.sampled_from(
        [
            "count(*)",
            "count(n)",
            "sum(n)",
            "sum(f)",
            "avg(n)",
            "avg(f)",
            "min(t)",
            "max(f)",
            "sum(n + k)",
            "count_if(n > 0)",
            "sum(case when g = 'x' then n else 0 end)",
        ]
    ),
    min_size=1,
    max_size=3,
    unique=True,
)
CONDITIONS = [
    "k = {0}",
    "k in ({0}, {1})",
    "n between {0} and {1}",
    "f > {0}",
    "(g = 'x' or k <= {0})",
    "not (k = {0})",
    "t >= '2024-02-0{2}'",
    "t < '2024-02-0{2} 00:00:00'",
    "g like '{3}%'",
    "n is not null",
    "coalesce(k, {0}) >= {1}",
    "to_date(t) = '2024-02-0{2}'",
]
VALUES = st.tuples(st.integers(-1, 2), st.integers(-1, 2), st.integers(1, 2), st.sampled_from("xy"))


@st.composite
def templates(draw):
    """Texts of one template that differ in some of their constants."""
    keys, aggregates = draw(KEYS), draw(AGGREGATES)
    conditions = draw(st.lists(st.sampled_from(CONDITIONS), max_size=3, unique=True))
    fixed = [one.format(*draw(VALUES)) for one in draw(st.lists(st.sampled_from(CONDITIONS), max_size=1))]
    columns = [f"{one} as k{place}" for place, one in enumerate(keys)] + [f"{one} as a{place}" for place, one in enumerate(aggregates)]
    tail = (f" group by {', '.join(keys)}" if keys else "") + (f" having {aggregates[0]} is not null" if draw(st.booleans()) else "")
    texts = []
    for values in draw(st.lists(VALUES, min_size=1, max_size=3)):
        where = " and ".join([*(one.format(*values) for one in conditions), *fixed])
        texts.append(f"select {', '.join(columns)} from t{f' where {where}' if where else ''}{tail}")
    return texts
