"""The model of the diagrams: what was declared joined with what was seen. The traffic is synthetic; its rates are known."""

from dataclasses import dataclass, field

import pandas as pd
import pytest

from perfweek.access_log import SCHEMA
from perfweek.decisions.diagrams import words
from perfweek.decisions.diagrams.build import build, shortened
from perfweek.decisions.diagrams.calls import Call, calls_of_spans, observed_of
from perfweek.decisions.diagrams.declared import architecture_of, flow_of
from perfweek.decisions.diagrams.inputs import architecture_calls, flow_calls, job_calls, tables_of
from perfweek.decisions.diagrams.model import Diagram, Edge
from perfweek.decisions.diagrams.scene import line_width
from perfweek.target import Cache, Monitoring, Service, Target, Tier, Warehouse

TIERS = (Tier(name="in-process", size_mb=1000, ttl_s=60), Tier(name="Redis", size_mb=100_000, ttl_s=300))
TARGET = Target(
    service=Service(name="shop", latency_budget_p95_ms=100),
    cache=Cache(tiers=TIERS),
    warehouse=Warehouse(connection="prod"),
    monitoring=Monitoring(prometheus="http://127.0.0.1:9090"),
)


def log(seconds: int = 60, a_second: int = 10) -> pd.DataFrame:
    """Ten requests a second: of each ten, four are answered by l1 in 2 ms, five ask the warehouse in 50 ms, one writes in 20 ms."""
    rows = []
    for number in range(seconds * a_second):
        place = number % 10
        write, hit = place == 9, place < 4
        rows.append(
            {
                "time": 1000.0 + number / a_second,
                "request_id": f"r{number}",
                "session": "s",
                "method": "POST" if write else "GET",
                "route": "POST /carts" if write else "GET /carts/{id}",
                "key": f"k{number}",
                "status": 201 if write else 200,
                "bytes": 100 if write else 1000,
                "tier": "none" if write else "l1" if hit else "origin",
                "duration_ms": 20.0 if write else 2.0 if hit else 50.0,
                "database_ms": 0.0 if hit else 10.0,
                "queries": 0 if hit else 1,
                "items": 1,
            }
        )
    return pd.DataFrame(rows)[SCHEMA.names]


def history(frame: pd.DataFrame, texts: dict[str, str], own: int = 0) -> pd.DataFrame:
    """A statement for each request that sent one, by its method, and `own` statements of no request."""
    asked = frame[frame["queries"] > 0]
    times = [*asked["time"], *[1030.0] * own]
    return pd.DataFrame(
        {
            "query_text": [*asked["method"].map(texts), *["copy into lake.carts from @stage"] * own],
            "request_id": [*asked["request_id"], *[""] * own],
            "start_time": pd.to_datetime(times, unit="s", utc=True),
            "total_elapsed_time": 10.0,
            "execution_time": 9.0,
            "execution_status": "SUCCESS",
            "bytes_scanned": 5000,
        }
    )


def edge(diagram: Diagram, source: str, target: str) -> Edge:
    return next(one for one in diagram.edges if (diagram.name(one.source), diagram.name(one.target)) == (source, target))


def flow_of_log(routes: dict[str, float | None] | None, statements: pd.DataFrame | None = None) -> Diagram:
    seen = flow_calls(log(), TIERS, statements)
    pairs = list(zip(seen.calls["source"], seen.calls["target"], strict=True))
    return build("Flow", flow_of(TARGET, routes, pairs), seen, "x", routes_declared=routes is not None, ranked=True)


@pytest.fixture(scope="module")
def architecture() -> Diagram:
    return build("Architecture", architecture_of(TARGET), architecture_calls(log(), TIERS), "evidence/x")


def test_rates_are_calls_over_the_time_looked_at(architecture: Diagram) -> None:
    rates = {(diagram_end(architecture, one)): one.traffic.rate.value for one in architecture.edges if one.traffic}
    window = 599 / 10  # from the first to the last request
    assert rates == {
        "callers > shop": pytest.approx(600 / window),
        "shop > in-process": pytest.approx(240 / window),
        "shop > Snowflake (prod)": pytest.approx(360 / window),
    }


def diagram_end(diagram: Diagram, one: Edge) -> str:
    return f"{diagram.name(one.source)} > {diagram.name(one.target)}"


def test_a_connection_knows_p95_errors_bytes_and_what_its_input_does_not_say(architecture: Diagram) -> None:
    calls = edge(architecture, "callers", "shop")
    assert calls.traffic and calls.traffic.p95.value == 50 and calls.state == "within budget"
    assert calls.traffic.errors.value == 0 and calls.traffic.errors.high > 0
    assert calls.traffic.bytes_rate.value == pytest.approx((540 * 1000 + 60 * 100) / 59.9)
    asked = edge(architecture, "shop", "Snowflake (prod)")
    assert asked.traffic and not asked.traffic.bytes_known
    assert "not logged" in words.table(architecture)["bytes a second"].to_list()


def test_what_is_declared_and_was_not_seen_is_there_and_marked(architecture: Diagram) -> None:
    unseen = [node.name for node in architecture.nodes if node.declared and not node.seen]
    assert unseen == ["Redis", "Prometheus"]
    assert edge(architecture, "shop", "Redis").state == "not seen"
    assert "Declared and not seen: Redis and Prometheus." in words.alternative(architecture)


def test_a_tier_and_a_route_that_nobody_declared_are_marked() -> None:
    frame = log().replace({"tier": {"l1": "edge"}})
    seen = build("Architecture", architecture_of(TARGET), architecture_calls(frame, TIERS), "evidence/x")
    assert [node.name for node in seen.nodes if node.declared is False] == ["edge"]
    flow = flow_of_log({"GET /carts/{id}": None})
    assert [node.name for node in flow.nodes if node.declared is False] == ["POST /carts"]
    unknown = flow_of_log(None)
    assert {node.declared for node in unknown.nodes if node.kind == "route"} == {None}


def test_a_p95_is_judged_by_its_interval_and_by_the_routes_own_budget() -> None:
    flow = flow_of_log({"GET /carts/{id}": 40.0, "POST /carts": None})
    assert edge(flow, "GET /carts/{id}", "callers").state == "over budget"
    assert edge(flow, "callers", "POST /carts").state == "within budget"
    assert "Over the budget: GET /carts/{id} to callers." in words.alternative(flow)
    few = build("Architecture", architecture_of(TARGET), architecture_calls(log(seconds=2), TIERS), "x")
    assert edge(few, "callers", "shop").state == "cannot tell"


def test_data_flows_from_the_tables_that_statements_read_and_to_those_they_write() -> None:
    texts = {"GET": "select * from carts join lake.prices using (id) where id = %(id)s", "POST": "insert into carts select 1"}
    frame = log()
    flow = flow_of_log(None, history(frame, texts))
    assert edge(flow, "carts", "GET /carts/{id}").traffic.calls == 300
    assert edge(flow, "lake.prices", "GET /carts/{id}").traffic.bytes_rate.value == pytest.approx(300 * 2500 / 59.9)
    assert edge(flow, "POST /carts", "carts").traffic.calls == 60


def test_statements_of_no_request_are_batch_and_have_no_budget() -> None:
    frame = log()
    jobs = job_calls(history(frame, {"GET": "select 1 from t", "POST": "select 1 from t"}, own=7), frame)
    seen = architecture_calls(frame, TIERS) | jobs
    diagram = build("Architecture", architecture_of(TARGET), seen, "x")
    batch = edge(diagram, "statements of no request", "Snowflake (prod)")
    assert batch.batch and batch.state == "no budget" and batch.traffic.calls == 7


def test_a_connection_that_two_inputs_know_counts_once() -> None:
    spans = [Call(1000 + place, "shop", "billing", 30.0) for place in range(60)] + [Call(1000, "shop", "billing", 1.0, batch=True)]
    seen = architecture_calls(log(), TIERS) | observed_of(spans, "shop")
    diagram = build("Architecture", architecture_of(TARGET), seen | observed_of(spans, "shop"), "x")
    billed = [one for one in diagram.edges if diagram.name(one.target) == "billing"]
    assert sorted((one.traffic.calls, one.batch) for one in billed) == [(1, True), (60, False)]
    assert diagram.by_id["other:billing"].declared is False


@dataclass(frozen=True)
class Span:
    id: str
    parent: str
    service: str
    attributes: dict[str, str] = field(default_factory=dict)
    start: float = 1_000_000.0
    end: float = 1_000_030.0
    failed: bool = False


def test_traces_of_another_day_keep_their_own_time() -> None:
    later = [Call(1e9 + place / 2, "shop", "billing", 30.0) for place in range(61)]
    diagram = build("Architecture", architecture_of(TARGET), architecture_calls(log(), TIERS) | observed_of(later, "shop"), "x")
    assert edge(diagram, "shop", "billing").traffic.rate.value == pytest.approx(61 / 30)
    assert edge(diagram, "callers", "shop").traffic.rate.value == pytest.approx(600 / 59.9)
    assert diagram.window_s == pytest.approx(59.9)


def test_spans_that_cross_services_are_calls_and_those_of_a_queue_are_batch() -> None:
    spans = [Span("a", "", "shop"), Span("b", "a", "shop"), Span("c", "b", "billing"), Span("d", "c", "mail", {"messaging.system": "kafka"})]
    calls = [(call.time, call.source, call.target, call.duration_ms, call.batch) for call in calls_of_spans(spans)]
    assert calls == [(1000.0, "shop", "billing", 30.0, False), (1000.0, "billing", "mail", 30.0, True)]


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("with a as (select * from raw.x) select * from a join y on true", {("raw.x", False), ("y", False)}),
        ("merge into t using s on t.a = s.a when matched then delete", {("t", True), ("s", False)}),
        ("select 1", {("(no table)", False)}),
        ("select from where (", {("(unread statement)", False)}),
    ],
)
def test_tables_of_a_statement(text: str, tables: set[tuple[str, bool]]) -> None:
    assert set(tables_of(text)) == tables


def test_widths_grow_with_the_logarithm_of_the_rate(architecture: Diagram) -> None:
    fast = edge(architecture, "callers", "shop")  # about 10 a second: two factors of ten above one in ten seconds
    assert line_width(fast) == pytest.approx(1.5 + 2 * 1.6, abs=0.01)
    assert line_width(edge(architecture, "shop", "Redis")) == 1.5


def test_of_too_many_parts_the_quietest_are_left_out_and_counted() -> None:
    calls = [Call(second + place / 100, "shop", f"part {place}", 1.0) for place in range(40) for second in range(place + 1)]
    diagram, left_out = shortened(build("Architecture", architecture_of(TARGET), observed_of(calls, "shop"), "x"), most=10)
    assert len(diagram.nodes) == 10 and left_out == 36
    assert {"shop", "part 39", "part 31"} <= {node.name for node in diagram.nodes}
    assert "36 parts with the least traffic are left out" in words.note(diagram, "Graphviz", left_out)
