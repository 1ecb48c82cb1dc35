"""Joining what was declared with what was seen."""

from collections.abc import Iterator
from dataclasses import replace

from perfweek.decisions.diagrams.calls import JOBS, Observed
from perfweek.decisions.diagrams.declared import Declared
from perfweek.decisions.diagrams.estimate import traffic_by_connection, window_seconds
from perfweek.decisions.diagrams.model import Diagram, Edge, Kind, Node

DECLARABLE: frozenset[Kind] = frozenset({"callers", "service", "cache tier", "warehouse", "monitoring", "other service"})
MOST_NODES = 24
"""More do not fit on a page that is read; the quietest are left out, and the note says how many."""


def build(
    title: str, declared: Declared, observed: Observed, source: str, *, routes_declared: bool = False, assumed: bool = False, ranked: bool = False
) -> Diagram:
    """The diagram of both: what both know once, what only one knows marked as such.

    `routes_declared`: there is an OpenAPI document, so that a route which it lacks is undeclared. `assumed`, `ranked`: see Diagram.
    """
    declarable = DECLARABLE | ({"route"} if routes_declared else set())
    seen = {*observed.calls["source"], *observed.calls["target"]}
    known = {node.id: node for node in declared.nodes}
    nodes = [Node(one.id, one.name, one.kind, True, one.id in seen, one.about) for one in declared.nodes]
    nodes += [
        Node(name, shown, kind, False if kind in declarable else None, True)
        for name, (shown, kind) in observed.names.items()
        if name not in known and name in seen
    ]
    edges = tuple(_edges(declared, observed, {node.id: node for node in nodes}, complete=not ranked))
    return Diagram(title, tuple(_inner(nodes)), edges, window_seconds(observed.calls), source, assumed, ranked)


def shortened(diagram: Diagram, most: int = MOST_NODES) -> tuple[Diagram, int]:
    """The diagram with at most `most` nodes, and how many were left out: those with the fewest calls, declared and unseen ones first."""
    calls = {node.id: 0 for node in diagram.nodes}
    for edge in diagram.edges:
        for end in (edge.source, edge.target):
            calls[end] += edge.traffic.calls if edge.traffic else 0
    kept = set(sorted(calls, key=lambda node: -calls[node])[:most])
    nodes = tuple(node for node in diagram.nodes if node.id in kept)
    edges = tuple(edge for edge in diagram.edges if {edge.source, edge.target} <= kept)
    return replace(diagram, nodes=nodes, edges=edges), len(diagram.nodes) - len(nodes)


def _edges(declared: Declared, observed: Observed, nodes: dict[str, Node], *, complete: bool) -> Iterator[Edge]:
    """`complete`: the declaration has every connection of its parts, so that another one between them is not declared."""
    unseen = dict.fromkeys(declared.pairs)
    for (source, target, batch), traffic in traffic_by_connection(observed.calls):
        unseen.pop((source, target), None)
        ends = {nodes[source].declared, nodes[target].declared}
        wrong = False in ends or (complete and ends == {True})
        known = True if (source, target) in declared.pairs else False if wrong else None
        yield Edge(source, target, known, traffic, declared.budgets.get((source, target)), bool(batch))
    yield from (Edge(source, target, True, None, declared.budgets.get((source, target))) for source, target in unseen)


def _inner(nodes: list[Node]) -> Iterator[Node]:
    """Statements of no request are drawn where they were seen only."""
    yield from (node for node in nodes if node.id != JOBS or node.seen)
