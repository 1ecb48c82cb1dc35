"""A diagram as Mermaid text, for Markdown that GitHub, GitLab and JupyterLab draw: https://mermaid.js.org/syntax/flowchart.html"""

from collections.abc import Iterator

from perfweek.decisions.diagrams.model import Diagram, Edge
from perfweek.decisions.diagrams.scene import line_width, tone
from perfweek.decisions.diagrams.words import about, label

_COLOURS = {"ink": "#0072b2", "muted": "#8b949e", "good": "#009e73", "bad": "#d55e00", "unsure": "#cc79a7", "alarm": "#c4122f"}
_PLAIN = frozenset(" ._/,()-")


def mermaid(diagram: Diagram) -> str:
    """The flowchart; every name is a quoted label in which all but letters, digits and ' ._/,()-' stands as its number, and nothing in it can
    be clicked."""
    ids = {node.id: f"n{place}" for place, node in enumerate(diagram.nodes)}
    lines = ["flowchart LR", *(f"    {ids[node.id]}[{_quoted((node.name, *about(node)))}]" for node in diagram.nodes)]
    lines += [f"    {_link(edge, ids)}" for edge in diagram.edges]
    lines += [
        f"    linkStyle {place} stroke:{_COLOURS[tone(edge)]},stroke-width:{line_width(edge):.1f}px" for place, edge in enumerate(diagram.edges)
    ]
    return "\n".join([*lines, *(f"    {line}" for line in _classes(diagram, ids))]) + "\n"


def _link(edge: Edge, ids: dict[str, str]) -> str:
    arrow = "-.->" if edge.batch else "-->"
    return f"{ids[edge.source]} {arrow}|{_quoted(label(edge))}| {ids[edge.target]}"


def _classes(diagram: Diagram, ids: dict[str, str]) -> Iterator[str]:
    styles = {
        "unseen": ("color:#59616a,stroke:#8b949e", [node for node in diagram.nodes if node.declared and not node.seen]),
        "undeclared": ("stroke:#c4122f,stroke-width:3px", [node for node in diagram.nodes if node.declared is False]),
    }
    for name, (style, nodes) in styles.items():
        if nodes:
            yield f"classDef {name} {style}"
            yield f"class {','.join(ids[node.id] for node in nodes)} {name}"


def _quoted(lines: tuple[str, ...]) -> str:
    return '"' + "<br/>".join(map(escape, lines)) + '"'


def escape(text: str) -> str:
    """Text that ends no label, starts no directive and is no markup: other characters than letters, digits and ' ._/,()-' as #code;."""
    return "".join(
        char if (char.isascii() and char.isalnum()) or char in _PLAIN else f"#{ord(char)};" if char.isprintable() else " " for char in text
    )
