"""OTLP JSON: what a caller waits for, and what is done with damage and hostile names."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfweek.blocks import Blocks
from perfweek.decisions.federation.barrier import path_and_stages
from perfweek.decisions.kafka.chain import calls
from perfweek.decisions.kafka.deferrable import is_write, saved
from perfweek.decisions.traces import Span, Trace, read_traces
from perfweek.errors import EvidenceError

START = 1_795_000_000_000


def span(id_, parent, start, end, service="api", name="", failed=False):
    return Span(id_, parent, service, name or id_, START + start, START + end, failed, {})


def trace(*spans):
    return Trace("t", spans[0], spans)


def otlp(*spans, service="api"):
    def one(span_):
        return {
            "traceId": "t",
            "spanId": span_.id,
            "parentSpanId": span_.parent,
            "name": span_.name,
            "startTimeUnixNano": str(int(span_.start * 1e6)),
            "endTimeUnixNano": str(int(span_.end * 1e6)),
            "status": {"code": 2} if span_.failed else {},
        }

    attributes = [{"key": "service.name", "value": {"stringValue": service}}]
    return {"resourceSpans": [{"resource": {"attributes": attributes}, "scopeSpans": [{"spans": list(map(one, spans))}]}]}


def test_work_beside_the_path_that_is_waited_for_counts_nothing():
    """Of 100 ms: a call of 60 that ends at 90, and beside it one of 30: the caller waits for 40 of its own and the 60."""
    found = trace(span("root", "", 0, 100), span("slow", "root", 30, 90), span("beside", "root", 40, 70)).critical_ms
    assert (found["root"], found["slow"], found.get("beside", 0)) == (pytest.approx(40), pytest.approx(60), 0)


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(0, 100), st.floats(0, 100)), max_size=12))
@settings(max_examples=100, deadline=None)
def test_the_path_adds_up_to_the_request_whatever_the_spans(parts):
    spans = [span("root", "", 0, 100)]
    for place, (parent, first, second) in enumerate(parts):
        spans.append(span(f"s{place}", spans[min(parent, len(spans) - 1)].id, min(first, second), max(first, second)))
    found = trace(*spans).critical_ms
    assert sum(found.values()) == pytest.approx(100, abs=0.1)
    assert all(ms >= 0 for ms in found.values())


def test_deferring_spares_what_is_on_the_path_less_the_handing_over():
    """Mail takes 40 of 100 ms, its own call included; handing it on takes 5."""
    write = trace(span("root", "", 0, 100, name="POST /x"), span("send mail", "root", 50, 90), span("smtp", "send mail", 55, 80, "smtp"))
    assert is_write(write)
    assert saved(write, ["*MAIL*"], 5) == pytest.approx(0.35)
    assert saved(write, ["nothing"], 5) == 0
    assert [one.name for one in calls(write)] == ["smtp"]


def test_stages_wait_for_the_slowest_and_paths_do_not():
    """a (10) then b (50), beside c (50) then d (10), each after its parent: paths take 60, stages 50 + 50 and two hops."""
    view = trace(
        span("root", "", 0, 70),
        span("a", "root", 0, 60, "A"),
        span("b", "a", 10, 60, "B"),
        span("c", "root", 0, 60, "C"),
        span("d", "c", 50, 60, "D"),
    )
    assert path_and_stages(view, 4) == (pytest.approx(60), pytest.approx(108))
    assert path_and_stages(trace(span("root", "", 0, 70)), 4) is None


def test_a_file_of_one_object_and_one_of_lines_say_the_same(tmp_path):
    spans = [span("root", "", 0, 100), span("call", "root", 10, 90, failed=True)]
    one, lines = tmp_path / "one.json", tmp_path / "lines.json"
    one.write_text(json.dumps(otlp(*spans)))
    lines.write_text("".join(json.dumps(otlp(part)) + "\n" for part in spans) + '{"resourceSpans": [{"scop')
    whole, torn = read_traces([one]), read_traces([lines])
    assert [one.critical_ms for one in whole[0]] == [one.critical_ms for one in torn[0]]
    assert (whole[1], torn[1]) == (0, 1)
    assert [one.failed for one in whole[0][0].spans] == [False, True]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"resourceSpans": 3}', '{"resourceSpans": [{"scopeSpans": [{"spans": [{"spanId": 1}]}]}]}']
)
def test_a_file_without_a_span_says_so(tmp_path, text):
    path = tmp_path / "traces.json"
    path.write_text(text)
    with pytest.raises(EvidenceError, match="no span with a root"):
        read_traces([path])


def test_spans_in_a_circle_and_half_characters_do_no_harm(tmp_path):
    path = tmp_path / "traces.json"
    spans = [span("root", "", 0, 100, name="\ud800<b>"), span("a", "b", 0, 50), span("b", "a", 0, 50)]
    path.write_text(json.dumps(otlp(*spans)))
    ((found,), _) = read_traces([path])
    assert sum(found.critical_ms.values()) == pytest.approx(100)
    found.root.name.encode()
    assert Blocks.of([found.root.start]).blocks == 1
