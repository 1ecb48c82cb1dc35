"""Writing the configuration into the week's artifacts."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from perfweek.caching.configuration.alerts import alerts_yaml
from perfweek.caching.configuration.edge import USUAL, worker_js, wrangler_toml
from perfweek.caching.configuration.process import service_toml
from perfweek.caching.configuration.redis_conf import redis_conf, users_acl
from perfweek.caching.configuration.sizes import Sizes
from perfweek.caching.keys.addresses import RuleName
from perfweek.caching.logged import Logged
from perfweek.files import write_atomic
from perfweek.stats import Estimate
from perfweek.week import Week


def write_configuration(
    week: Week, sizes: Sizes, logged: Logged, origin: str, expected: Mapping[str, Estimate], rules: frozenset[RuleName] = USUAL
) -> list[Path]:
    """artifacts/thursday/: the files of the tiers that are there, and alerts.yaml."""
    files = {"alerts.yaml": alerts_yaml(sizes, expected)}
    if sizes.process_bytes:
        files["service_cache.toml"] = service_toml(sizes)
    if sizes.shared_bytes:
        files |= {"redis.conf": redis_conf(sizes, written_bytes(logged)), "users.acl": users_acl(sizes)}
    if sizes.edge_ttl_s:
        files |= {"worker.js": worker_js(sizes, rules), "wrangler.toml": wrangler_toml(sizes, origin)}
    return [write_atomic(week.artifacts / "thursday" / name, content) for name, content in files.items()]


def written_bytes(logged: Logged) -> float:
    """Bytes a second that fills would write if every read missed: more than ever come."""
    return float(np.sum(logged.reads["bytes"].to_numpy(float))) / logged.seconds if logged.seconds else 0.0
