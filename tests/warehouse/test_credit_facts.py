"""What Wednesday tells Thursday of the price of a statement."""

from dataclasses import replace

import pandas as pd
import pytest
from warehouse.known_material import material, statement

from perfweek.warehouse.cost import Basis
from perfweek.warehouse.findings import credit_facts
from perfweek.warehouse.study import Study


def facts_with(basis: Basis) -> dict[str, float]:
    found = material([statement("select a from t where b = 1", 2000.0), statement("select c from u", 500.0, 1)])
    cost = replace(found.look.cost, basis=basis, broken=found.look.cost.broken.iloc[:0])
    look = replace(found.look, cost=cost, fingerprints=pd.DataFrame({"credits": [0.002, 0.003], "execution_ms": [2000.0, 500.0], "statements": 1}))
    return {fact.metric: fact.estimate.value for fact in credit_facts(Study(1000, 10, True, material=replace(found, look=look)))}


def test_credits_are_told_by_the_second_of_execution() -> None:
    assert facts_with(Basis.worked)["warehouse.credits.per_second"] == pytest.approx(0.005 / 2.5)


def test_credits_that_nobody_metered_are_no_fact() -> None:
    assert not facts_with(Basis.estimated)
