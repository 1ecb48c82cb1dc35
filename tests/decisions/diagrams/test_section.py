"""Tuesday's sections: both diagrams as exhibits and files, or why there are none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from perfweek import evidence
from perfweek.decisions.material import Missing
from perfweek.exhibit import Chart, Sentence
from perfweek.target import Cache, Service, Target, Tier
from perfweek.tuesday import diagrams
from perfweek.week import Week

TARGET = Target(service=Service(name="shop"), cache=Cache(tiers=(Tier(name="in-process", size_mb=10, ttl_s=60),)))


@pytest.fixture
def week(tmp_path: Path) -> Week:
    opened = Week.open("2026-W48", tmp_path / "weeks")
    evidence.collect(opened, "load-monday", {}, lambda folder: (folder / "run.json").write_text("{}") and None)
    return opened


def test_both_diagrams_are_shown_with_their_finding_and_written_as_mermaid_and_markdown(
    week: Week, traffic: Callable[..., Any], evidence_of: Callable[..., Any]
) -> None:
    drawn = diagrams.studied(week, TARGET, evidence_of(traffic(seconds=30)).requests, {"GET /assets": None, "GET /gone": None})
    shown = [*diagrams.architecture(drawn), *diagrams.data_flow(drawn)]
    charts = [one for one in shown if isinstance(one, Chart)]
    assert [chart.alt.split(":")[0] for chart in charts] == ["High-level architecture", "Data flow"]
    assert "Declared and not seen: GET /gone. Seen and not declared: GET /assets/{id} and POST /assets." in charts[1].alt
    assert all(len(chart.table) == len([one for one in chart.drawing.strokes if one.arrow]) for chart in charts)
    names = {path.name: path.read_text() for path in diagrams.artifacts(week, drawn)}
    assert set(names) == {"architecture.mmd", "data_flow.mmd", "diagrams.md"}
    assert names["data_flow.mmd"] in names["diagrams.md"]


def test_without_a_log_the_reason_is_said(week: Week) -> None:
    nothing = diagrams.studied(week, TARGET, Missing("the service writes no log"), None)
    assert [*diagrams.architecture(nothing), *diagrams.data_flow(nothing)] == [
        Sentence("There is no traffic to draw: the service writes no log.")
    ] * 2
    assert diagrams.artifacts(week, nothing) == []
