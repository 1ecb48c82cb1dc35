"""The access log and the query history as calls, for the two diagrams."""

from collections.abc import Sequence

import pandas as pd
import sqlglot
from sqlglot import exp

from perfweek.decisions.diagrams.calls import CALLERS, JOBS, SERVICE, WAREHOUSE, Observed, nothing, rows
from perfweek.decisions.diagrams.model import Kind
from perfweek.decisions.material import WRITES
from perfweek.target import Tier

Names = dict[str, tuple[str, Kind]]
_SERVER_ERROR = 500


def tier_ids(log: pd.DataFrame, tiers: Sequence[Tier]) -> dict[str, str]:
    """Tier as the log names it -> id: 'l1' is the target's first tier, 'l2' its second; a tier's own name is that tier.

    'origin' and 'none' are no tier. A tier of the log that the target does not have keeps its name.
    """
    declared = {f"l{place}": tier.name for place, tier in enumerate(tiers, start=1)}
    found = sorted(set(log["tier"]) - {"origin", "none", ""})
    return {name: f"tier:{declared.get(name, name)}" for name in found}


def architecture_calls(log: pd.DataFrame, tiers: Sequence[Tier]) -> Observed:
    """Callers to the service, the service to the tiers that answered, and to the warehouse where a request waited for it.

    `log` as access_log.SCHEMA; a request that failed has a status from 500.
    """
    failed = log["status"] >= _SERVER_ERROR
    ids = tier_ids(log, tiers)
    answered, asked = log[log["tier"].isin(ids)], log[log["queries"] > 0]
    parts = [
        rows(log, CALLERS, SERVICE, "duration_ms", "bytes", failed=failed),
        rows(answered, SERVICE, answered["tier"].map(ids), "duration_ms", "bytes"),
        rows(asked, SERVICE, WAREHOUSE, "database_ms", None, failed=failed[asked.index]),
    ]
    return Observed(_joined(parts), {CALLERS: ("callers", "callers"), WAREHOUSE: ("warehouse", "warehouse"), **_tier_names(ids)})


def flow_calls(log: pd.DataFrame, tiers: Sequence[Tier], history: pd.DataFrame | None) -> Observed:
    """Where data comes from and goes to: tables to routes by statement, tiers to routes, routes to callers; writes the other way.

    `history` as warehouse.history.load_history gives it; without one the warehouse is one part, by request.
    """
    log = log.assign(id="route:" + log["route"])
    failed, writes = log["status"] >= _SERVER_ERROR, log["method"].isin(WRITES)
    ids = tier_ids(log, tiers)
    answered = log[log["tier"].isin(ids)]
    parts = [
        rows(log[~writes], log.loc[~writes, "id"], CALLERS, "duration_ms", "bytes", failed=failed[~writes]),
        rows(log[writes], CALLERS, log.loc[writes, "id"], "duration_ms", None, failed=failed[writes]),
        rows(answered, answered["tier"].map(ids), answered["id"], "duration_ms", "bytes"),
    ]
    names: Names = {f"route:{route}": (route, "route") for route in log["route"].unique()}
    names |= {CALLERS: ("callers", "callers"), **_tier_names(ids)}
    behind = table_calls(history, log) if history is not None and len(history) else _warehouse_by_request(log, writes)
    return Observed(_joined([*parts, behind.calls]), {**names, **behind.names})


def job_calls(history: pd.DataFrame, log: pd.DataFrame) -> Observed:
    """Statements of the history during the log's time that no request of the log sent: nobody waits for them, so they are batch."""
    rest = _meanwhile(history, log)
    rest = rest[~rest["request_id"].isin(log["request_id"])]
    if rest.empty:
        return nothing()
    calls = rows(rest, JOBS, WAREHOUSE, "elapsed_ms", "bytes_scanned", failed=rest["failed"], batch=True)
    return Observed(calls, {JOBS: ("statements of no request", "jobs"), WAREHOUSE: ("warehouse", "warehouse")})


def table_calls(history: pd.DataFrame, log: pd.DataFrame) -> Observed:
    """A row for each statement and table that it reads (table to route) or writes (route to table), joined by request.

    Bytes are what the statement scanned, shared evenly by its tables; text that cannot be read names no table and is the warehouse's.
    """
    sent = _meanwhile(history, log).merge(log[["request_id", "route"]].drop_duplicates("request_id"), on="request_id")
    if sent.empty:
        return nothing()
    sent["tables"] = sent["query_text"].map({text: tables_of(text) for text in sent["query_text"].unique()})
    each = sent.assign(share=sent["tables"].map(len)).explode("tables", ignore_index=True)
    table, written = each["tables"].map(lambda one: f"table:{one[0]}"), each["tables"].map(lambda one: bool(one[1]))
    each["scanned"], each["route"] = each["bytes_scanned"].astype(float) / each["share"], "route:" + each["route"]
    reads, writes = each[~written], each[written]
    calls = [
        rows(reads, table[~written], reads["route"], "elapsed_ms", "scanned", failed=reads["failed"]),
        rows(writes, writes["route"], table[written], "elapsed_ms", None, failed=writes["failed"]),
    ]
    return Observed(_joined(calls), {f"table:{name}": (name, "table") for name in sorted({one[0] for one in each["tables"]})})


def tables_of(text: str) -> tuple[tuple[str, bool], ...]:
    """((table, whether it is written), …) of a statement, without common table expressions; ('(unread statement)', False) for text
    that cannot be read."""
    try:
        tree = sqlglot.parse_one(_without_binds(text), dialect="snowflake")
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError):
        return (("(unread statement)", False),)
    names = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    target = tree.find(exp.Table) if isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Merge | exp.Create) else None
    found: dict[tuple[str, bool], None] = {}
    for table in tree.find_all(exp.Table):
        if table.name and not (table.name.lower() in names and not table.db):
            found[".".join(part.name for part in table.parts).lower(), table is target] = None
    return tuple(found) or (("(no table)", False),)


def _without_binds(text: str) -> str:
    """%(name)s is Python's way to write a bind and no SQL."""
    return text.replace("%(", ":").replace(")s", "") if "%(" in text else text


def _meanwhile(history: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame:
    frame = history[history["start_time"].notna()]
    time = (frame["start_time"] - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
    elapsed = frame["total_elapsed_time"].fillna(frame["execution_time"]).astype(float)
    failed = frame["execution_status"].str.lower().fillna("success") != "success"
    rest = frame.assign(time=time, elapsed_ms=elapsed, failed=failed)
    return rest[(rest["time"] >= log["time"].min()) & (rest["time"] <= log["time"].max())].reset_index(drop=True)


def _warehouse_by_request(log: pd.DataFrame, writes: pd.Series) -> Observed:
    asked = log["queries"] > 0
    reads, written = log[asked & ~writes], log[asked & writes]
    calls = [
        rows(reads, WAREHOUSE, reads["id"], "database_ms", None),
        rows(written, written["id"], WAREHOUSE, "database_ms", None),
    ]
    return Observed(_joined(calls), {WAREHOUSE: ("warehouse", "warehouse")})


def _tier_names(ids: dict[str, str]) -> Names:
    return {tier: (tier.removeprefix("tier:"), "cache tier") for tier in ids.values()}


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]
