"""The weekly review: a paper to read first, slides, and the manager's page; self-contained, without a network, and all from facts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

from perfweek.files import write_atomic
from perfweek.progress.compare import Comparison, by_endpoint, overall
from perfweek.progress.papers.so_far import SoFar
from perfweek.progress.plan.page import COMMITMENTS, plan_sentence
from perfweek.progress.scoring import score_sentence, scored_point
from perfweek.week import DAYS

TEMPLATE = Path(__file__).parent / "template"
MOST_ROWS, MOST_TILES = 8, 4


@dataclass(frozen=True)
class Slide:
    """`minutes`: how long the meeting gives it."""

    title: str
    texts: Sequence[str] = ()
    points: Sequence[str] = ()
    minutes: str = ""


@dataclass(frozen=True)
class Row:
    """An endpoint on the manager's page, in words."""

    endpoint: str
    verdict: str
    before: str
    after: str
    ratio: str
    bounds: str


@dataclass(frozen=True)
class Outcome:
    """What Friday itself knows while its day is not yet in the manifest: verdict, comparisons, tiles as (label, shown, interval, unit)."""

    verdict: Sequence[str]
    comparisons: Sequence[Comparison]
    figures: Sequence[tuple[str, str, str, str]] = field(default_factory=tuple)


def write_papers(so_far: SoFar, outcome: Outcome) -> list[Path]:
    """artifacts/friday/progress.html (one page for managers), review.html (slides) and review.md (the paper). Returns them."""
    folder = so_far.week.artifacts / "friday"
    return [
        write_atomic(folder / "progress.html", manager_page(so_far, outcome)),
        write_atomic(folder / "review.html", _render("slides.html.j2", so_far, slides=slides(so_far, outcome))),
        write_atomic(folder / "review.md", paper(so_far, outcome)),
    ]


def manager_page(so_far: SoFar, outcome: Outcome) -> str:
    """One screen, one printed page: did it work, what changed, were we right, what is next, what is needed."""
    tiles = [
        {"day": "Friday", "label": label, "shown": shown, "interval": interval, "unit": unit} for label, shown, interval, unit in outcome.figures
    ]
    tiles += [{**vars(figure), "day": day.capitalize()} for day in DAYS if day not in ("tuesday", "friday") for figure in so_far.figures(day)[:1]]
    plan = [f"{one.candidate.title}: success is {one.candidate.success}" for one in so_far.work[:COMMITMENTS]]
    return _render(
        "manager.html.j2",
        so_far,
        headline=outcome.verdict[0] if outcome.verdict else "No data",
        tiles=tiles[:MOST_TILES],
        rows=rows(outcome.comparisons)[:MOST_ROWS],
        scores=score_sentence(so_far.scored),
        plan=plan,
        asks=[one.candidate.title for one in so_far.open_measurements[:2]],
    )


def slides(so_far: SoFar, outcome: Outcome) -> list[Slide]:
    """Scoreboard, commitments, regressions, decisions, next: 45 minutes."""
    regressed = [name for name, found in by_endpoint(outcome.comparisons).items() if overall(found) == "regressed"]
    board = [f"{row.endpoint}: {row.verdict}, p95 {row.before} to {row.after}, ratio {row.ratio} ({row.bounds})" for row in rows(outcome.comparisons)]
    return [
        Slide(
            f"Review of week {so_far.week.name}", [so_far.target.service.name, *outcome.verdict[:1]], minutes="5 minutes, reading in silence first"
        ),
        Slide("How did we perform?", points=board[:MOST_ROWS] or ["no data"], minutes="8 minutes"),
        Slide("Were we right?", [score_sentence(so_far.scored)], [scored_point(one) for one in so_far.scored[:6]], "7 minutes"),
        Slide("What got worse, and who looks?", points=regressed or ["nothing that these runs can tell"], minutes="10 minutes"),
        Slide("What must be decided?", points=list(so_far.verdict("tuesday")) or ["no record was judged"], minutes="10 minutes"),
        Slide("What will we do?", [plan_sentence(so_far.work)], [f"{one.candidate.title}: owner?" for one in so_far.work[:COMMITMENTS]], "5 minutes"),
    ]


def paper(so_far: SoFar, outcome: Outcome) -> str:
    """The same as Markdown, to be read before the meeting and written into during it."""
    parts = [f"# Review of week {so_far.week.name}: {so_far.target.service.name}", "", "Read for ten minutes in silence, then talk.", ""]
    for slide in slides(so_far, outcome)[1:]:
        parts += [f"## {slide.title} ({slide.minutes})", "", *slide.texts, *[f"- {point}" for point in slide.points], ""]
    parts += ["## Decided", "", "| what | who | until | success is |", "|---|---|---|---|", *["|  |  |  |  |"] * COMMITMENTS, ""]
    return "\n".join(" ".join(part.split(" ")).replace("<", "&lt;") for part in parts)


def rows(comparisons: Sequence[Comparison]) -> list[Row]:
    """One an endpoint: what moved first, then by name."""
    order = {"regressed": 0, "improved": 1, "same": 2, "cannot tell": 3}
    found = by_endpoint([one for one in comparisons if one.quantity in ("p50", "p95", "p99", "errors", "throughput")])
    shown = [_row(name, one, overall(found[name])) for name in found for one in found[name] if one.quantity == "p95"]
    return sorted(shown, key=lambda row: (order[row.verdict], row.endpoint))


def _row(name: str, p95: Comparison, verdict: str) -> Row:
    effect = p95.effect
    bounds = "not known" if math.isnan(effect.low) else f"{effect.low:.2f} to {effect.high:.2f}"
    return Row(name, verdict, _ms(p95.before), _ms(p95.after), "" if math.isnan(effect.value) else f"{effect.value:.2f}", bounds)


def _ms(value: float) -> str:
    return "no data" if math.isnan(value) else f"{value:,.3g} ms"


def _render(template: str, so_far: SoFar, **content: object) -> str:
    environment = Environment(loader=FileSystemLoader(TEMPLATE), autoescape=select_autoescape(default=True, default_for_string=True))
    css = (TEMPLATE / "paper.css").read_text(encoding="utf-8")
    page = environment.get_template(template)
    return page.render(service=so_far.target.service.name, week=so_far.week.name, css=Markup(css), **content)
