"""The findings as tables, sentences, facts and files."""

import json
import math
from collections import defaultdict
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd

from perfweek.decisions.api.checks import CHECKS
from perfweek.decisions.api.finding import Finding, Quantity, Stake, amount_a_week
from perfweek.decisions.api.study import Study
from perfweek.decisions.diagrams.words import short
from perfweek.facts import Fact
from perfweek.files import write_atomic
from perfweek.stats import Estimate
from perfweek.week import Week
from perfweek.wording import count, listed, number, percent

MOST_ROWS = 50
_PRINCIPLES = {check.id: check.principle for check in CHECKS}
_WORDS: dict[Quantity, str] = {"bytes": "bytes", "ms": "time", "requests": "requests"}
FILE = "api.json"


def findings_table(study: Study) -> pd.DataFrame:
    """One row a finding, those that touch most of a week's traffic first, at most 50; what holds of every operation is one row."""
    rows = [(one.route or "whole document", one.check, plain(one.what), *_stake_cells(one.stake)) for one in gathered(study)[:MOST_ROWS]]
    return pd.DataFrame(rows, columns=["operation", "check", "finding", "at stake a week (95 % interval)", "share of the week's traffic"])


def gathered(study: Study) -> list[Finding]:
    """The findings in their order; where all operations have the same one, it is one finding about all of them."""
    same: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for one in study.findings:
        same[one.check, one.what].append(one)
    count_of = len(study.spec.checked)
    found = [_of_all(study, group) if len(group) == count_of > 1 else one for group in same.values() for one in group]
    return sorted(dict.fromkeys(found), key=lambda one: -one.weight)


def _of_all(study: Study, group: list[Finding]) -> Finding:
    stake = group[0].stake
    if study.traffic and stake:
        whole = study.traffic.whole
        stake = replace(stake, a_week=amount_a_week(whole, stake.quantity), share=sum(one.weight for one in group if one.weight > 0))
    return replace(group[0], route=f"all {len(group)} operations", pointer="", stake=stake)


def plain(text: str) -> str:
    """Words without the marks of code, for cells that show none."""
    return text.replace("`", "")


def checks_table(study: Study) -> pd.DataFrame:
    """One row a check that found something: how many operations it names, the share of the week's traffic that they have, what to do."""
    groups: defaultdict[str, list[Finding]] = defaultdict(list)
    for one in study.findings:
        groups[one.check].append(one)
    rows = [
        (check, _PRINCIPLES.get(check, f"a rule of {found[0].by}"), len(found), *_together(found), found[0].do) for check, found in groups.items()
    ]
    rows.sort(key=lambda row: -row[3])
    shown = [(*row[:3], "no traffic" if row[3] < 0 else f"{percent(row[3])} of {row[4]}", plain(row[5])) for row in rows]
    return pd.DataFrame(shown, columns=["check", "principle", "operations", "traffic at stake", "do"])


def _together(found: list[Finding]) -> tuple[float, str]:
    known = [one.stake for one in found if one.stake and not math.isnan(one.stake.share)]
    return (sum(stake.share for stake in known), _WORDS[known[0].quantity]) if known else (-1.0, "")


def _stake_cells(stake: Stake | None) -> tuple[str, str]:
    if stake is None:
        return "no traffic", "no traffic"
    words = "spared, at most" if stake.spared else "touched"
    return f"{amount(stake)} {words}", f"{percent(stake.share)} of {_WORDS[stake.quantity]}"


def amount(stake: Stake) -> str:
    """A week's amount with its interval, such as '32 GB (27 to 36)'; time in hours."""
    scale, unit = _unit(stake)
    value, low, high = (one / scale for one in (stake.a_week.value, stake.a_week.low, stake.a_week.high))
    interval = f" ({short(low)} to {short(high)})" if not math.isnan(low) else " (no interval)"
    return f"{short(value)} {unit}{interval}"


def _unit(stake: Stake) -> tuple[float, str]:
    units = {
        "bytes": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
        "requests": ((1e6, "million requests"), (1.0, "requests")),
        "ms": ((3.6e6, "hours of waiting"),),
    }[stake.quantity]
    return next(((scale, unit) for scale, unit in units if stake.a_week.value >= scale), units[-1])


def sentence(study: Study) -> str:
    """How many findings of which checks, and which of them touch most of the traffic."""
    operations = len(study.spec.checked)
    if not study.findings:
        return f"{count(operations, 'operation')} keep every principle that was checked."
    table = checks_table(study)
    checks = len(table)
    said = f"{count(len(study.findings), 'finding')} of {count(checks, 'check')} in {count(operations, 'operation')}"
    heavy = [f"`{row.check}` ({row[4]})" for row in table.head(3).itertuples() if row[4] != "no traffic"]
    return f"{said}; most traffic is touched by {listed(heavy)}." if heavy else f"{said}; without a log they cannot be ranked by traffic."


def note(study: Study) -> str:
    """How the findings were weighed."""
    if study.traffic is None:
        return "No access log: the document alone was checked."
    seconds = number(round(study.traffic.seconds))
    load = "a load test's log, whose mix is its script's" if study.assumed else "the service's log"
    return (
        f"A week at the rate of {seconds} s of {load}. Touched: all traffic of the operation; spared: an upper bound of what the change saves. "
        f"Traffic from `{study.log}`. Principles and their sources: runbooks/adr/api-principles.md."
    )


def facts_of(study: Study) -> list[Fact]:
    """api.findings by check: how many operations break it, 0 included."""
    counted = {check.id: 0 for check in CHECKS}
    for one in study.findings:
        counted[one.check] = counted.get(one.check, 0) + 1
    n = len(study.spec.checked)
    return [Fact("api.findings", Estimate(found, found, found, n, "counted"), study.source, {"check": check}) for check, found in counted.items()]


def write_findings(week: Week, study: Study) -> Path:
    """Write artifacts/tuesday/api.json, a row a finding, and return its path."""
    return write_atomic(week.artifacts / "tuesday" / FILE, json.dumps({"week": week.name, **json_of(study)}, indent=2, ensure_ascii=False) + "\n")


def json_of(study: Study) -> dict[str, Any]:
    """Everything as JSON values; a bound that is not known is null."""
    return {
        "operations": len(study.spec.checked),
        "log_seconds": study.traffic.seconds if study.traffic else None,
        "findings": [_row(one) for one in study.findings],
    }


def _row(finding: Finding) -> dict[str, Any]:
    row = asdict(finding)
    stake = finding.stake
    if stake:
        known = {name: _known(getattr(stake.a_week, name)) for name in ("value", "low", "high")}
        row["stake"] = {"quantity": stake.quantity, **known, "n": stake.a_week.n, "share": _known(stake.share), "spared": stake.spared}
    return row


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
