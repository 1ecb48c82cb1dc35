"""libCacheSim's wheel as a peer for the bench. It is under the GPL-3: it runs in an environment and a process of its own, no part of perfweek."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from perfweek.caching.engine.requests import Requests
from perfweek.caching.readers.binary import ORACLE

VERSION = "0.3.5"
_SCRIPT = """
import json, resource, sys, time
import libcachesim as peer
path, size, repeats = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def run():
    reader = peer.TraceReader(trace=path, trace_type=peer.TraceType.ORACLE_GENERAL_TRACE,
                              reader_init_params=peer.ReaderInitParam(ignore_obj_size=True))
    started = time.process_time()
    missed = peer.LRU(size).process_trace(reader)[0]
    return time.process_time() - started, float(missed)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
runs = [run() for _ in range(repeats)]
extra = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(json.dumps([min(seconds for seconds, _ in runs), extra, runs[0][1]]))
"""


def measure_peer(requests: Requests, size: int, repeats: int, folder: Path) -> tuple[float, float, float] | None:
    """(CPU seconds, MB, miss ratio) of its LRU cache of `size` objects; None where uv or the wheel is not to be had. It maps its trace."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if not uv:
        return None
    records = np.zeros(len(requests), ORACLE)
    records["time"], records["key"], records["size"], records["next"] = np.arange(len(requests)) // 20_000, requests.keys, 1, -1
    path = folder / "trace.oracleGeneral"
    records.tofile(path)
    command = [uv, "run", "--quiet", "--no-project", "--with", f"libcachesim=={VERSION}", "python", "-c", _SCRIPT, str(path), str(size), str(repeats)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    path.unlink()
    return tuple(json.loads(done.stdout)) if done.returncode == 0 else None
