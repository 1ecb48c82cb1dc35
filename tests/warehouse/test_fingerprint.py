"""Statements of one shape share a fingerprint; the real ones of a public benchmark fall into exactly its templates."""

import re
import tarfile
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfweek.warehouse.fingerprint import canonical, fingerprint
from perfweek.warehouse.shapes import read_shape


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("select * from T where id = 5", "select * from t where id = ?"),
        ("SELECT *\nFROM t -- why\nWHERE id = 'five';", "select * from t where id = ?"),
        ("select * from t where id in (1, 2, 3)", "select * from t where id in ( ? )"),
        ("select * from t where id = %(id)s", "select * from t where id = ?"),
        ("insert into t values (1), (2), (3)", "insert into t values ( ? )"),
        ('select "Mixed" from t', 'select "Mixed" from t'),
        ('select "NAME" from "T"', "select name from t"),
        ("select /* it's */ a // don't\nfrom t -- \"x", "select a from t"),
        ("select 'it''s', 'a\\'b', $$ $1 '; $$, -1.5e3, $1 from t", "select ? , ? , ? , ? , $ 1 from t"),
        ("select '-- no comment', \"a--b\" from t", 'select ? , "a--b" from t'),
        ("select a - 1 from t where b in (-1, 2, :1)", "select a - ? from t where b in ( ? )"),
        ("select v:a::int from t where x = '1'::date", "select v : a :: int from t where x = ? :: date"),
        ("select * from orders_5, db.s.part_12 p", "select * from orders_# , db . s . part_# p"),
        ("select orders_5.id, c_1 from orders_5 where c_2 = 1", "select orders_# . id , c_1 from orders_# where c_2 = ?"),
        ("with a_1 as (select 1) select * from a_1", "with a_1 as ( select ? ) select * from a_1"),
        ("insert into t_3 select a_1, b_2 from u_4 join w_5 on a_1 = 1", "insert into t_# select a_1 , b_2 from u_# join w_# on a_1 = ?"),
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


def test_a_text_that_cannot_be_split_into_words_is_its_own_shape():
    assert fingerprint('select  "cut he') == 'select "cut he'


def test_a_literal_that_is_cut_off_is_a_literal():
    assert fingerprint("select * from t where name = 'cut he") == "select * from t where name = ?"


@pytest.mark.parametrize("part", ["\\'", "'", '"', "/*", "$$", "1", "(", "( 1 , ", "--", "1.", "a.b("])
def test_no_text_takes_more_than_a_moment(part):
    """A pattern that tries again from every place takes 20 s for 80,000 characters of the first; a linear one 0.2 s."""
    started = time.process_time()
    assert read_shape(fingerprint(part * (80_000 // len(part)))).id
    assert time.process_time() - started < 5


def test_a_text_cut_at_snowflakes_limit_loses_the_literal_that_it_was_cut_in():
    one, two = (f"select * from t where name in ({'1, ' * 40_000}'{word}" for word in ("abc", "xyz"))
    assert fingerprint(one) == fingerprint(two) == "select * from t where name in ( ? )"
    assert len(fingerprint("select " + "a" * 300_000)) == 100_000


def test_a_rewrite_stays_in_the_family_and_another_question_does_not():
    families = [
        read_shape(fingerprint(text)).family
        for text in (
            "select o_id, sum(x) as total from orders_1 join part_1 using (p) group by o_id",
            "with some as (select * from part_9) select o_id, sum(x) as total from orders_9, some where p = 5 group by 1",
            "select o_id, sum(x) as grand_total from orders_1 join part_1 using (p) group by o_id",
            "select o_id, sum(x) as total from orders_1 join supplier using (p) group by o_id",
        )
    ]
    assert families[0] == families[1]
    assert len(set(families)) == 3


@pytest.mark.parametrize(
    ("text", "kind", "statements", "parsed"),
    [
        ("begin; insert into t values (1); commit;", "SEVERAL", 3, True),
        ("selct a from b wher", "UNPARSED", 1, False),
        ("", "UNPARSED", 1, False),
        ("select * from t where d > current_date - interval '1 day' limit 5", "SELECT", 1, True),
        ("insert into a select b from c", "INSERT", 1, True),
        ("<script>alert(1)</script>", "UNPARSED", 1, False),
        ("\x00\ud800 '", "UNPARSED", 1, False),
        ("select " + "(" * 5000 + "1" + ")" * 5000, "UNPARSED", 1, False),
    ],
)
def test_every_text_has_a_shape_whatever_it_is(text, kind, statements, parsed):
    shape = read_shape(fingerprint(text))
    assert (shape.kind, shape.statements, not shape.problem) == (kind, statements, parsed)
    assert len(shape.id) == 32


def test_what_a_statement_reads_and_writes_is_told_apart():
    shape = read_shape(fingerprint("insert into db.t_1 (a) with c as (select a from s_2) select a from c join u on true"))
    assert (shape.written, shape.tables) == (("db.t_0",), ("s_0", "u"))


def test_real_statements_fall_into_their_templates(shared_data):
    """The log numbers the template of each statement (23 is a batch of changes): one shape a template, one template a shape."""
    logged = logged_statements(shared_data / "warehouse/cab/snowflake_shared_1h_32s_4tb/executor_logs.tar.xz")
    pairs = {(template, fingerprint(text)) for template, text in logged}
    reads = {pair for pair in pairs if pair[0] != 23}
    assert len(logged) > 1000
    assert len({template for template, _ in reads}) == 22
    assert len(reads) == len({shape for _, shape in reads}) == 22
    assert len({read_shape(shape).family for _, shape in reads}) == 22
    assert all(read_shape(shape).kind == "SELECT" and not read_shape(shape).problem for _, shape in reads)
    (batch,) = pairs - reads
    assert (read_shape(batch[1]).kind, read_shape(batch[1]).statements > 1) == ("SEVERAL", True)


def test_damaged_texts_are_kept_and_counted(shared_data):
    """The logs of this run lost their line breaks ('revenuefrom lineitem_2'): every text keeps a shape, none of them parses."""
    texts = running_texts(shared_data / "warehouse/cab/snowflake_shared_1h_4s_1tb/executor_logs.tar.xz")
    shapes = [read_shape(fingerprint(text)) for text in texts]
    assert len(shapes) == len(texts) == 5508
    assert sum(bool(shape.problem) for shape in shapes) == 5508


def running_texts(archive):
    with tarfile.open(archive) as logs:
        return [text for member in logs if member.isfile() for text in RUNNING.findall(logs.extractfile(member).read().decode())]


RUNNING = re.compile(r"^\[\d+\] Running[^:]*: (.*)$", re.MULTILINE)


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


def test_a_shape_is_shown_as_people_write_it_and_keeps_its_id():
    shape = read_shape(fingerprint("select count(*) as n, a.b from db.t as a where a.c in (1, 2) and a.d = 'x. y'"))
    assert shape.shown == "select count (*) as n, a.b from db.t as a where a.c in (?) and a.d = ?"
    assert shape.id == read_shape(shape.text).id
