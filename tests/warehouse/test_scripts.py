"""The scripts of whole plans as a warehouse would read them: each statement parses, and whatever a name or a text holds stays a name or a text."""

from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp
from sqlglot.tokens import TokenType
from warehouse.advisers.materials import material_of
from warehouse.advisers.test_warehouse_settings import history_at
from warehouse.generated_history import generate
from warehouse.known_material import known, material, quick, statement

from perfweek.warehouse.advisers import ADVISERS, auto_suspend, findings_of, query_acceleration, result_cache, right_sizing
from perfweek.warehouse.advisers.finding import Finding
from perfweek.warehouse.advisers.unjudged import came_to
from perfweek.warehouse.plan import Planned, plan_of
from perfweek.warehouse.scripts import scripts

EVIL = 'odd"; drop table x; --\n select 1; /*'
PLAIN = "SALES"
ROWS = 20_000


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def everything(table: str, column: str) -> list[Finding]:
    """What all advisers say of a table and a column of these names that is searched, grouped and asked for by ranges and functions."""
    shuffled = [(place * 7919) % ROWS for place in range(ROWS)]
    made = pa.array([1_700_000_000_000_000 + 60_000_000 * place for place in shuffled], pa.timestamp("us"))
    rows = pa.table({column: shuffled, "SHOP": [place % 5 for place in range(ROWS)], "MADE": made})
    place, name = f"d.s.{quoted(table)}", quoted(column)
    texts = [f"select * from {place} where {name} between {500 * part} and {500 * part + 499}" for part in range(20)]
    texts += [f"select shop, sum({name}) as a from {place} group by shop"] * 5
    texts += [f"select count(*) as n from {place} where to_date(made) = '2023-11-20'"] * 3
    texts += [f"select {name} from {place} where {name} = {part}" for part in range(5)]
    history = [quick(number) for number in range(3)]
    history += [statement(text, 3000.0, 10 + number, partitions_scanned=100) for number, text in enumerate(texts)]
    given = replace(material(history, [known(f"D.S.{table}", rows, partitions=100, version="OPTIMA")]), engine="snowflake")
    return findings_of(given)


def settings(warehouse: str) -> list[Finding]:
    given = history_at(["Small", "Medium"], 0.2, 4.0)
    for name in ("executions", "load_by_hour"):
        given.look.answers[name]["warehouse_name"] = warehouse
    given.look.answers["acceleration"] = pd.DataFrame([{"warehouse_name": warehouse, "eligible_s": 90.0, "scale_factor": 4, "statements": 7}])
    advisers = (right_sizing, auto_suspend, query_acceleration, result_cache)
    return [finding for adviser in advisers for finding in adviser.advise(given)]


PLANS = {
    "plain": lambda: plan_of([*everything(PLAIN, "NUMBER"), *settings("W")]),
    "hostile": lambda: plan_of([*everything(EVIL, EVIL), *settings(EVIL)]),
}


@pytest.fixture(scope="module", params=PLANS)
def plan(request: pytest.FixtureRequest) -> list[Planned]:
    return PLANS[request.param]()


def split(text: str) -> list[str]:
    """The statements of a script, cut where a tokenizer of Snowflake's dialect sees a semicolon."""
    tokens = sqlglot.tokenize(text, read="snowflake")
    ends = [token.end for token in tokens if token.token_type is TokenType.SEMICOLON]
    starts = [0, *(end + 1 for end in ends)]
    return [text[start:end] for start, end in zip(starts, ends, strict=False)]


def test_the_plans_hold_most_kinds_of_change(plan: list[Planned]) -> None:
    adviser = {one.finding.adviser for one in plan}
    assert adviser >= {"clustering", "materialized views", "rewrites", "right-sizing", "query acceleration"}


def test_every_statement_of_every_script_parses_and_none_is_added_by_a_name(plan: list[Planned]) -> None:
    for one in plan:
        for name, text in scripts(one).items():
            change = one.change.embedded if "_embedded" in name and one.change.embedded else one.change
            kind = name.removeprefix(f"{one.stem}.").removesuffix(".sql").removesuffix("_embedded")
            wanted = [*(change.session if kind == "verify" else ()), *getattr(change, kind)]
            found = split(text)
            assert len(found) == len(wanted), name
            for statement_text in found:
                (tree,) = sqlglot.parse(statement_text, read="snowflake")
                assert tree is not None, name
                assert not (isinstance(tree, exp.Drop) and tree.find(exp.Table).name == "x"), name


def test_a_script_s_head_is_comments_of_one_line_each_whatever_a_title_holds(plan: list[Planned]) -> None:
    for one in plan:
        for text in scripts(one).values():
            head = text[: text.index("\n", text.rindex("\n-- ") + 1)].splitlines()
            assert all(line.startswith("-- ") and line.isascii() and line.isprintable() for line in head)


def test_file_names_are_made_of_letters_digits_and_hyphens(plan: list[Planned]) -> None:
    assert all(set(one.stem) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for one in plan)


def test_every_change_that_is_applied_says_its_former_state_its_costs_its_grants_and_how_it_is_undone(plan: list[Planned]) -> None:
    for one in (one for one in plan if one.change.apply):
        apply = scripts(one)[one.script("apply")]
        for word in ("-- Costs: ", "-- Former state: ", "-- Grants needed: "):
            assert word in apply or (word == "-- Grants needed: " and one.finding.adviser == "result cache"), (one.stem, word)
        assert one.change.rollback and one.change.verify
        assert all("or replace view" not in statement and "or replace table" not in statement for statement in one.change.apply)


def test_a_check_that_writes_a_copy_says_what_that_costs() -> None:
    (one,) = [one for one in PLANS["plain"]() if one.finding.adviser == "clustering"]
    verify = scripts(one)[one.script("verify")]
    assert "-- This check itself costs: the whole table (" in verify and "45 minutes behind" in verify
    assert any("drop table if exists" in statement for statement in one.change.verify)


def test_a_warehouse_that_did_not_resume_by_itself_does_not_after_the_rollback_either() -> None:
    given = material_of(generate(5, (("SMALL", "STANDARD"),), statements=30, hours=8).views)
    for resumes, expected in (("true", "set auto_suspend = 900"), ("false", "set auto_suspend = 900 auto_resume = false")):
        setting = pd.DataFrame([{"name": "W0", "auto_suspend": 900, "size": "Small", "auto_resume": resumes}])
        look = replace(given.look, answers={**given.look.answers, "warehouses": setting})
        (finding,) = auto_suspend.advise(replace(given, look=look, _found={}))
        assert finding.change is not None and finding.change.rollback == (f"alter warehouse w0 {expected}",)


def test_every_adviser_says_what_it_came_to_and_why_it_has_nothing() -> None:
    rows = [quick(number) for number in range(3)]
    table = came_to(material(rows), [])
    assert len(table) == len(ADVISERS)
    told = dict(zip(table["adviser"], table["why none"], strict=True))
    assert "no table could be asked" in told["clustering"] and "no table could be asked" in told["materialized views"]
    assert all(told.values())
    found = everything(PLAIN, "NUMBER")
    names = set(came_to(material(rows), found).query("findings > 0")["adviser"])
    assert names == {one.adviser for one in found}, "each adviser counts under its own name"


def test_scripts_for_the_embedded_engine_are_written_only_where_it_is_the_warehouse() -> None:
    names = [name for one in plan_of(everything(PLAIN, "NUMBER")) for name in scripts(one)]
    assert names and not [name for name in names if "embedded" in name]
