"""Grafana's JSON of the dashboards, with the official typed builders; the files are committed, and a test generates them anew and compares."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from perfweek.files import write_atomic
from perfweek.monitoring.panels import BOARDS, Board, Panel

PROMETHEUS, PYROSCOPE = "perfweek-prometheus", "perfweek-pyroscope"
FOLDER = "grafana/dashboards"
_WIDTH, _HEIGHT = 12, 8


def write_dashboards(stack: Path) -> list[Path]:
    """Write one file a board below `stack`. Needs grafana-foundation-sdk, which only those who change panels install."""
    return [write_atomic(stack / FOLDER / f"{board.uid}.json", json_of(board)) for board in BOARDS]


def json_of(board: Board) -> str:
    """The board as Grafana imports it; the same text for the same panels."""
    from grafana_foundation_sdk.cog.encoder import JSONEncoder

    content = json.loads(JSONEncoder(sort_keys=True, indent=2).encode(_built(board)))
    for number, panel in enumerate(content["panels"], start=1):
        panel["id"] = number  # the builders give none, and links to a panel need one
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def _built(board: Board) -> Any:
    from grafana_foundation_sdk.builders import dashboard

    built = dashboard.Dashboard(board.title).uid(board.uid).description(board.says).tags(["perfweek"]).refresh("30s").timezone("browser")
    built = built.time("now-1h", "now").readonly().with_variable(_job())
    for place, panel in enumerate(_panels(board)):
        built = built.with_panel(panel.grid_pos(_position(place)))
    return built.build()


def _panels(board: Board) -> Iterator[Any]:
    yield from (_panel(panel) for panel in board.panels)
    if board.flames:
        yield _flames()


def _panel(panel: Panel) -> Any:
    from grafana_foundation_sdk.builders import prometheus, stat, timeseries

    built: Any = timeseries.Panel() if panel.kind == "timeseries" else stat.Panel()
    built = built.title(panel.question).description(f"{panel.says} ({panel.metric})").unit(panel.unit).datasource(_source("prometheus", PROMETHEUS))
    for place, query in enumerate(panel.queries):
        target = prometheus.Dataquery().expr(query.expr).legend_format(query.legend).ref_id("ABCDEF"[place])
        built = built.with_target(target if panel.kind == "timeseries" else target.instant())
    return built


def _flames() -> Any:
    from grafana_foundation_sdk.builders import dashboard, grafanapyroscope

    query = (
        grafanapyroscope.Dataquery().label_selector('{service_name=~".+"}').profile_type_id("process_cpu:cpu:nanoseconds:cpu:nanoseconds").ref_id("A")
    )
    says = "The continuous profiler's samples: wide frames take the time. (profile.share)"
    panel = dashboard.Panel().type("flamegraph").title("Where does the CPU time go?").description(says)
    return panel.datasource(_source("grafana-pyroscope-datasource", PYROSCOPE)).with_target(query)


def _job() -> Any:
    from grafana_foundation_sdk.builders import dashboard
    from grafana_foundation_sdk.models.dashboard import VariableOption, VariableRefresh

    job = dashboard.QueryVariable("job").label("service").query("label_values(process_cpu_seconds_total, job)")
    chosen = VariableOption(selected=True, text="service", value="service")
    return job.datasource(_source("prometheus", PROMETHEUS)).refresh(VariableRefresh.ON_DASHBOARD_LOAD).current(chosen)


def _source(kind: str, uid: str) -> Any:
    from grafana_foundation_sdk.models.common import DataSourceRef

    return DataSourceRef(type_val=kind, uid=uid)


def _position(place: int) -> Any:
    from grafana_foundation_sdk.models.dashboard import GridPos

    return GridPos(h=_HEIGHT, w=_WIDTH, x=_WIDTH * (place % 2), y=_HEIGHT * (place // 2))
