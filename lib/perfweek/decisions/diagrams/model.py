"""A diagram before anything draws it: parts of the system and the connections between them, declared, seen, or both."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from perfweek.stats import Estimate

Kind = Literal["callers", "service", "route", "cache tier", "warehouse", "table", "jobs", "monitoring", "other service"]
State = Literal["within budget", "over budget", "cannot tell", "no budget", "not seen"]


@dataclass(frozen=True)
class Node:
    """A part of the system. `id` is unique in a diagram; `name` is text from outside; `about` says more, such as a tier's size.

    `declared` is None where the target has no place to declare such a part.
    """

    id: str
    name: str
    kind: Kind
    declared: bool | None
    seen: bool
    about: str = ""


@dataclass(frozen=True)
class Traffic:
    """What was seen on a connection: calls, calls a second, p95 in ms, share failed, bytes a second; intervals by blocks of time.

    `bytes_known` is False where the input does not say how many bytes went that way.
    """

    calls: int
    rate: Estimate
    p95: Estimate
    errors: Estimate
    bytes_rate: Estimate
    bytes_known: bool = True


@dataclass(frozen=True)
class Edge:
    """A connection from `source` to `target` (ids of nodes), in the direction of the call or of the data; `traffic` is None where
    it was declared and not seen. `budget_ms` for the p95, None without one; `batch`: nobody waits for it."""

    source: str
    target: str
    declared: bool | None
    traffic: Traffic | None
    budget_ms: float | None = None
    batch: bool = False

    @property
    def state(self) -> State:
        """The p95 against the budget: 'cannot tell' where its interval lies on both sides or a bound is not known."""
        if self.traffic is None:
            return "not seen"
        if self.budget_ms is None or self.batch:
            return "no budget"
        p95 = self.traffic.p95
        if p95.high <= self.budget_ms:
            return "within budget"
        return "over budget" if p95.low > self.budget_ms else "cannot tell"


@dataclass(frozen=True)
class Diagram:
    """Nodes in their order from left to right as far as they have one, and edges. `window_s`: seconds that were looked at;
    `source`: the evidence file; `assumed`: the traffic was generated, so its rates are a load script's; `ranked`: drawn in columns
    by kind, what keeps data first, however the data flows."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    window_s: float
    source: str
    assumed: bool = False
    ranked: bool = False

    @cached_property
    def by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}

    def name(self, node: str) -> str:
        return self.by_id[node].name
