"""Services whose parts are known: each request is told what it spends where, and waits for what the others do."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from perfweek.bottlenecks.study import Study
from perfweek.load.database.statements import join
from perfweek.load.plan import Phase, Plan
from perfweek.load.run import LoadRun, Results

START = 1_700_000_000.0


@dataclass(frozen=True)
class Service:
    """What a request of each endpoint spends, in ms: in the database and of CPU on one thread that all share. `truth`: endpoint -> mean ms
    of database, CPU, waiting for that thread, and network, of the requests in `requests` (as k6 has them) and `log`."""

    requests: pd.DataFrame
    log: pd.DataFrame
    truth: pd.DataFrame


def serve(seed: int, *, seconds: float = 20, rate: float = 50, database_ms=(40.0, 10.0), cpu_ms=4.0, network_ms=1.0) -> Service:
    """Poisson arrivals at endpoints A and B; each takes its turn of the shared thread for `cpu_ms`, then waits for the database."""
    random = np.random.default_rng(seed)
    n = random.poisson(seconds * rate)
    arrived = np.sort(random.random(n)) * seconds
    first = random.random(n) < 0.3
    database = np.where(first, *database_ms) * random.lognormal(0, 0.4, n)
    cpu = np.full(n, cpu_ms)
    network = random.gamma(4, network_ms / 4, n)
    began = cpu.cumsum() + np.maximum.accumulate(np.concatenate([[0.0], 1000 * arrived[1:] - cpu.cumsum()[:-1]])) - cpu
    waited = np.maximum(began - 1000 * arrived, 0.0)
    service = database + cpu + waited
    names = np.where(first, "GET /a", "GET /b")
    truth = pd.DataFrame({"endpoint": names, "database": database, "own code": cpu, "loop": waited, "network": network, "whole": service + network})
    lead = network / 2000
    requests = {"time": START + arrived - lead, "duration_ms": service + network, "endpoint": names, "scenario": "a", "status": 200, "failed": False}
    log = {
        "time": START + arrived,
        "request_id": [f"{seed}-{number}" for number in range(n)],
        "route": names,
        "method": "GET",
        "key": [f"key-{number}" for number in range(n)],
        "status": 200,
        "bytes": 100,
        "tier": "origin",
        "duration_ms": service,
        "database_ms": database,
        "queries": 1,
        "items": 1,
    }
    return Service(pd.DataFrame(requests), pd.DataFrame(log), truth)


def run_of(requests: pd.DataFrame, resolution_s: float = 1e-3, seconds: float = 1000) -> LoadRun:
    """A load that is constant from its first second on."""
    plan = Plan((Phase("a", "plateau", -1, seconds, 50, 50),), "open", seconds)
    nothing = requests[["time", "scenario"]].iloc[:0].assign(done=0, dropped=0)
    files = [f"evidence/load-monday/{name}" for name in ("k6.csv.gz", "run.json", "process.csv")]
    return LoadRun(Results(requests, nothing, len(requests), 0, "", resolution_s), plan, START, {}, pd.DataFrame({"epoch_s": []}), *files)


HISTORY = ("request_id", "query_text", "query_parameterized_hash", "start_time", "total_elapsed_time", "execution_time", "execution_status")
COUNTS = ("partitions_scanned", "partitions_total", "bytes_scanned")


def history_of(sent) -> pd.DataFrame:
    """`sent`: (request id, second, text, ms, partitions scanned of 10) a statement."""
    rows = [
        (one, text, None, pd.Timestamp(second, unit="s", tz="UTC").as_unit("us"), ms, ms, "SUCCESS", scanned, 10.0, 1000.0)
        for one, second, text, ms, scanned in sent
    ]
    frame = pd.DataFrame(rows, columns=[*HISTORY, *COUNTS])
    return frame.astype({"start_time": "datetime64[us, UTC]", "request_id": object, "query_text": object})


def study_of(requests, log, sent=(), cpu=None, others=(), resolution_s: float = 1e-3) -> Study:
    run = run_of(requests, resolution_s)
    statements = join(history_of(sent), log, run, "evidence/load-monday/query_history.ndjson")
    return Study(run, log, statements, cpu or {}, "evidence/load-monday/access_log.ndjson", tuple(others))
