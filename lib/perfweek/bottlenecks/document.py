"""The page about the bottlenecks that Monday leaves for people."""

from pathlib import Path

from perfweek.bottlenecks.division import Part
from perfweek.bottlenecks.finding import Finding
from perfweek.bottlenecks.sentences import bottleneck_sentence, bottlenecks_note, parts_note, parts_sentence
from perfweek.bottlenecks.study import Study
from perfweek.bottlenecks.titles import part_title
from perfweek.files import write_atomic
from perfweek.week import Week
from perfweek.wording import bracketed, number


def write_bottlenecks(week: Week, study: Study) -> Path:
    """Write artifacts/bottlenecks.md, the ranked list and how each endpoint's p95 divides, and return it."""
    lines = [
        f"# Bottlenecks, week {week.name}",
        "",
        _text(bottleneck_sentence(study.findings)),
        "",
        "| rank | bottleneck | endpoint | ms a request | ms of p95 | of all response time, at most | what was seen | evidence |",
        "|---:|---|---|---:|---:|---:|---|---|",
        *[_row(rank, one) for rank, one in enumerate(study.findings, start=1)],
        "",
        bottlenecks_note(study),
        "",
        "## Where the 95th percentile goes",
        "",
        _text(parts_sentence(study)),
        "",
        "| endpoint | part | ms of p95 | share of p95 |",
        "|---|---|---:|---:|",
        *[
            _part_row(division.endpoint, part_title(division, part.part), part)
            for division in study.divisions
            for part in division.parts
            if part.known
        ],
        "",
        f"{_text(parts_note(study))} Evidence: {study.source}",
    ]
    return write_atomic(week.artifacts / "bottlenecks.md", "\n".join(lines) + "\n")


def _row(rank: int, one: Finding) -> str:
    removal = one.removal
    figures = (number(removal.ms.value), number(removal.of_p95.value), bracketed(removal.of_all, "%"))
    return _cells([str(rank), one.title, one.endpoint or "all", *figures, one.sentence, one.source])


def _part_row(endpoint: str, title: str, part: Part) -> str:
    return _cells([endpoint, title, bracketed(part.p95), bracketed(part.share, "%")])


def _cells(texts: list[str]) -> str:
    return "| " + " | ".join(_text(text).replace("|", "\\|") for text in texts) + " |"


def _text(text: str) -> str:
    """Text from outside as one line of Markdown that holds no HTML."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("<", "&lt;")
