"""What a diagram says in words: labels of its lines, the alternative text, the sentences, the table that says the same."""

import math

import pandas as pd

from perfweek.decisions.diagrams.model import Diagram, Edge, Node
from perfweek.wording import bracketed, count, listed, number, percent, value_text

COLUMNS = ["from", "to", "declared", "seen", "calls", "calls a second", "p95, ms", "budget, ms", "against budget", "failed", "bytes a second"]
_MOST_NAMED = 4
_UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))


def label(edge: Edge) -> tuple[str, ...]:
    """The words on a line: calls a second and bytes a second, then p95, and what is wrong with it."""
    traffic = edge.traffic
    if traffic is None:
        return ("not seen",)
    first = f"{short(traffic.rate.value)}/s"
    if traffic.bytes_known:
        first += f", {size(traffic.bytes_rate.value)}/s"
    lines = [first, f"p95 {_p95(edge)}"]
    if traffic.errors.value > 0:
        lines.append(f"{percent(traffic.errors.value)} failed")
    return (*lines, *([] if edge.declared is not False else ["not declared"]))


def _p95(edge: Edge) -> str:
    assert edge.traffic
    mark = {"over budget": ", over budget", "cannot tell": ", unclear"}.get(edge.state, "")
    return f"{value_text(edge.traffic.p95)} ms{mark}" if edge.traffic.p95.n else "no data"


def about(node: Node) -> tuple[str, ...]:
    """The small lines under a node's name: what it is, and how it differs from what was declared."""
    what = f"{node.kind}, {node.about}" if node.about else node.kind
    state = "declared, not seen" if node.declared and not node.seen else "seen, not declared" if node.declared is False else ""
    said = [] if node.name == what else [what]
    return (*said, *([state] if state else []))


def size(amount: float) -> str:
    """Bytes in decimal units: '64 kB'."""
    scale, unit = next(((scale, unit) for scale, unit in _UNITS if amount >= scale), (1.0, "B"))
    return f"{short(amount / scale)} {unit}"


def short(value: float) -> str:
    """Two significant digits: a label is read at a glance, the table has the interval."""
    places = max(0, 1 - math.floor(math.log10(abs(value)))) if value else 0
    return number(float(f"{value:.2g}"), min(places, 6))


def alternative(diagram: Diagram) -> str:
    """The finding of the diagram: connections against the budget, and where declaration and observation differ."""
    return f"{diagram.title}: {count(len(diagram.nodes), 'part')}, {count(len(diagram.edges), 'connection')}. {finding(diagram)}".replace("`", "")


def finding(diagram: Diagram) -> str:
    """The same as sentences of the report."""
    return " ".join([*_budget_words(diagram), *difference_words(diagram)])


def _budget_words(diagram: Diagram) -> list[str]:
    judged = [edge for edge in diagram.edges if edge.state in ("within budget", "over budget", "cannot tell")]
    over, unclear = ([edge for edge in judged if edge.state == state] for state in ("over budget", "cannot tell"))
    if not judged:
        return ["No connection with a budget was seen."]
    said = [f"Over the budget: {_ends(diagram, over)}." if over else f"None of {count(len(judged), 'connection')} is over its budget."]
    return said + ([f"Too close to tell: {_ends(diagram, unclear)}."] if unclear else [])


def _ends(diagram: Diagram, edges: list[Edge]) -> str:
    shown = [f"`{diagram.name(edge.source)}` to `{diagram.name(edge.target)}`" for edge in edges]
    return listed(shown if len(shown) <= _MOST_NAMED else [*shown[:_MOST_NAMED], f"{len(shown) - _MOST_NAMED} more"])


def difference_words(diagram: Diagram) -> list[str]:
    """What is declared and was not seen, and what was seen and is not declared."""
    unseen = [f"`{node.name}`" for node in diagram.nodes if node.declared and not node.seen]
    extra = [f"`{node.name}`" for node in diagram.nodes if node.declared is False]
    if not unseen and not extra:
        return ["Everything declared was seen, and nothing else."]
    said = [f"Declared and not seen: {listed(unseen)}."] if unseen else []
    return said + ([f"Seen and not declared: {listed(extra)}."] if extra else [])


def note(diagram: Diagram, drawn_by: str, left_out: int = 0) -> str:
    """How the diagram was made and how it is read."""
    load = "a load test's" if diagram.assumed else "the service's own"
    said = [
        f"{number(round(diagram.window_s))} s of {load} traffic, ramps included; intervals are in the table.",
        "A line's width grows with the logarithm of its calls a second. Green: p95 within the budget; orange: over it; pink: the interval lies "
        "on both sides; blue: no budget; grey: declared and not seen; red outline: seen and not declared; dashed: nobody waits for it.",
        f"Placed by {drawn_by}.",
    ]
    if any(node.kind == "other service" for node in diagram.nodes):
        said.insert(1, "Calls between other services are from traces, over the traces' own time.")
    if left_out:
        said.append(f"{count(left_out, 'part')} with the least traffic {'is' if left_out == 1 else 'are'} left out.")
    return " ".join(said)


def table(diagram: Diagram) -> pd.DataFrame:
    """One row a connection, the busiest first; 'not seen' rows have no figures. Text from outside as it is."""
    return pd.DataFrame([_row(diagram, edge) for edge in diagram.edges], columns=COLUMNS)


def _row(diagram: Diagram, edge: Edge) -> tuple[str, ...]:
    declared = {True: "yes", False: "no", None: "cannot be"}[edge.declared]
    ends = (diagram.name(edge.source), diagram.name(edge.target), declared)
    budget = "none" if edge.budget_ms is None or edge.batch else number(edge.budget_ms)
    traffic = edge.traffic
    if traffic is None:
        return (*ends, "no", "0", "", "", budget, "not seen", "", "")
    return (
        *ends,
        "batch" if edge.batch else "yes",
        f"{traffic.calls:,}",
        bracketed(traffic.rate),
        bracketed(traffic.p95),
        budget,
        edge.state,
        bracketed(traffic.errors, "%"),
        bracketed(traffic.bytes_rate) if traffic.bytes_known else "not logged",
    )


def as_text(diagram: Diagram) -> str:
    """The diagram line by line, for those who see no picture."""
    return "\n".join([alternative(diagram), *(_line(diagram, edge) for edge in diagram.edges)])


def _line(diagram: Diagram, edge: Edge) -> str:
    ends = f"{diagram.name(edge.source)} to {diagram.name(edge.target)}"
    if edge.traffic is None:
        return f"- {ends}: declared, not seen"
    parts = [f"{bracketed(edge.traffic.rate)} calls a second", f"p95 {bracketed(edge.traffic.p95, 'ms')}", edge.state]
    parts += ["seen, not declared"] if edge.declared is False else []
    return f"- {ends}: {', '.join(parts)}"
