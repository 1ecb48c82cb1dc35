"""What the target and the OpenAPI document declare: the parts of the system and how they are connected."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from perfweek.decisions.diagrams.calls import CALLERS, SERVICE, WAREHOUSE
from perfweek.decisions.diagrams.model import Kind, Node
from perfweek.target import Target, Tier
from perfweek.wording import number

Pair = tuple[str, str]


@dataclass(frozen=True)
class Declared:
    """Nodes (not yet seen) and the pairs that are connected, in the direction of the diagram; `budgets`: pair -> ms."""

    nodes: tuple[Node, ...]
    pairs: tuple[Pair, ...]
    budgets: Mapping[Pair, float]


def architecture_of(target: Target) -> Declared:
    """Callers, the service, its cache tiers, its warehouse and what monitors it.

    Whoever waits for the service waits for what it waits for, so the service's budget holds for its tiers and its warehouse too.
    """
    tiers = [_tier(tier) for tier in target.cache.tiers]
    watching = _monitoring(target)
    warehouse = _node(WAREHOUSE, _warehouse_name(target), "warehouse")
    nodes = (_node(CALLERS, "callers", "callers"), _service(target), *tiers, warehouse, *watching)
    asked = [(SERVICE, tier.id) for tier in tiers] + [(SERVICE, WAREHOUSE)]
    pairs = [(CALLERS, SERVICE), *asked, *(_watches(node) for node in watching)]
    budget = target.service.latency_budget_p95_ms
    return Declared(nodes, tuple(pairs), dict.fromkeys([(CALLERS, SERVICE), *asked], budget))


def flow_of(target: Target, routes: Mapping[str, float | None] | None, seen: Sequence[Pair]) -> Declared:
    """Callers, the declared routes ('GET /assets' -> budget in ms or None for the service's), the cache tiers and the warehouse.

    A target says which tiers there are and not which route uses them, so a tier and the warehouse are there only where that was `seen`. Without
    an OpenAPI document (`routes` None) no route is declared or undeclared.
    """
    budget, ends = target.service.latency_budget_p95_ms, {end for pair in seen for end in pair}
    kept = [*map(_tier, target.cache.tiers), _node(WAREHOUSE, _warehouse_name(target), "warehouse")]
    routes_declared = [_node(f"route:{route}", route, "route") for route in routes or {}]
    nodes = [_node(CALLERS, "callers", "callers"), *routes_declared, *(node for node in kept if node.id in ends)]
    pairs = [_to_callers(route) for route in routes or {}]
    own = {_to_callers(route): limit for route, limit in (routes or {}).items() if limit is not None}
    return Declared(tuple(nodes), tuple(pairs), dict.fromkeys([*pairs, *seen], budget) | own)


def _to_callers(route: str) -> Pair:
    reading = route.split(" ", 1)[0] in ("GET", "HEAD", "OPTIONS")
    return (f"route:{route}", CALLERS) if reading else (CALLERS, f"route:{route}")


def _tier(tier: Tier) -> Node:
    size = "" if math.isinf(tier.size_mb) else f"{_size(tier.size_mb)}, "
    life = "no expiry" if math.isinf(tier.ttl_s) else f"{number(tier.ttl_s)} s"
    return Node(f"tier:{tier.name}", tier.name, "cache tier", declared=True, seen=False, about=size + life)


def _size(mb: float) -> str:
    return f"{number(mb / 1000)} GB" if mb >= 1000 else f"{number(mb)} MB"


def _service(target: Target) -> Node:
    return Node(SERVICE, target.service.name, "service", declared=True, seen=False, about=urlsplit(target.service.url).netloc)


def _warehouse_name(target: Target) -> str:
    return "embedded DuckDB" if target.warehouse.connection == "embedded" else f"Snowflake ({target.warehouse.connection})"


def _monitoring(target: Target) -> list[Node]:
    named = {"prometheus": "Prometheus", "grafana": "Grafana", "pyroscope": "Pyroscope"}
    return [_node(f"monitoring:{key}", name, "monitoring") for key, name in named.items() if getattr(target.monitoring, key)]


def _watches(node: Node) -> Pair:
    """Prometheus asks the service, the service pushes its profiles to Pyroscope, Grafana asks Prometheus where there is one."""
    key = node.id.removeprefix("monitoring:")
    return {"prometheus": (node.id, SERVICE), "pyroscope": (SERVICE, node.id)}.get(key, (node.id, SERVICE))


def _node(node: str, name: str, kind: Kind) -> Node:
    return Node(node, name, kind, declared=True, seen=False)
