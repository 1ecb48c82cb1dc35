"""Capacity in the report: sentences, figures and facts of runs whose answer is known."""

import math
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from stepped_load import arrivals_of, capacity_of, cells_from, plan_of_levels, requests_of, served_in_turn, steady

from perfweek.load.capacity import figures, findings, sentences, tables
from perfweek.load.capacity.result import Capacity
from perfweek.metrics import CATALOGUE

PLAN = plan_of_levels([20.0, 30.0, 45.0, 60.0, 75.0, 90.0, 120.0, 150.0], 6)
EMPTY = capacity_of((), reason="the target switches it off", remedy="Set [load] capacity.")


def queue(k6: float = 0.2) -> Capacity:
    return capacity_of(cells_from(served_in_turn(PLAN, 100, 1), PLAN, service=steady(1.0, 48), generator=steady(k6, 48)))


def idle() -> Capacity:
    starts = arrivals_of(PLAN)
    return capacity_of(cells_from(requests_of(starts, np.random.default_rng(1).lognormal(-4, 0.3, len(starts))), PLAN, generator=steady(0.2, 48)))


def words(figure: Figure) -> str:
    return " ".join(text.get_text() for axes in figure.axes for text in axes.texts)


def test_the_highest_rate_is_told_with_the_levels_around_it_and_against_the_baseline():
    said = sentences.capacity_sentence(queue())
    assert said == (
        "The budget of 200 ms for p95 of all requests together is kept up to 90/s: surely at 75/s, surely lost at 120/s. "
        "That is 1.8 times the baseline's 50/s."
    )


def test_a_budget_that_was_never_lost_says_so():
    assert "surely at 150/s, it was not lost up to 150/s, the most that was tried" in sentences.capacity_sentence(idle())


def test_a_budget_that_is_lost_from_the_start_says_so():
    plan = plan_of_levels([20.0, 40.0], 6)
    cells = cells_from(requests_of(arrivals_of(plan), np.full(360, 0.5)), plan, generator=steady(0.2, 12))
    assert sentences.capacity_sentence(capacity_of(cells)).startswith("Even at the lowest load of 20/s the budget of 200 ms")


def test_figures_of_a_generator_that_was_the_limit_are_called_its_own_and_become_no_facts():
    busy = queue(k6=1.9)
    assert sentences.capacity_sentence(busy).startswith("The load generator was the limit, not the service: it used 1.9 of 2 cores.")
    assert findings.facts_of(busy) == []
    assert findings.facts_of(queue())


def test_the_knee_and_the_level_from_which_requests_pile_up_are_told():
    said = sentences.knee_sentence(queue())
    assert said.startswith("Response times bend upwards at ")
    assert "From 120/s on requests pile up" in said
    assert sentences.knee_sentence(idle()).endswith("At no level did requests pile up.")
    assert "No knee" in sentences.knee_sentence(idle())


def test_the_law_says_only_what_the_data_tell():
    said = sentences.scaling_sentence(queue())
    assert "of the work waits its turn" in said
    assert "the data cannot tell" in said or "throughput falls again" in said
    few = replace(queue(), cells=queue().cells[:5])
    assert sentences.scaling_sentence(few) == ("The scaling law is not fitted: 5 of the 6 different concurrencies that a fit needs were measured.")


@pytest.mark.parametrize(("k6", "said"), [(0.2, "was not the limit: k6 took at most 0.20 of 2 cores"), (1.0, "and the service the rest")])
def test_what_the_generator_took_is_told(k6, said):
    assert said in sentences.generator_sentence(queue(k6))


def test_the_note_says_what_was_cut_and_broken_off():
    cells = queue().cells
    broken = capacity_of((*cells[:-1], replace(cells[-1], whole=False)), stopped=True)
    note = sentences.capacity_note(broken)
    assert "8 steps of 5.1 s from 20/s to 150/s" in note
    assert "is cut" in note and "1 level broken off" in note and "took in the answers that were due" in note


def test_the_table_has_a_row_a_level_with_its_verdict():
    table = tables.cell_table(queue())
    assert table["arrivals/s"].tolist() == [20, 30, 45, 60, 75, 90, 120, 150]
    assert table["budget"].iloc[-1] == "missed" and table["budget"].iloc[3] == "kept"
    assert set(tables.CELL_FORMATS) <= set(table.columns)
    broken = capacity_of((replace(queue().cells[0], whole=False),))
    assert tables.cell_table(broken)["budget"].tolist() == ["kept, broken off"]


def test_every_fact_is_in_the_catalogue_and_carries_its_source():
    facts = findings.facts_of(queue())
    assert {"http.capacity.rate", "http.capacity.knee", "http.capacity.throughput", "http.capacity.contention"} <= {fact.metric for fact in facts}
    assert all(fact.metric in CATALOGUE and fact.source.endswith("k6.csv.gz") and not math.isnan(fact.estimate.value) for fact in facts)


def test_the_figures_name_budget_knee_and_where_they_end():
    steps, scaling = figures.load_steps(queue()), figures.scaling(queue())
    assert all(word in words(steps) for word in ("budget 200 ms", "knee", "p95", "all answered"))
    assert "twice what was tested" in words(scaling)
    dashed = [line for line in scaling.axes[0].lines if line.get_linestyle() == "--"]
    assert max(dashed[0].get_xdata()) == pytest.approx(2 * queue().scaling.tested)
    assert "knee" not in words(figures.load_steps(idle()))


def test_without_a_measurement_every_part_says_why():
    said = [getattr(sentences, name)(EMPTY) for name in ("capacity_sentence", "knee_sentence", "generator_sentence")]
    assert all("the target switches it off" in one for one in said)
    assert sentences.scaling_sentence(EMPTY).startswith("The scaling law is not fitted")
    assert sentences.capacity_note(EMPTY) == "Nothing was measured."
    assert findings.facts_of(EMPTY) == []
    assert "switches it off" in words(figures.load_steps(EMPTY)) and "switches it off" in words(figures.scaling(EMPTY))
