"""What the system looks like, by its traffic and by what it declares."""

from pathlib import Path

from perfweek.decisions.diagrams import words
from perfweek.decisions.diagrams.calls import Observed
from perfweek.decisions.diagrams.document import write_diagrams
from perfweek.decisions.diagrams.layout import engine
from perfweek.decisions.diagrams.model import Diagram
from perfweek.decisions.diagrams.scene import draw
from perfweek.decisions.diagrams.study import Diagrams, Routes, diagrams_of, read_history_of_load
from perfweek.decisions.material import Missing, Requests
from perfweek.exhibit import Chart, Exhibit, Section, Sentence
from perfweek.target import Target
from perfweek.week import Week


def studied(week: Week, target: Target, requests: Requests | Missing, routes: Routes | None, traces: Observed | None = None) -> Diagrams | Missing:
    """Both diagrams of the week; `routes` as `tuesday.api.Api.routes` gives them, `traces` as `calls.observed_of` does."""
    return diagrams_of(target, requests, read_history_of_load(week), routes, traces)


def architecture(diagrams: Diagrams | Missing) -> Section:
    """Which parts there are, how much goes where, and which are declared without being used or used without being declared."""
    return _missing(diagrams) if isinstance(diagrams, Missing) else _shown(diagrams.architecture, diagrams.left_out[0])


def data_flow(diagrams: Diagrams | Missing) -> Section:
    """Where data is kept, through which routes it goes, and who gets it."""
    return _missing(diagrams) if isinstance(diagrams, Missing) else _shown(diagrams.flow, diagrams.left_out[1])


def artifacts(week: Week, diagrams: Diagrams | Missing) -> list[Path]:
    """Write the diagrams as Mermaid texts and as a Markdown page, and return them; nothing where there are none."""
    return [] if isinstance(diagrams, Missing) else write_diagrams(week, diagrams)


def _shown(diagram: Diagram, left_out: int) -> list[Exhibit]:
    name, place = engine()
    chart = Chart(
        draw(diagram, place),
        f"{diagram.title}: its connections, the busiest first",
        words.table(diagram),
        words.alternative(diagram),
        words.note(diagram, name, left_out),
        diagram.source,
    )
    return [Sentence(words.finding(diagram)), chart]


def _missing(missing: Missing) -> list[Exhibit]:
    return [Sentence(f"There is no traffic to draw: {missing.reason}.")]
