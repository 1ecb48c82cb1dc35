"""Statements of one shape share a fingerprint; the real ones of a public benchmark fall into exactly its templates."""

import re
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.warehouse.fingerprint import canonical, fingerprint


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("select * from T where id = 5", "select * from t where id = ?"),
        ("SELECT *\nFROM t -- why\nWHERE id = 'five';", "select * from t where id = ?"),
        ("select * from t where id in (1, 2, 3)", "select * from t where id in ( ? )"),
        ("select * from t where id = %(id)s", "select * from t where id = ?"),
        ("insert into t values (1), (2), (3)", "insert into t values ( ? )"),
        ('select "Mixed" from t', 'select "Mixed" from t'),
    ],
)
def test_the_shape_is_the_text_without_values(text, shape):
    assert fingerprint(text) == shape


def test_a_canonical_text_keeps_its_values():
    assert canonical("select  1 from T") == canonical("SELECT 1\nFROM t")
    assert canonical("select 1 from t") != canonical("select 2 from t")
    assert canonical("select 'A'") != canonical("select 'a'")


@given(values=st.lists(st.integers(0, 10**9) | st.text(st.characters(codec="ascii", exclude_characters="'\\"), max_size=8), min_size=1, max_size=5))
def test_values_never_change_the_shape(values):
    literals = ", ".join(str(value) if isinstance(value, int) else f"'{value}'" for value in values)
    assert fingerprint(f"select a from t where b in ({literals})") in ("select a from t where b in ( ? )",)


def test_a_cut_text_is_its_own_shape():
    assert fingerprint("select * from t where name = 'cut he") == "select * from t where name = 'cut he"


def test_real_statements_fall_into_their_templates(shared_data):
    """The log numbers the template of each statement (23 is a batch of changes): one shape a template, one template a shape."""
    logged = logged_statements(shared_data / "warehouse/cab/snowflake_shared_1h_32s_4tb/executor_logs.tar.xz")
    pairs = {(template, fingerprint(SHARD.sub(r"\1", text))) for template, text in logged if template != 23}
    assert len(logged) > 1000
    assert len({template for template, _ in pairs}) == 22
    assert len(pairs) == len({shape for _, shape in pairs}) == 22


SHARD = re.compile(r"\b(customer|lineitem|nation|orders|part|partsupp|region|supplier)_\d+\b")


def logged_statements(archive):
    """(template, text) of every statement that the executors' logs tell to the end."""
    found = []
    with tarfile.open(archive) as logs:
        for member in logs:
            lines = logs.extractfile(member).read().decode().splitlines() if member.isfile() else []
            running = {match[1]: match[2] for line in lines if (match := re.match(r"\[(\d+)\] Running: (.*)", line))}
            done = {match[1]: int(match[2]) for line in lines if (match := re.match(r"\[(\d+)\] Completed query stats: (\d+),", line))}
            found += [(done[number], text) for number, text in running.items() if number in done]
    return found
