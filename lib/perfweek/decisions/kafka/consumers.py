"""How many consumers an event has, and whether events are processed again: what a log gives beyond a queue."""

from collections import Counter

from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion, stated
from perfweek.decisions.joint import of_interval
from perfweek.decisions.kafka.chain import calls
from perfweek.decisions.kafka.deferrable import is_write
from perfweek.decisions.material import Evidence, Missing, Traces
from perfweek.stats import block_quantile
from perfweek.wording import bracketed, count, listed

CONSUMERS = Rule(
    record="ADR-001",
    id="consumers",
    quantity="independent consumers of the same write",
    unit="services",
    formula="distinct services called in the trace of one write, median of the writes; or as stated",
    threshold=Threshold("at least", 4, 3, "P", "four consumers need a log; one or two share a queue"),
    role="supporting",
    instead="a queue for each of the one or two consumers",
    fewest=20,
    measure="export traces of writes (OTLP JSON) under decisions.traces, or set decisions.consumers",
)
REPLAYS = Rule(
    record="ADR-001",
    id="replays",
    quantity="times that events are processed again",
    unit="a quarter",
    formula="as stated in target.toml; count backfills and repairs in the list of incidents",
    threshold=Threshold("at least", 1, 1, "J", "whoever replays once a quarter needs events that are kept"),
    role="supporting",
    instead="keep events in a table for as long as they may be needed",
    fewest=1,
    measure="count last year's backfills and repairs and set decisions.replays_a_quarter",
)


def consumers(evidence: Evidence) -> Criterion:
    """As stated, else the services that follow a write in its trace."""
    stated_number = evidence.known.consumers
    if stated_number >= 0:
        return stated(
            CONSUMERS,
            stated_number,
            evidence.any_dataset,
            f"{count(int(stated_number), 'consumer reads', 'consumers read')} the same event",
            "consumers",
        )
    return criterion(CONSUMERS, evidence.traces, _observe)


def replays(evidence: Evidence) -> Criterion:
    """How often a quarter, as stated."""
    known = evidence.known.replays_a_quarter
    return stated(REPLAYS, known, evidence.any_dataset, f"events are processed again {known:g} times a quarter", "replays_a_quarter")


def _observe(traces: Traces) -> Observation | Missing:
    writes = [trace for trace in traces.traces if is_write(trace)]
    followed = [(trace.root.start / 1000, {span.service for span in calls(trace)} - {trace.root.service}) for trace in writes]
    if not any(services for _, services in followed):
        return Missing("no write in the traces calls another service")
    found = block_quantile([len(services) for _, services in followed], [time for time, _ in followed], 0.5)
    most = [f"`{name}`" for name, _ in Counter(name for _, services in followed for name in services).most_common(3)]
    return Observation.of(of_interval(found), 1.0, "estimated", f"{bracketed(found)} services follow a write, most often {listed(most)}")
