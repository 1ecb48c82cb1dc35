"""Keys chosen on samples, held to the tables really laid out: TPC-H's lineitem and the bundled sample's catalogue."""

import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from warehouse.clustering.laid_out import ask, known, store

from perfweek.sample.data import TABLE, build, database
from perfweek.warehouse.clustering.judgements import judgements
from perfweek.warehouse.clustering.proof import prove
from perfweek.warehouse.clustering.proven import Proof, by_key, with_closeness
from perfweek.wednesday.clustering import clustering, clustering_proof


def tpch_statements():
    """Ranges of each kind that TPC-H's queries have, moved over the years and keys, and lookups."""
    line, drawn = "tpch.lineitem", random.Random(4)
    for year in range(1992, 1998):
        yield (
            "GET /revenue",
            (
                f"select sum(l_extendedprice) from {line} where l_shipdate >= '{year}-01-01'::date and l_shipdate < dateadd(year, 1, "
                f"'{year}-01-01'::date) and l_discount between 0.05 and 0.07 and l_quantity < 24"
            ),
        )
        yield (
            "GET /modes",
            (
                f"select count(*) from {line} where l_shipmode in ('MAIL', 'SHIP') and l_receiptdate >= '{year}-01-01'::date "
                f"and l_receiptdate < date '{year}-01-01' + interval '1 year'"
            ),
        )
        yield "GET /months", f"select sum(l_tax) from {line} where date_trunc('month', l_shipdate) = '{year}-0{drawn.randrange(1, 9)}-01'"
        yield "GET /weeks", f"select count(*) from {line} where l_shipdate between '{year}-03-01' and '{year}-03-07' and l_returnflag = 'R'"
    for _ in range(12):
        part = drawn.randrange(1, 5900)
        yield "GET /parts", f"select count(*), max(l_comment) from {line} where l_partkey between {part} and {part + 20}"
        yield "GET /orders", f"select * from {line} where l_orderkey = {4 * drawn.randrange(45_000) + 1}"


def sample_statements():
    drawn = random.Random(5)
    for month in range(1, 13):
        yield "GET /assets/{id}", f"select * from {TABLE} where asset_id = {drawn.randrange(1, 60_000)}"
        yield (
            "GET /stats/daily",
            (
                f"select to_date(created_at) as day, count(*) as n from {TABLE} where created_at >= '2025-{month:02}-03' "
                f"and created_at < dateadd(day, 20, '2025-{month:02}-03'::timestamp) group by 1"
            ),
        )
    for source in ("amplitude", "zendesk", "salesforce", "hubspot"):
        yield (
            "GET /assets",
            (f"select asset_id, name from {TABLE} where source_system = '{source}' and created_at < '2026-05-01' order by created_at desc limit 20"),
        )
        yield "GET /sources", f"select count(*) from {TABLE} where source_system = '{source}' and created_at >= '2026-06-01'"


@pytest.fixture(scope="module", params=["TPC-H", "sample"])
def laid_out(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("proof")
    history = folder / "history.ndjson"
    if request.param == "sample":
        build(folder / "sample", 60_000)
        file, statements, rows = database(folder / "sample", "as_found"), sample_statements(), 9_000
    else:
        generator = Path(sys.executable).parent / "tpchgen-cli"
        arguments = [generator, "parquet", "-s", "0.03", "-T", "lineitem", "--output-dir", folder]
        subprocess.run(arguments, check=True, capture_output=True, timeout=120)
        file, statements, rows = folder / "tpch.duckdb", tpch_statements(), 36_000
        store(file, "tpch.lineitem", f"select * from '{folder / 'lineitem.parquet'}' order by hash(l_orderkey, l_linenumber)")
    ask(file, history, [(route, text, {}) for route, text in statements])
    found = known(file, history, folder, rows)
    # each condition weighs the same: times of a few milliseconds differ from run to run
    return replace(found, material=replace(found.material, statements=found.material.statements.assign(execution_time=10.0)))


@pytest.fixture(scope="module")
def judgement(laid_out):
    (one,) = laid_out.material.once(judgements)
    return one


@pytest.fixture(scope="module")
def proof(laid_out, judgement, tmp_path_factory):
    return Proof(with_closeness(prove(laid_out.database, judgement, tmp_path_factory.mktemp("scratch")).to_pandas()), "evidence/clustering-proof")


def test_only_a_part_of_the_rows_is_sampled(judgement):
    assert 0.05 < judgement.sample.share < 0.3
    assert judgement.sample.partitions == -(-judgement.table.rows // 2048)


def test_at_least_twenty_conditions_are_predicted_to_a_tenth_or_one_partition(proof):
    for key, rows in proof.rows.groupby("key"):
        assert len(rows) >= 20
        assert rows["close"].mean() >= 0.9, rows[~rows["close"]].to_string()
        assert rows["likely"].mean() == pytest.approx(rows["measured"].mean(), rel=0.1), key


def test_the_chosen_key_scans_no_more_than_any_single_column(proof):
    keys = by_key(proof)
    chosen = float(keys.loc[keys["role"] == "chosen", "measured"].iloc[0])
    single = keys.loc[keys["role"] == "single column", "measured"]
    assert len(single) >= 3
    assert (chosen <= single + 1e-9).all(), keys.to_string()


def test_the_report_shows_each_key_predicted_beside_measured(judgement, proof):
    texts = " ".join(str(getattr(exhibit, "text", "")) for exhibit in [*clustering([judgement], "evidence/x"), *clustering_proof(proof)])
    assert judgement.advice.chosen.name in texts
    assert f"of {proof.conditions} conditions were predicted" in texts
    assert "does no better" in texts


def test_without_tables_or_a_proof_the_report_says_so():
    assert "Cannot tell" in clustering([], "evidence/x")[0].text
    assert "Not proven here" in clustering_proof(None)[0].text
