"""From a history to proven views on TPC-H's tables: what is proposed was run both ways, what may not be is refused, scripts run twice and undo."""

from dataclasses import replace

import duckdb
import pytest
import sqlglot
from warehouse.known_material import known, material, quick, statement, tpch

from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.proof.prove import Made, prove
from perfweek.warehouse.views.facts import known_of, tables_of
from perfweek.warehouse.views.proposals import Views, propose
from perfweek.warehouse.views.scripts import change_of

LINES = "TPCH.S.LINEITEM"
DAILY = (
    "select l_returnflag, l_linestatus, sum(l_quantity) as q, avg(l_extendedprice) as p, count(*) as n from tpch.s.lineitem "
    "where l_shipdate <= '1998-0{0}-01' group by l_returnflag, l_linestatus"
)
PAYING = [
    DAILY,
    "select l_shipmode, count(*) as n, max(l_tax) as t from tpch.s.lineitem where l_shipmode in ('MAIL', 'SHIP') group by l_shipmode",
    "select o_orderpriority, sum(o_totalprice) as s from tpch.s.orders where o_orderstatus = 'F' group by o_orderpriority",
    "select n.n_name, sum(c.c_acctbal) as b from tpch.s.customer as c join tpch.s.nation as n on c.c_nationkey = n.n_nationkey group by n.n_name",
]
ILLEGAL = {
    "window": "select l_shipmode, count(*) as n, sum(count(*)) over () as everything from tpch.s.lineitem group by l_shipmode",
    "distinct": "select l_shipmode, count(distinct l_suppkey) as n from tpch.s.lineitem group by l_shipmode",
    "random": "select l_shipmode, sum(random()) as n from tpch.s.lineitem group by l_shipmode",
}


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Material:
    tables = tpch(tmp_path_factory.mktemp("tpch"), 0.005)
    rows = [quick(number) for number in range(5)]
    for place, text in enumerate(PAYING):
        rows += [statement(text.format(1 + run), 4000.0, 10 + 10 * place + run) for run in range(5)]
    rows += [statement(text, 4000.0, 100 + place) for place, text in enumerate(ILLEGAL.values())]
    return material(rows, [known(f"TPCH.S.{name}", tables[name]) for name in ("LINEITEM", "ORDERS", "CUSTOMER", "NATION")])


@pytest.fixture(scope="module")
def found(given: Material) -> Views:
    return propose(given)


def test_every_proposed_views_statements_were_run_both_ways_and_gave_the_same(found: Views) -> None:
    assert {one.view.kind for one in found.proposals} == {"materialized view", "dynamic table"}
    answered = {answer.template.id for one in found.proposals for answer in one.answers}
    assert len(answered) == len(PAYING)
    for one in found.proposals:
        assert one.proof.holds
        assert one.proof.cases >= 8 and one.proof.rows > 0 and one.proof.sampled > 0
        assert len(one.claims) >= len(one.answers)
        assert one.groups.likely < one.groups.rows / 2 and one.worth.net > 0


def test_what_a_materialized_view_may_not_hold_is_refused_with_its_reason(found: Views) -> None:
    reasons = {name: [one.reason for one in found.refused if one.template.text.startswith(text[:40])] for name, text in ILLEGAL.items()}
    assert all(reasons.values()), reasons
    assert all(len(reason) > 10 for of in reasons.values() for reason in of)


def test_averages_are_kept_as_sum_and_count(found: Views) -> None:
    (view,) = (one.view for one in found.proposals if any("l_returnflag" in answer.template.text for answer in one.answers))
    text = view.definition.sql("snowflake").upper()
    assert "AVG(" not in text and "SUM(" in text and "COUNT(" in text


def test_a_rewriting_that_is_not_equal_is_refused_with_a_counter_example(given: Material, found: Views) -> None:
    proposal = next(one for one in found.proposals if one.view.kind == "materialized view")
    right = proposal.claims[0]
    wrong = replace(right, after=right.after.where("1 = 0"))  # loses all groups
    tables = tables_of(right.before, given.tables)
    members_known, samples = known_of([], tables, [right.before, wrong.after])
    made = Made(".".join(proposal.view.parts).upper(), proposal.view.definition)
    assert prove([right], members_known, samples, made).holds
    proof = prove([wrong], members_known, samples, made)
    assert not proof.holds
    assert proof.counter_example


def test_the_embedded_scripts_run_twice_and_the_rollback_leaves_what_was_there(given: Material, found: Views) -> None:
    proposal = next(one for one in found.proposals if one.view.kind == "materialized view")
    change = change_of(proposal, "W").embedded
    assert change is not None
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as tpch; create schema tpch.s; use tpch.s")
        for table in given.tables.values():
            rows = table.sample
            connection.execute(f"create table tpch.s.{table.name[-1]} as select * from rows")
            assert rows.num_rows
        before = _tables(connection)
        for _ in range(2):
            _run(connection, change.apply)
        assert len(_tables(connection)) == len(before) + 1
        _run(connection, change.verify)
        for _ in range(2):
            _run(connection, change.rollback)
        assert _tables(connection) == before


def _tables(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return sorted(row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall())


def _run(connection: duckdb.DuckDBPyConnection, statements) -> None:
    for statement_ in statements:
        for text in sqlglot.transpile(statement_, read="snowflake", write="duckdb"):
            connection.execute(text).fetchall()
