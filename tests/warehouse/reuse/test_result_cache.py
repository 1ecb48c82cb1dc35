"""The replay of the result cache: exact texts, writes in between, 24 hours since the last use, 31 days at most."""

import re
import tarfile

import pandas as pd
import pytest

from perfweek.warehouse.reuse.replay import DAY_S, replay_cache, written_tables

READ, WRITE = "select a from sales.orders where b = 1", "insert into db.sales.orders select * from s"


def runs(*rows):
    """(text, start in s, end in s)"""
    return pd.DataFrame(
        [
            {"text_key": text, "writes": int(not text.startswith(("select", "with"))), "start_time": start, "end_time": end, "execution_ms": 10.0}
            | {"query_text": text}
            for text, start, end in rows
        ]
    )


def hits(*rows):
    return replay_cache(runs(*rows)).surviving


def test_the_second_of_two_is_a_hit_and_one_in_parallel_is_not():
    assert hits((READ, 0, 5), (READ, 10, 11)) == 1
    assert hits((READ, 0, 5), (READ, 3, 6)) == 0


def test_a_write_to_a_table_of_the_text_ends_it_and_another_tables_does_not():
    assert hits((READ, 0, 5), (WRITE, 6, 7), (READ, 10, 11)) == 0
    assert hits((READ, 0, 5), (WRITE.replace("orders", "orders_2"), 6, 7), (READ, 10, 11)) == 1
    assert hits((READ, 0, 5), (WRITE, 6, 7), (READ, 10, 11), (READ, 12, 13)) == 1


def test_a_write_while_the_first_ran_ends_it():
    assert hits((READ, 0, 5), (WRITE, 1, 2), (READ, 10, 11)) == 0


def test_a_result_is_kept_for_a_day_after_its_last_use_and_31_days_at_most():
    day = [(READ, n * DAY_S * 0.99, n * DAY_S * 0.99 + 1) for n in range(40)]
    assert hits((READ, 0, 1), (READ, 1 + DAY_S, 2 + DAY_S)) == 1
    assert hits((READ, 0, 1), (READ, 2 + DAY_S, 3 + DAY_S)) == 0
    assert hits(*day) == 38  # 31 hits, one anew, seven hits more


@pytest.mark.parametrize("changed", [READ.upper().replace("SELECT", "select"), READ + " ", READ.replace("a", "a as x", 1)])
def test_another_case_or_alias_is_another_text(changed):
    assert hits((READ, 0, 5), (changed, 10, 11)) == 0


def test_a_result_that_is_new_every_time_is_never_kept():
    assert hits(("select random()", 0, 1), ("select random()", 2, 3)) == 0


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        (WRITE, {"orders"}),
        ('merge into "S"."T" using u on a = b', {"t"}),
        ("begin; delete from a where b = 1; update c set d = 2; commit", {"a", "c"}),
        ("create or replace transient table x.y as select 1", {"y"}),
        ("truncate table if exists z", {"z"}),
        ("select 1", set()),
    ],
)
def test_the_tables_that_a_text_writes(text, tables):
    assert written_tables([text]) == tables


def test_of_a_real_run_a_quarter_is_repeated_and_a_tenth_survives_its_writes(shared_data):
    """The order of lines in each tenant's log is the order of time; tenants have tables of their own.

    1,324 of 5,272 reads repeat a text that had finished (25.1 %); 9.7 % of all 5,508 statements could have been answered, 9.4 % if a write
    that ended between a statement's line 'Running', which it logs before it waits for a connection, and its end counts as well.
    """
    archive = shared_data / "warehouse/cab/snowflake_shared_1h_4s_1tb/executor_logs.tar.xz"
    tenants = list(logged(archive))
    found = [replay_cache(rows, strict=False) for rows in tenants]
    reads, statements = sum(one.reads for one in found), sum(one.statements for one in found)
    assert (statements, reads, sum(one.repeated for one in found)) == (5508, 5272, 1324)
    assert 100 * sum(one.surviving for one in found) / statements == pytest.approx(9.7, abs=0.05)
    assert 100 * sum(replay_cache(rows).surviving for rows in tenants) / statements == pytest.approx(9.4, abs=0.05)


def logged(archive):
    with tarfile.open(archive) as logs:
        for member in logs:
            if not member.isfile():
                continue
            lines = logs.extractfile(member).read().decode().splitlines()
            began = {found[1]: (line, found[2]) for line, text in enumerate(lines) if (found := re.match(r"\[(\d+)\] Running[^:]*: (.*)", text))}
            ended = {found[1]: line for line, text in enumerate(lines) if (found := re.match(r"\[(\d+)\] Completed", text))}
            yield runs(*((text, line, ended[number]) for number, (line, text) in began.items()))
