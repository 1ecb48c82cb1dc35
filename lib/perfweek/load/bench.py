"""How fast k6 results are read, beside pandas, polars and DuckDB: `python -m perfweek.load.bench`.

Each tool answers the same in a process of its own: n, p50, p95, p99 and largest of each metric of requests by name, and of each second.
perfweek does it as its command does, intervals and audit included. The file is made once, in the folder for temporary files.
"""

import argparse
import importlib.util
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfweek.files import atomic_path

_QUANTILES = [0.5, 0.95, 0.99]
_HEADER = (
    "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,scenario,service,status,subproto,"
    "tls_version,url,extra_tags,metadata"
)
_METRICS = (
    "http_reqs",
    *(f"http_req_{part}" for part in ["duration", "blocked", "connecting", "tls_handshaking", "sending", "waiting", "receiving", "failed"]),
)
_TYPES = dict.fromkeys(_HEADER.split(","), "varchar") | {"timestamp": "bigint", "metric_value": "double"}
_DUCKDB_JSON = "{metric: 'varchar', type: 'varchar', data: 'struct(time timestamptz, value double, tags struct(name varchar))'}"


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds on the clock and of the processor, and its largest resident memory."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def measure(command: list[str]) -> Cost:
    """Run a command to its end, without its output. Raises RuntimeError where it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    scale = 1 if sys.platform == "darwin" else 1024
    return Cost(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * scale / 2**20)


def made(folder: Path, kind: str, rows: int) -> Path:
    """A file of about `rows` rows (lines) as k6 writes them; made anew only where it is not there."""
    path = folder / f"perfweek-bench-{rows}.{kind}"
    if not path.exists():
        with atomic_path(path) as temporary, temporary.open("w") as file:
            file.write(_HEADER + "\n" if kind == "csv" else "")
            file.writelines(_requests(kind, rows))
    return path


def _requests(kind: str, rows: int) -> Iterator[str]:
    numbers = random.Random(1)
    end_us = 1_795_000_000_000_000
    for _ in range(-(-rows // len(_METRICS))):
        end_us += numbers.randint(1, 900)
        name, ms = numbers.choice(("item", "search", "report", "list")), numbers.lognormvariate(3, 0.6)
        values = [(metric, 1 if metric == "http_reqs" else 0 if metric == "http_req_failed" else ms) for metric in _METRICS]
        if kind == "csv":
            tail = f",,,,true,,GET,{name},HTTP/1.1,default,,200,,,http://127.0.0.1/{name},,\n"
            yield "".join(f"{metric},{end_us},{value:.6f}{tail}" for metric, value in values)
        else:
            moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(end_us // 1_000_000)) + f".{end_us % 1_000_000:06}Z"
            tail = (
                f'"tags":{{"expected_response":"true","group":"","method":"GET","name":"{name}","proto":"HTTP/1.1","scenario":"default",'
                f'"status":"200","url":"http://127.0.0.1/{name}"}}}}}}\n'
            )
            yield "".join(f'{{"metric":"{metric}","type":"Point","data":{{"time":"{moment}","value":{value:.6f},{tail}' for metric, value in values)


def _pandas_csv(path: str) -> None:
    import pandas as pd

    columns = ["metric_name", "timestamp", "metric_value", "name"]
    _pandas_answers(pd.read_csv(path, usecols=columns, dtype={"metric_name": "category", "name": "category"}))


def _pandas_json(path: str) -> None:
    import json

    import pandas as pd

    with Path(path).open() as lines:
        points = (json.loads(line) for line in lines)
        rows = [(one["metric"], one["data"]["time"], one["data"]["value"], one["data"]["tags"]["name"]) for one in points]
    frame = pd.DataFrame(rows, columns=["metric_name", "timestamp", "metric_value", "name"])
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], format="ISO8601").astype("int64") // 1000
    _pandas_answers(frame)


def _pandas_answers(frame: Any) -> None:
    groups = frame.groupby(["metric_name", "name"], observed=True)["metric_value"]
    print(groups.quantile(_QUANTILES), groups.agg(["count", "max"]))
    durations = frame[frame["metric_name"] == "http_req_duration"]
    seconds = durations.groupby(durations["timestamp"] // 1_000_000)["metric_value"]
    print(seconds.quantile(_QUANTILES), seconds.count())


def _polars_csv(path: str) -> None:
    import polars as pl

    _polars_answers(pl.scan_csv(path).select("metric_name", "timestamp", "metric_value", "name"))


def _polars_json(path: str) -> None:
    import polars as pl

    data = pl.col("data").struct
    moment = data.field("time").str.to_datetime(time_unit="us", time_zone="UTC").dt.epoch("us").alias("timestamp")
    lines = pl.scan_ndjson(path)
    name = data.field("tags").struct.field("name")
    _polars_answers(lines.select(pl.col("metric").alias("metric_name"), moment, data.field("value").alias("metric_value"), name))


def _polars_answers(rows: Any) -> None:
    import polars as pl

    value = pl.col("metric_value")
    answers = [value.count().alias("n"), value.max().alias("largest"), *(value.quantile(q, "linear").alias(str(q)) for q in _QUANTILES)]
    durations = rows.filter(pl.col("metric_name") == "http_req_duration")
    queries = [rows.group_by("metric_name", "name").agg(answers), durations.group_by(pl.col("timestamp") // 1_000_000).agg(answers)]
    print(pl.collect_all(queries, engine="streaming"))


def _duckdb_csv(path: str) -> None:
    _duckdb_answers(f"select metric_name, name, timestamp, metric_value from read_csv($path, header = true, columns = {_TYPES})", path)


def _duckdb_json(path: str) -> None:
    columns = "metric as metric_name, data.tags.name as name, epoch_us(data.time) as timestamp, data.value as metric_value"
    _duckdb_answers(f"select {columns} from read_json($path, format = 'newline_delimited', columns = {_DUCKDB_JSON})", path)


def _duckdb_answers(rows: str, path: str) -> None:
    import duckdb

    connection = duckdb.connect()
    connection.execute("set enable_progress_bar = false")
    connection.execute(f"create temp table rows as {rows}", {"path": path})
    value = f"count(*), quantile_cont(metric_value, {_QUANTILES}), max(metric_value)"
    print(connection.execute(f"select metric_name, name, {value} from rows group by all").fetchall())
    print(connection.execute(f"select timestamp // 1000000, {value} from rows where metric_name = 'http_req_duration' group by all").fetchall())


PEERS: dict[str, dict[str, Callable[[str], None]]] = {
    "pandas": {"csv": _pandas_csv, "json": _pandas_json},
    "polars": {"csv": _polars_csv, "json": _polars_json},
    "duckdb": {"csv": _duckdb_csv, "json": _duckdb_json},
}


def main() -> None:
    """Print a line a tool and form: seconds, memory, and times the seconds of perfweek."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000, help="rows of the CSV")
    parser.add_argument("--lines", type=int, default=1_000_000, help="lines of the JSON")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="where the files are made")
    parser.add_argument("--peer", nargs=3, metavar=("TOOL", "FORM", "FILE"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.peer:
        tool, kind, file = chosen.peer
        PEERS[tool][kind](file)
        return
    for kind, rows in (("csv", chosen.rows), ("json", chosen.lines)):
        path = made(chosen.folder, kind, rows)
        print(f"{path.name}: {path.stat().st_size / 1e6:,.0f} MB")
        _compare(kind, path)


def _compare(kind: str, path: Path) -> None:
    perfweek = [sys.executable, "-m", "perfweek", "k6", str(path), "--json"]
    measure(perfweek)  # the first run on a machine compiles, and brings the file into memory
    own = measure(perfweek)
    print(_line("perfweek", own, own))
    for tool in PEERS:
        if importlib.util.find_spec(tool):
            print(_line(tool, measure([sys.executable, "-m", "perfweek.load.bench", "--peer", tool, kind, str(path)]), own), flush=True)


def _line(tool: str, cost: Cost, own: Cost) -> str:
    return f"  {tool:<9} {cost.wall_s:6.2f} s  {cost.cpu_s:6.2f} s CPU  {cost.peak_mib:7,.0f} MiB  {cost.wall_s / own.wall_s:5.1f} x"


if __name__ == "__main__":
    main()
