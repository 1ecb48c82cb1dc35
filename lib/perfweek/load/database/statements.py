"""The statements that the load caused, by shape and route: the query history joined with the access log by request.

evidence/load-monday/query_history.ndjson   one row a statement; its tag names route and request
evidence/load-monday/access_log.ndjson      one row a request
"""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from perfweek import evidence
from perfweek.access_log import SCHEMA, read_access_log
from perfweek.blocks import ratio
from perfweek.evidence import Measurement
from perfweek.load.measure import ACCESS_LOG
from perfweek.load.run import LoadRun, log_on_plateau
from perfweek.stats import Estimate, block_quantiles
from perfweek.warehouse.fingerprint import digest, fingerprint
from perfweek.warehouse.history import FILE, load_history, seconds
from perfweek.week import Week

QUANTILES = (0.5, 0.95, 0.99)
COLUMNS = ("request_id", "shape", "elapsed_ms", "time", "failed", "partitions_scanned", "partitions_total", "bytes_scanned")


@dataclass(frozen=True)
class Timing:
    """One shape of statement of one route. Times in ms as the service waits for them (compiling and queueing included), of those that
    succeeded; `share`: of all time in the service; `scanned`: of the partitions of its tables; `bytes_scanned`: a statement."""

    route: str
    shape: str
    text: str
    count: int
    failed: int
    p50: Estimate
    p95: Estimate
    p99: Estimate
    a_request: Estimate
    share: Estimate
    scanned: Estimate
    bytes_scanned: Estimate


@dataclass(frozen=True)
class Statements:
    """`requests`: the access log's rows of the plateau (access_log.SCHEMA). `joined`: COLUMNS and route, the statements that these
    requests sent; `texts`: shape -> statement with `?` for its values.

    `unjoined` statements ran meanwhile for no request of the log; `unseen` requests sent statements of which the history knows none.
    """

    requests: pd.DataFrame
    joined: pd.DataFrame
    texts: dict[str, str]
    unjoined: int
    unseen: int
    source: str

    @cached_property
    def timings(self) -> list[Timing]:
        """Every shape of every route, the one with most time first."""
        groups = self.joined.groupby(["route", "shape"])
        order = groups["elapsed_ms"].sum().sort_values(ascending=False, kind="stable").index
        return [self._timing(route, shape, groups.get_group((route, shape))) for route, shape in order]

    def ms_by_request(self, rows: pd.DataFrame) -> pd.Series:
        """How long each of `requests` waited for the statements `rows` (of `joined`), in ms: their sum, at most its time in the database."""
        ids = self.requests["request_id"]
        waited = ids.map(rows.groupby("request_id")["elapsed_ms"].sum()).fillna(0.0)
        everything = ids.map(self.joined.groupby("request_id")["elapsed_ms"].sum()).fillna(0.0)
        fits = (self.requests["database_ms"] / everything.where(everything > 0)).clip(upper=1.0).fillna(0.0)
        return waited * fits

    def _timing(self, route: str, shape: str, rows: pd.DataFrame) -> Timing:
        good = rows[~rows["failed"]]
        of_route = self.requests[self.requests["route"] == route]
        sent = of_route["request_id"].map(rows["request_id"].value_counts()).fillna(0)
        ones = [1.0] * len(good)
        p50, p95, p99 = block_quantiles(good["elapsed_ms"], good["time"], QUANTILES)
        return Timing(
            route=route,
            shape=shape,
            text=self.texts[shape],
            count=len(rows),
            failed=len(rows) - len(good),
            p50=p50,
            p95=p95,
            p99=p99,
            a_request=ratio(of_route["time"], sent, [1.0] * len(of_route)),
            share=ratio(self.requests["time"], self.ms_by_request(rows), self.requests["duration_ms"]),
            scanned=ratio(good["time"], good["partitions_scanned"].fillna(0), good["partitions_total"].fillna(0)),
            bytes_scanned=ratio(good["time"], good["bytes_scanned"].fillna(0), ones),
        )


def read_statements(week: Week, measurement: Measurement, run: LoadRun) -> Statements:
    """The statements of a load run whose service wrote both files. Without a history the log alone is kept, without a log nothing is."""
    log, source = SCHEMA.empty_table().to_pandas(), run.record_source
    if measurement.has(ACCESS_LOG):
        log, source = read_access_log(measurement.path(ACCESS_LOG)).frame, evidence.relative(week, measurement.path(ACCESS_LOG))
    if not measurement.has(FILE):
        return Statements(log_on_plateau(log, run), _no_statements(), {}, 0, 0, source)
    return join(load_history(measurement.path(FILE)), log, run, evidence.relative(week, measurement.path(FILE)))


def join(history: pd.DataFrame, log: pd.DataFrame, run: LoadRun, source: str) -> Statements:
    """`history` as `warehouse.history.load_history` gives it, joined with the requests of `log` by the request that the tag names."""
    requests = log_on_plateau(log, run)
    rows, texts = _shaped(history[history["start_time"].notna()])
    meanwhile = log_on_plateau(rows, run)
    joined = rows.merge(requests[["request_id", "route"]].drop_duplicates("request_id"), on="request_id")
    unjoined = int((~meanwhile["request_id"].isin(log["request_id"])).sum())
    unseen = int(((requests["queries"] > 0) & ~requests["request_id"].isin(rows["request_id"])).sum())
    return Statements(requests, joined, texts, unjoined, unseen, source)


def _shaped(history: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """COLUMNS of each statement, and the text of each shape. A request without a name joins nothing."""
    shape = history["query_parameterized_hash"].where(history["query_parameterized_hash"].fillna("") != "")
    unknown = shape.isna()
    shape = shape.mask(unknown, history.loc[unknown, "query_text"].fillna("").map(lambda text: digest(fingerprint(text))))
    firsts = history.assign(shape=shape).drop_duplicates("shape")
    texts = {str(name): fingerprint(text or "") for name, text in zip(firsts["shape"], firsts["query_text"], strict=True)}
    rows = pd.DataFrame(
        {
            "request_id": history["request_id"].where(history["request_id"].fillna("") != ""),
            "shape": shape,
            "elapsed_ms": history["total_elapsed_time"].fillna(history["execution_time"]).fillna(0.0).astype(float),
            "time": seconds(history),
            "failed": history["execution_status"].str.lower().fillna("success") != "success",
            **{name: history[name] for name in COLUMNS[5:]},
        }
    )
    return rows, texts


def _no_statements() -> pd.DataFrame:
    return pd.DataFrame({name: [] for name in (*COLUMNS, "route")}).astype({"failed": bool, "elapsed_ms": float, "request_id": str, "shape": str})
