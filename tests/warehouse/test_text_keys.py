"""Keys of texts without hashes: texts that share one share their fingerprint, and a history is the same with keys and without."""

import json
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from warehouse.conftest import history_row
from warehouse.test_fingerprint import logged_statements

from perfweek.warehouse import text_keys as keys_module
from perfweek.warehouse.fingerprint import fingerprint
from perfweek.warehouse.look import look_at
from perfweek.warehouse.shown import json_of
from perfweek.warehouse.spool import opened_history
from perfweek.warehouse.text_kernel import without_values
from perfweek.warehouse.text_keys import text_keys

PARTS = ["'", "''", "\\", "\\'", "$$", "$", "1", "1.5", ".5", "1e-5", "e", "x", "_", "--", "\n", "/*", "*/", "//", "(", ")", ",", " ", "%(a)s", "%("]
PARTS += ['"', "a.b", "-", "é", "in", "( 1 , 2 )", "('a', 'b')", "1x", "t_5"]


def bare(text: str) -> str:
    data = np.frombuffer(text.encode(), np.uint8)
    scratch = np.empty(2 * len(data) + 16, np.uint8)
    return bytes(scratch[: without_values(data, scratch)]).decode()


def key_of(text: str) -> str:
    return text_keys(pa.array([text]))[0].as_py()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select * from t where a = 'it''s' and b = 1.5e3", "select * from t where a = ? and b = ? "),
        ("select a -- why\n  from t /* b */ where c in (1, 2,\n3)", "select a from t where c in (? )"),
        ('select $$ $1 \'; $$, t1.c2, 5x from "T 1"', 'select ? , t1.c2, 5x from "T 1"'),
        ("values (%(a)s), ('b\\'c')", "values (? ), (? )"),
        ("select * from t where a in (1, 2, 'cut he", "select * from t where a in (? )"),
    ],
)
def test_literals_comments_and_white_space_are_taken_out(text, expected):
    assert bare(text) == expected


@given(st.lists(st.sampled_from(PARTS), max_size=12), st.lists(st.sampled_from(PARTS), max_size=12))
def test_texts_that_come_out_alike_have_one_fingerprint(one, other):
    texts = "".join(one), "".join(other)
    if bare(texts[0]) == bare(texts[1]):
        assert fingerprint(texts[0]) == fingerprint(texts[1])


@given(
    values=st.lists(st.integers(0, 10**9), min_size=4, max_size=4), word=st.text(st.characters(exclude_characters="'\\", codec="utf-8"), max_size=9)
)
def test_values_never_change_the_key(values, word):
    text = "select a from t1 where b = {} and c in ({}, {}) and d > {} and e = '{}'"
    assert key_of(text.format(*values, word)) == key_of(text.format(1, 2, 3, 4, ""))


def test_one_sign_more_or_a_hundred_thousand_characters_make_another_key_and_what_is_cut_off_does_not():
    texts = ["select a", "select b", "select a ", "", "a" * 99_999 + "b", "a" * 99_999 + "c", "é" * 100_000, "é" * 100_000 + "x"]
    found = text_keys(pa.chunked_array([texts[:3], texts[3:]])).to_pylist()
    assert len(set(found[:7])) == 7
    assert found[6] == found[7]
    assert {len(one) for one in found} == {32}


def test_each_key_of_real_statements_belongs_to_one_fingerprint_and_there_are_few(shared_data):
    """1,320 statements of 22 templates on tables with numbers of shards, which keys keep."""
    texts = sorted({text for _, text in logged_statements(shared_data / "warehouse/cab/snowflake_shared_1h_32s_4tb/executor_logs.tar.xz")})
    pairs = set(zip(text_keys(pa.array(texts)).to_pylist(), map(fingerprint, texts), strict=True))
    assert len(pairs) == len({key for key, _ in pairs}) < len(texts) / 2


def test_a_history_is_the_same_with_keys_and_without(history_rows, tmp_path, monkeypatch):
    texts = [f"select a from t_{place % 3} where b = {place} and c = '{place}' -- {place}" for place in range(len(history_rows))]
    rows = [row | {"query_text": text, "query_parameterized_hash": None} for row, text in zip(history_rows, texts, strict=True)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "h.parquet")
    found = []
    for many in (10**9, 0):
        monkeypatch.setattr(keys_module, "MANY_ROWS", many)
        with opened_history(tmp_path / "h.parquet") as (warehouse, _):
            look = look_at(warehouse)
            found.append((json.loads(json_of(look, [])), len(look.answers["texts"])))
    assert found[0][0] == found[1][0]
    assert (found[0][1], found[1][1]) == (len(rows), 3)  # each text for itself, for its comment


LONG = """
import resource, sys
from perfweek.warehouse.source_study import look_and_findings
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
look, _, _ = look_and_findings(sys.argv[1:])
print(look.queries, look.left_out, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_long_texts_take_memory_for_a_few_of_them_at_a_time(tmp_path):
    """Each of 2,500 texts has 100,000 characters and a shape of its own; 20 million characters are fingerprinted, the others counted."""
    path = tmp_path / "h.parquet"
    first = pa.Table.from_pylist([history_row(1, query_parameterized_hash=None)])
    with pq.ParquetWriter(path, first.schema, compression="zstd") as writer:
        for place in range(0, 2500, 250):
            texts = {number: f'select "t{number}{"x" * 100_000}' for number in range(place, place + 250)}
            rows = [history_row(number, query_text=text[:100_000], query_parameterized_hash=None) for number, text in texts.items()]
            writer.write_table(pa.Table.from_pylist(rows, schema=first.schema))
    ran = subprocess.run([sys.executable, "-c", LONG, str(path)], capture_output=True, text=True, check=True)
    queries, left_out, added_mb = map(int, ran.stdout.split())
    assert (queries, left_out) == (2500, 2300)
    assert added_mb < 500
