"""The key specification of the log, and a reference implementation that stands alone."""

from importlib import resources
from pathlib import Path
from pprint import pformat

import pandas as pd

from perfweek.caching.keys.addresses import DECIMALS, TRACKING
from perfweek.caching.keys.cardinality import cardinality
from perfweek.caching.keys.normalising import Strategy
from perfweek.caching.keys.slots import Balance
from perfweek.caching.logged import Logged
from perfweek.files import write_atomic
from perfweek.week import Week
from perfweek.wording import bracketed, in_percent, percent

LONGEST = 120  # bytes of a key: Workers KV takes 512, and a long key costs memory in every tier
NAME = "keys.md"
CODE = "cache_keys.py"


def write_specification(week: Week, service: str, logged: Logged, strategy: Strategy, balance: Balance) -> list[Path]:
    """Write artifacts/thursday/keys.md and cache_keys.py; returns their paths."""
    folder = week.artifacts / "thursday"
    return [
        write_atomic(folder / NAME, specification(service, logged, strategy, balance)),
        write_atomic(folder / CODE, implementation(service, strategy)),
    ]


def implementation(service: str, strategy: Strategy) -> str:
    """A Python module with key_for and slot_of; it needs nothing but Python."""
    kept = {rule.name for rule in strategy.kept}
    values = {
        "@SERVICE@": repr(slug(service)),
        "@TRACKING@": repr(TRACKING.pattern if "tracking" in kept else r"(?!)"),
        "@DEFAULTS@": pformat(sorted((one.path, one.name, one.value) for one in strategy.defaults), width=120) if "defaults" in kept else "[]",
        "@EMPTY@": repr("empty values" in kept),
        "@PRECISION@": repr("precision" in kept),
        "@SORTED@": repr("order" in kept),
        "@DECIMALS@": repr(DECIMALS),
        "@LONGEST@": repr(LONGEST),
    }
    text = (resources.files(__package__) / "cache_keys.template").read_text(encoding="utf-8")
    for place, value in values.items():
        text = text.replace(place, value)
    return text


def slug(name: str) -> str:
    """A name that needs no escaping in a key: letters, digits and hyphens."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name.lower()).strip("-")[:40] or "service"


def specification(service: str, logged: Logged, strategy: Strategy, balance: Balance) -> str:
    """The document: form, normalisation with what each part gains, tenants and versions, cluster, hot keys."""
    return (
        "\n\n".join(
            [
                f"# Cache keys of {slug(service)}",
                f"From {len(logged.reads):,} reads of {logged.source}. `{CODE}` beside this file makes these keys, and needs nothing but Python.",
                "## Form",
                _form(service),
                "## Normalisation",
                strategy.why or _rules(strategy),
                "## Routes",
                _routes(cardinality(logged)),
                "## In a Redis Cluster",
                _cluster(balance),
            ]
        )
        + "\n"
    )


def _form(service: str) -> str:
    return (
        f"`{slug(service)}:<tenant>:<version>:<path?query, normalised>`, at most {LONGEST} bytes; of a longer one the BLAKE2b hash of 16 bytes "
        "stands in its place. `<tenant>` is `-` where answers are the same for everybody; anything that depends on the caller (session, "
        "language, grants) belongs there. `<version>` is a counter that a write raises (`-` where entries are deleted instead): one counter for "
        "each source that writes change as a whole."
    )


def _rules(strategy: Strategy) -> str:
    kept = {rule.name for rule in strategy.kept}
    head = "| rule | applied | names before | after | hit ratio gains, points | the answers |\n|---|---|---:|---:|---:|---|"
    rows = [
        f"| {rule.title} | {'yes' if rule.name in kept else 'no'} | {rule.before:,} | {rule.after:,} | {bracketed(in_percent(rule.gain))} "
        f"| {rule.evidence.verdict}: {rule.evidence.agreeing:,} of {rule.evidence.compared:,} the same by {rule.evidence.by} |"
        for rule in strategy.rules
    ]
    return "\n".join([head, *rows, "", f"All that are applied together: {bracketed(in_percent(strategy.together))} points."])


def _routes(routes: pd.DataFrame) -> str:
    head = "| route | reads | keys | read once |\n|---|---:|---:|---:|"
    cells = [(str(row["route"]).replace("|", "\\|").replace("\n", " ")[:100], row) for _, row in routes.head(50).iterrows()]
    return "\n".join([head, *(f"| {name} | {row['reads']:,} | {row['keys']:,} | {percent(row['once'])} |" for name, row in cells)])


def _cluster(balance: Balance) -> str:
    hot = (
        f"The {len(balance.too_hot):,} keys with more than 1/{balance.shards} of the requests stay in the process (L1) or are split: "
        "`key:0` to `key:n`, a reader picks one by chance, a write fills all."
        if len(balance.too_hot)
        else "No key has more requests than a shard's share."
    )
    return (
        "The slot is CRC16 (XMODEM) of the key, or of what stands between its first `{` and the next `}`, modulo 16,384. No hash tags: "
        f"entries are read one at a time. A tag is for keys that one command must reach together, and puts all of them on one shard. On "
        f"{balance.shards} masters the busiest has {balance.skew:.2f} times the mean. {hot}"
    )
