"""Every record on worlds whose right answer is known: supports, opposes, open, and too little to tell."""

import os

import pytest
from decision_worlds import WORLDS, judged

from perfweek.decisions.records import read_records
from perfweek.project import project_folder

RECORDS = {record.id: record for record in read_records(project_folder("runbooks") / "adr")}
SEEDS = range(int(os.environ.get("PERFWEEK_SEEDS", "20")))  # more of them when somebody has the time
EXPECTED = {"supports": "supports", "opposes": "opposes", "ambiguous": "inconclusive", "starved": "no data"}


@pytest.mark.parametrize("truth", EXPECTED)
@pytest.mark.parametrize("name", WORLDS)
def test_the_verdict_is_right_in_95_of_100_runs(name, truth):
    found = [judged(RECORDS[name], WORLDS[name](truth, seed)).verdict for seed in SEEDS]
    assert found.count(EXPECTED[truth]) >= 0.95 * len(SEEDS), found


@pytest.mark.parametrize("name", WORLDS)
def test_what_supports_is_more_probable_to_hold_than_what_opposes(name):
    high, low = (judged(RECORDS[name], WORLDS[name](truth, 1)).confidence for truth in ("supports", "opposes"))
    assert high.share > 0.7 and low.raw < 0.05
    assert high.raw >= high.share


def test_an_asynchronous_design_may_be_supported_and_the_broker_refused():
    evidence = WORLDS["ADR-001"]("supports", 1)
    alone = type(evidence)(**{**vars(evidence), "known": evidence.known.model_copy(update={"consumers": 1})})
    decision = judged(RECORDS["ADR-001"], alone)
    assert [(part.part.name, part.verdict) for part in decision.parts] == [("asynchronous", "supports"), ("log broker", "opposes")]
    assert decision.verdict == "opposes"
