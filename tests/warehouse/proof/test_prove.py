"""Wrong rewritings are found out on made rows, where a sample shows no difference; right ones hold."""

from datetime import date

import pyarrow as pa
import pytest
import sqlglot

from perfweek.warehouse.proof.cases import Known, cases
from perfweek.warehouse.proof.prove import Claim, Made, prove

ROWS = pa.table({"G": ["x", "y", "x"], "N": [1, 2, 3], "F": [0.5, 1.5, 2.5], "D": [date(2024, 1, 1)] * 3})
KNOWN = Known({"T": ROWS.schema}, {("T", "N"): [2.0], ("T", "D"): ["2024-01-01"]})


def query(text):
    return sqlglot.parse_one(text, read="snowflake")


def proof(before, after, view="", known=KNOWN, samples=None):
    made = Made("V", query(view)) if view else None
    return prove([Claim(query(before), query(after))], known, samples or {"T": ROWS}, made)


def test_equal_statements_hold_and_the_proof_says_on_what():
    found = proof(
        "select g, sum(n) as s from t group by g",
        "select g as g, sum(s) as s from v group by g",
        "select g, n > 1 as m, sum(n) as s from t group by g, m",
    )
    assert found.holds
    assert (found.claims, found.sampled) == (1, 2)
    assert found.cases >= 9
    assert found.rows > found.sampled


@pytest.mark.parametrize(
    ("before", "after", "view", "case"),
    [
        (
            "select count(*) as c from t where n > 2",
            "select sum(c) as c from v where n > 2",
            "select n, count(*) as c from t group by n",
            "no row at all",
        ),
        ("select avg(n) as a from t", "select avg(a) as a from v", "select g, avg(n) as a from t group by g", ""),
        ("select count(n) as c from t", "select coalesce(sum(c), 0) as c from v", "select g, count(*) as c from t group by g", "NULL"),
        ("select g, n from t", "select distinct g, n from t", "", ""),
        ("select g from t where n >= 2", "select g from t where n > 2", "", ""),
        (
            "select g from t where n not in (select n from t as u where g = 'b')",
            "select g from t where not exists (select 1 from t as u where u.g = 'b' and u.n = t.n)",
            "",
            "NULL",
        ),
        ("select g from t where to_date(d) <= '2024-01-01'", "select g from t where d < '2024-01-01'", "", ""),
        ("select g from t where n <> 2", "select g from t where n is distinct from 2", "", "NULL"),
    ],
)
def test_a_wrong_rewriting_is_refused_with_the_rows_that_show_it(before, after, view, case):
    found = proof(before, after, view)
    assert not found.holds
    assert case in found.counter_example
    assert "only before" in found.counter_example or "only after" in found.counter_example


def test_a_counter_example_is_as_small_as_it_can_be():
    found = proof("select g, n from t", "select distinct g, n from t", samples={"T": ROWS.slice(0, 1)})
    assert found.counter_example.count("g ") == 2  # one row is doubled, so two rows show it


def test_a_column_that_holds_no_null_has_none_in_any_case():
    never = Known({"T": ROWS.schema}, {}, never_null=[("T", "N")])
    assert all(case.tables["T"].column("N").null_count == 0 for case in cases(never))
    assert any(case.tables["T"].column("N").null_count for case in cases(Known({"T": ROWS.schema}, {})))


def test_every_bound_and_its_neighbours_are_among_the_rows():
    made = [value for case in cases(KNOWN) for value in case.tables["T"].column("N").to_pylist()]
    days = [value for case in cases(KNOWN) for value in case.tables["T"].column("D").to_pylist()]
    assert {1, 2, 3} <= set(made)
    assert {date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 2)} <= set(days)


def test_cases_are_the_same_at_every_run():
    once, again = ([case.tables["T"].to_pylist() for case in cases(Known({"T": ROWS.drop(["F"]).schema}, {}))] for _ in range(2))
    assert once == again


@pytest.mark.parametrize("text", ["select * from read_csv('/etc/passwd')", "select no_such_function(n) from t", "select x from t"])
def test_what_the_engine_does_not_run_or_may_not_reach_is_no_proof(text):
    found = proof(text, text)
    assert not found.holds
    assert found.problem.startswith("the embedded engine does not run it")


def test_statements_that_never_give_a_row_prove_nothing():
    assert not proof("select n from t where false", "select n from t where 1 = 2").holds
