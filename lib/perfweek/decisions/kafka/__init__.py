"""ADR-001, event-driven architecture with Kafka: should followers of a write be asynchronous, and should a log broker carry the events?"""

from perfweek.decisions.kafka.burstiness import burstiness
from perfweek.decisions.kafka.chain import chain_failures
from perfweek.decisions.kafka.consumers import consumers, replays
from perfweek.decisions.kafka.deferrable import deferrable_share
from perfweek.decisions.kafka.own_reads import own_reads
from perfweek.decisions.kafka.polls import poll_waste
from perfweek.decisions.kafka.rate import peak_write_rate
from perfweek.decisions.parts import Part

CRITERIA = (deferrable_share, chain_failures, burstiness, own_reads, poll_waste, peak_write_rate, consumers, replays)
PARTS = (
    Part(
        "asynchronous",
        ("deferrable-share", "chain-failures", "burstiness", "own-reads", "poll-waste"),
        "keep the calls synchronous and make them shorter: concurrently, each with a time limit",
    ),
    Part(
        "log broker",
        ("peak-write-rate", "consumers", "replays"),
        "write the event into an outbox table in the transaction of the write and let a worker read it",
    ),
)
