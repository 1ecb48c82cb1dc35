"""Evidence of known truth for every record (nobody measured it): what supports it, opposes it, leaves it open, or is too little to tell."""

import numpy as np
import pandas as pd

from perfweek.decisions.judge import SUBJECTS, Decision, decided
from perfweek.decisions.material import (
    Build,
    Builds,
    Change,
    Dataset,
    Evidence,
    FieldUse,
    History,
    Missing,
    Requests,
    Statements,
    Traces,
)
from perfweek.decisions.packages import find_packages
from perfweek.decisions.traces import Span, Trace
from perfweek.profiling.timings.turborepo import Summary, Task
from perfweek.target import Cache, Tier
from perfweek.target_decisions import Decisions

START = 1_795_000_000.0
NOTHING = Missing("not in this world", "evidence/load-monday/run.json")
LETTERS = "abcdefghij"


def dataset(rows=1, seconds=1.0):
    return Dataset("evidence/load-monday/access_log.ndjson", "0" * 64, rows, START, START + seconds)


def judged(record, evidence) -> Decision:
    """The record judged by its own criteria."""
    return decided(record, [compute(evidence) for compute in SUBJECTS[record.id].CRITERIA])


def requests_of(frame):
    return Requests(dataset(len(frame), frame["time"].max() - START), frame.reset_index(drop=True), 1.0, generated=False)


def log(random, seconds, n, *, method="GET", keys=200, **columns):
    """`n` requests at random times, keys chosen at random, sessions of their own."""
    frame = pd.DataFrame(
        {
            "time": np.sort(START + random.random(n) * seconds),
            "request_id": [f"r{number}" for number in range(n)],
            "session": [f"s{number}" for number in range(n)],
            "method": method,
            "route": f"{method} /things",
            "key": [f"k{number}" for number in random.integers(0, keys, n)],
            "status": 200,
            "bytes": 1000,
            "tier": "none",
            "duration_ms": 50.0,
            "database_ms": 20.0,
            "queries": 1,
            "items": 1,
        }
    )
    return frame.assign(**columns)


def merged(*frames):
    return pd.concat(frames).sort_values("time", kind="stable").assign(request_id=lambda rows: [f"r{number}" for number in range(len(rows))])


def span(name, parent, service, start, ms, number, failed=False):
    return Span(f"{number}", parent, service, name, start * 1000, start * 1000 + ms, failed, {})


def write_trace(random, at, deferrable):
    """A write of 100 ms whose calls to mail, audit and index take that share of it, one after another."""
    share = float(np.clip(random.normal(deferrable, 0.02), 0, 0.9))
    each = 100 * share / 3
    root = span("POST /things", "", "api", at, 100.0, "root")
    calls = [span(f"{name} it", "root", name, at + 0.001 + place * each / 1000, each, name) for place, name in enumerate(("mail", "audit", "index"))]
    return Trace(f"{at}", root, (root, *calls))


def kafka(truth, seed):
    random = np.random.default_rng(seed)
    deferrable = {"supports": 0.5, "opposes": 0.05, "ambiguous": 0.25, "starved": 0.5}[truth]
    n = 12 if truth == "starved" else 150
    traces = tuple(write_trace(random, START + number, deferrable) for number in range(n))
    writes = log(random, 3 if truth == "starved" else 120, 10 if truth == "starved" else 600, method="POST")
    known = Decisions(produce_ms=5, consumers=4 if truth != "starved" else -1)
    return Evidence(requests_of(writes), NOTHING, NOTHING, traces=Traces(dataset(n), traces), known=known)


def statements_of(random, n, aggregated, repeats=None):
    """Statements of 10 ms of which that share sums something up; `repeats`: how often a list of 20 repeats one, for each further item."""
    times = START + np.sort(random.random(n)) * 120
    texts = np.where(random.random(n) < aggregated, "select count(*) from things", "select name from things where id = 1")
    table = pd.DataFrame({"time": times, "text": texts, "shape": texts, "elapsed_ms": 10.0, "queued_ms": 0.0})
    sent = pd.DataFrame({"time": times, "route": "GET /things", "items": 20, "repeats": 1 + random.binomial(19, repeats or 0.0, n)})
    return Statements(dataset(n), sent, 1.0, table)


def cqrs(truth, seed):
    random = np.random.default_rng(seed)
    if truth == "starved":
        return Evidence(requests_of(merged(log(random, 3, 20), log(random, 3, 2, method="POST"))), NOTHING, statements_of(random, 10, 0.6))
    reads, writes = log(random, 120, 4000), log(random, 120, 60, method="POST")
    aggregated = {"supports": 0.6, "opposes": 0.05, "ambiguous": 0.3}[truth]
    return Evidence(requests_of(merged(reads, writes)), NOTHING, statements_of(random, 600, aggregated))


TIERS = tuple(
    Tier(name=level, level=level, size_mb=size, ttl_s=240.0, hit_ms=hit)
    for level, size, hit in (("l1", 0.02, 0.1), ("l2", 0.15, 1.0), ("l3", float("inf"), 150.0), ("l4", float("inf"), 1.0))
)


def caching(truth, seed):
    random = np.random.default_rng(seed)
    n = 60 if truth == "starved" else 3000
    ranks = np.arange(1, 401)
    popular = random.choice(400, n, p=(1 / ranks) / (1 / ranks).sum()) if truth != "opposes" else np.arange(n)
    reads = log(random, 5 if truth == "starved" else 250, n, duration_ms=200.0, tier="origin").assign(key=[f"k{number}" for number in popular])
    peak = np.bincount((reads["time"] - START).astype(int)).max()
    cache = Cache(tiers=TIERS, origin_limit=float(peak if truth == "ambiguous" else 500))
    return Evidence(requests_of(reads), NOTHING, NOTHING, cache=cache)


def turborepo(truth, seed):
    random = np.random.default_rng(seed)
    n = 12 if truth == "starved" else 120
    needs = ', "dependencies": {"a": "*"}' if truth == "opposes" else ""
    manifests = {f"{name}/package.json": f'{{"name": "{name}"{needs}}}' for name in LETTERS}
    packages = find_packages({} if truth == "starved" else manifests)
    log_, sibling = [], []
    for number in range(n):
        at, ticket = START + number * 40_000 + random.random() * 1000, f"ABC-{number}"
        touched = ["a"] if truth == "opposes" else list(random.choice(list(LETTERS), 5 if truth == "ambiguous" else 1, replace=False))
        log_.append(Change(at, "mine", ticket, tuple(f"{name}/x" for name in touched)))
        if random.random() < 0.5:
            sibling.append(Change(at + 3600, "theirs", ticket, ("package.json",)))
    tasks = tuple(Task(f"{name}#build", 60.0, 0.0, False, 0, ()) for name in LETTERS)
    builds = Builds(dataset(), (Build("2.0.0", Summary("build", tasks, 300.0)),))
    known = Decisions(migration_days=0.5, pipeline_waiting=0.1, restore_s=1)
    history = History(dataset(n), "merges", tuple(log_[::-1]), packages, siblings={"web": tuple(sibling)})
    if truth == "starved":
        return Evidence(NOTHING, history, NOTHING)
    return Evidence(NOTHING, history, NOTHING, builds=builds, known=known)


def views_log(random, views, calls=6):
    """Views of so many calls, each of which begins when the one before has ended."""
    begins = START + random.random(views) * 180
    times = [begin + call * 0.06 for begin in begins for call in range(calls)]
    sessions = [f"s{view}" for view in range(views) for _ in range(calls)]
    items = random.choice((10, 20, 50), len(times))
    return log(random, 1, len(times)).assign(time=times, session=sessions, items=items, queries=2).sort_values("time", ignore_index=True)


def federation(truth, seed):
    random = np.random.default_rng(seed)
    views = 4 if truth == "starved" else 300
    frame = views_log(random, views)
    slope = {"supports": 0.0, "opposes": 1.0, "ambiguous": 0.8, "starved": 0.0}[truth]
    frame["queries"] = 1 + random.binomial(frame["items"], slope)
    use = pd.DataFrame({"route": "GET /things", "client": "web", "sent": 100_000, "used": 20_000}, index=range(10 if truth == "starved" else 200))
    use["fields"] = [frozenset({f"field{number}"}) for number in random.integers(0, 4, len(use))]
    roots = [span("GET /view", "", "api", START + number, 300.0, "root") for number in range(10 if truth == "starved" else 200)]
    traces = tuple(
        Trace(str(place), root, (root, span("things", "root", "things", root.start / 1000 + 0.001, random.uniform(150, 250), "one")))
        for place, root in enumerate(roots)
    )
    known = Decisions(teams=4, blocked_a_month=3) if truth != "starved" else Decisions()
    statements = statements_of(random, 10 if truth == "starved" else 300, 0.0, slope)
    return Evidence(requests_of(frame), NOTHING, statements, Traces(dataset(), traces), fields=FieldUse(dataset(), use), known=known)


WORLDS = {"ADR-001": kafka, "ADR-002": cqrs, "ADR-003": caching, "ADR-004": turborepo, "ADR-005": federation}
