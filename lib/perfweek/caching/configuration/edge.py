"""The edge: a worker over Workers KV, and its settings."""

import json
from importlib import resources

from perfweek.caching.configuration.sizes import JITTER, Sizes
from perfweek.caching.keys.addresses import TRACKING, RuleName, rules_of

COMPATIBLE = "2025-09-01"
USUAL: frozenset[RuleName] = frozenset(rule.name for rule in rules_of() if rule.usual)


def worker_js(sizes: Sizes, rules: frozenset[RuleName] = USUAL) -> str:
    """The worker; `rules`: ways to write keys the same that the log speaks for."""
    tracking = TRACKING.pattern.removeprefix("(?i)") if "tracking" in rules else "(?!)"
    values = {
        "@SERVICE@": sizes.service,
        "@TTL@": f"{sizes.edge_ttl_s:g}",
        "@CACHED@": f"{sizes.edge_cached_s:g}",
        "@JITTER@": f"{JITTER:g}",
        "@SORTED@": json.dumps("order" in rules),
        "@EMPTY@": json.dumps("empty values" in rules),
        "@TRACKING@": f"/{tracking}/i",
    }
    text = (resources.files(__package__) / "worker.template").read_text(encoding="utf-8")
    for place, value in values.items():
        text = text.replace(place, value)
    return text


def wrangler_toml(sizes: Sizes, origin: str) -> str:
    """The worker's settings. A namespace's id is known once it is made."""
    return f"""# wrangler kv namespace create CACHE prints the id; then: wrangler deploy
name = {json.dumps(f"{sizes.service}-edge")}
main = "worker.js"
compatibility_date = "{COMPATIBLE}"

[vars]
ORIGIN = {json.dumps(origin)}

[[kv_namespaces]]
binding = "CACHE"
id = "put the id of the namespace here"

[observability]
enabled = true
"""
