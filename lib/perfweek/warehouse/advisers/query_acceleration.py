"""Warehouses whose long scans the query acceleration service could take over.

Where QUERY_ACCELERATION_ELIGIBLE is granted Snowflake itself says which; else a rule finds candidates: over ten seconds of execution, no
spilling, at least a gigabyte scanned. The rule cannot say what is saved: SYSTEM$ESTIMATE_QUERY_ACCELERATION can.
"""

import pandas as pd

from perfweek.warehouse.advisers.finding import Change, Finding
from perfweek.warehouse.advisers.material import Material
from perfweek.warehouse.names import literal, slug, written_name
from perfweek.warehouse.sizing.study import settings_of
from perfweek.wording import count, number

LONG_MS = 10_000
MUCH = 1e9
DEFAULT_FACTOR = 8
"""QUERY_ACCELERATION_MAX_SCALE_FACTOR where it is not set."""


def advise(material: Material) -> list[Finding]:
    """A finding a warehouse with eligible statements that does not have the service yet."""
    eligible = material.look.answers.get("acceleration", pd.DataFrame())
    found = _native(material, eligible) if len(eligible) else _derived(material)
    return [one for name, one in found if not _has_it(material, name)]


def _native(material: Material, eligible: pd.DataFrame) -> list[tuple[str, Finding]]:
    found = []
    for name, rows in eligible.groupby("warehouse_name"):
        seconds, factor = float(rows["eligible_s"].sum()), int(rows["scale_factor"].max() or 1)
        evidence = (
            f"QUERY_ACCELERATION_ELIGIBLE: {number(seconds)} s of {count(int(rows['statements'].sum()), 'statement')} could be taken over, with a "
            f"scale factor of up to {factor}"
        )
        found.append((str(name), _finding(material, str(name), (seconds * factor / (factor + 1), seconds), factor, evidence, "estimated")))
    return found


def _derived(material: Material) -> list[tuple[str, Finding]]:
    executions = material.look.answers.get("executions", pd.DataFrame())
    if executions.empty:
        return []
    long = (executions["execution_ms"] > LONG_MS) & (executions["spilled"] == 0) & (executions["bytes_scanned"] >= MUCH)
    found = []
    for name, rows in executions[long & executions["warehouse_size"].notna() & (executions["reads"] == 1)].groupby("warehouse_name"):
        seconds = float((rows["execution_ms"] - LONG_MS).sum()) / 1000
        evidence = (
            f"derived, not Snowflake's own view: {count(len(rows), 'SELECT')} executed for more than 10 s, scanned a gigabyte or more and did not "
            f"spill; ask system$estimate_query_acceleration({literal(str(rows['query_id'].iloc[0]))}) what it would take over"
        )
        found.append((str(name), _finding(material, str(name), (0.0, seconds), DEFAULT_FACTOR, evidence, "estimated")))
    return found


def _has_it(material: Material, warehouse: str) -> bool:
    return str(settings_of(material.look, warehouse).get("enable_query_acceleration", "false")).lower() == "true"


def _finding(material: Material, warehouse: str, saved: tuple[float, float], factor: int, evidence: str, confidence: str) -> Finding:
    name = written_name(warehouse)
    setting = settings_of(material.look, warehouse)
    former = int(str(setting.get("query_acceleration_max_scale_factor", DEFAULT_FACTOR)) or DEFAULT_FACTOR)
    on = f"alter warehouse {name} set enable_query_acceleration = true query_acceleration_max_scale_factor = {factor}"
    off = f"alter warehouse {name} set enable_query_acceleration = false query_acceleration_max_scale_factor = {former}"
    return Finding(
        adviser="query acceleration",
        title=f"let the query acceleration service take over scans of warehouse {warehouse}",
        low=0.0,
        likely=saved[0],
        high=saved[1],
        unit="s",
        confidence="measured" if confidence == "measured" else "estimated",
        evidence=evidence,
        assumes="what can be taken over is divided evenly among the warehouse and the service",
        cannot_judge="what the service had free at the time; what scans would take with other clustering",
        change=Change(
            name=f"accelerate-{slug(warehouse)}",
            apply=(on,),
            verify=(f"show warehouses like {literal(warehouse)}", _verify(warehouse)),
            rollback=(off,),
            costs=f"billed by the second while it works, up to {factor} times the warehouse's own rate; needs Enterprise Edition",
            grants=(f"modify on warehouse {name}",),
            former=f"off, scale factor {former}" + ("" if setting else " (the default: settings could not be read)"),
        ),
    )


def _verify(warehouse: str) -> str:
    return f"""select
    to_date(start_time) as day,
    sum(credits_used) as credits
from snowflake.account_usage.query_acceleration_history
where start_time >= dateadd('day', -7, current_timestamp())
    and warehouse_name = {literal(warehouse)}
group by to_date(start_time)"""
