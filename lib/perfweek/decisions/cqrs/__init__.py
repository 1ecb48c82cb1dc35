"""ADR-002, CQRS: should reads have a model, capacity or a store of their own? Four levels, each judged: none, views, replica, own store."""

from perfweek.decisions.cqrs.interference import interference
from perfweek.decisions.cqrs.mismatch import model_mismatch
from perfweek.decisions.cqrs.reads import reads_by_count, reads_by_database_time
from perfweek.decisions.cqrs.replica import replica_load
from perfweek.decisions.cqrs.shapes import read_shapes
from perfweek.decisions.cqrs.staleness import stale_reads
from perfweek.decisions.parts import Part

CRITERIA = (reads_by_count, reads_by_database_time, model_mismatch, interference, stale_reads, replica_load, read_shapes)
PARTS = (
    Part(
        "level 3, a read store",
        ("reads-by-count", "reads-by-database-time", "model-mismatch", "interference", "stale-reads", "replica-load", "read-shapes"),
        "keep one model; serve the heaviest read from a materialised view or a replica",
    ),
    Part(
        "level 2, a replica",
        ("reads-by-database-time", "interference"),
        "keep readers and writers together: they do not disturb each other",
        necessary=("interference",),
        proposed=False,
    ),
    Part(
        "level 1, views for reads",
        ("model-mismatch", "read-shapes"),
        "an index, or a clustering key, for the heaviest read",
        proposed=False,
    ),
)
