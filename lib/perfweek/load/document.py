"""The page about the bottlenecks that Monday leaves for people."""

from pathlib import Path

from perfweek.files import write_atomic
from perfweek.load.baseline import Baseline
from perfweek.load.latency import EndpointLatency
from perfweek.load.sentences import budget_sentence, endpoint_sentence, load_note
from perfweek.week import Week
from perfweek.wording import number, percent


def write_bottlenecks(week: Week, baseline: Baseline) -> Path:
    """Write artifacts/bottlenecks.md, the endpoints ranked by what they take of all response time, and return it."""
    rows = [_row(baseline, rank, latency) for rank, latency in enumerate(baseline.endpoints, start=1)]
    lines = [
        f"# Bottlenecks, week {week.name}",
        "",
        budget_sentence(baseline),
        "",
        "| rank | endpoint | share of response time | mean, ms | finding |",
        "|---:|---|---:|---:|---|",
        *rows,
        "",
        f"{load_note(baseline)} Evidence: {baseline.run.source}",
    ]
    return write_atomic(week.artifacts / "bottlenecks.md", "\n".join(lines) + "\n")


def _row(baseline: Baseline, rank: int, latency: EndpointLatency) -> str:
    share, mean_ms = percent(latency.time_share), number(latency.mean_ms)
    return f"| {rank} | {_cell(latency.endpoint)} | {share} | {mean_ms} | {_cell(endpoint_sentence(baseline, latency))} |"


def _cell(text: str) -> str:
    """Text from outside as one cell of a Markdown table."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
