"""Wednesday's tables as they are shown: words and units in the header."""

import math
from collections.abc import Sequence

import pandas as pd

from perfweek.warehouse.look import Look
from perfweek.warehouse.scorecard import Score
from perfweek.warehouse.study import Study
from perfweek.wording import in_percent, interval_text, number

MOST_ROWS = 50

KIND_FORMATS = {"elapsed, s": ",.2f", "queued, s": ",.2f"}
SLOW_FORMATS = {"execution, ms": ",.1f", "scanned, MB": ",.2f", "rows": ",.0f"}
ENDPOINT_FORMATS = {"statements": ",.0f", "execution, s": ",.2f", "scanned, MB each": ",.2f", "rows each": ",.1f", "partitions scanned": ".1%"}
FINGERPRINT_FORMATS = {"statements": ",.0f", "credits": ",.4f", "execution, s": ",.2f", "scanned, MB": ",.1f", "partitions scanned": ".1%"}


def kind_table(study: Study) -> pd.DataFrame:
    """Statements by kind and outcome."""
    if not study.history:
        return pd.DataFrame()
    rows = study.history.kinds
    return pd.DataFrame(
        {
            "kind": rows["query_type"],
            "ended": rows["status"],
            "statements": rows["statements"],
            "elapsed, s": rows["total_elapsed_time"] / 1000,
            "queued, s": rows["queued_ms"] / 1000,
        }
    )


def slow_answer(study: Study) -> str:
    """Which answer `slow_table` shows."""
    return "slow" if study.history and len(study.history.slow) else "slowest"


def slow_table(study: Study) -> pd.DataFrame:
    """The statements over the threshold, or the slowest ones where there are none: the columns of the week-1 checklist and what they belong to."""
    if not study.history:
        return pd.DataFrame()
    rows = study.history.slow if slow_answer(study) == "slow" else study.history.slowest
    endpoints = study.history.statements.drop_duplicates("query_id").set_index("query_id")["endpoint"]
    return pd.DataFrame(
        {
            "execution, ms": rows["execution_time"],
            "scanned, MB": rows["bytes_scanned"] / 1e6,
            "rows": rows["rows_produced"],
            "partitions": [_of(*pair) for pair in zip(rows["partitions_scanned"], rows["partitions_total"], strict=True)],
            "endpoint": rows["query_id"].map(endpoints).fillna("").astype(str),
            "query text": _shortened(rows["query_text"]),
            "query id": rows["query_id"],
        }
    )


def endpoint_table(study: Study) -> pd.DataFrame:
    """What the statements of each endpoint cost."""
    if not study.history:
        return pd.DataFrame()
    rows = study.history.endpoints
    return pd.DataFrame(
        {
            "endpoint": rows["endpoint"].fillna("(no route)"),
            "requests": rows["requests"],
            "statements": rows["statements"],
            "execution, s": rows["execution_time"] / 1000,
            "scanned, MB each": rows["bytes_scanned"] / 1e6,
            "rows each": rows["rows_produced"],
            "partitions scanned": _ratio(rows),
        }
    )


def score_table(scores: Sequence[Score]) -> pd.DataFrame:
    """The scorecard: value, interval and thresholds of each control."""
    return pd.DataFrame([_score(score) for score in scores])


def fingerprint_table(look: Look) -> pd.DataFrame:
    """What each fingerprint costs, the costliest first."""
    rows = look.fingerprints.head(MOST_ROWS)
    scale = pd.DataFrame(
        {
            "statements": rows["statements"].astype(float),
            "credits": rows["credits"].astype(float) if look.cost.ranked else float("nan"),
            "execution, s": rows["execution_ms"].astype(float) / 1000,
            "scanned, MB": rows["bytes_scanned"].astype(float) / 1e6,
            "partitions scanned": _ratio(rows),
            "kind": [look.shapes[name].kind.lower() for name in rows["id"]],
            "fingerprint": _shortened(pd.Series([look.shapes[name].shown for name in rows["id"]], index=rows.index, dtype=object)),
        }
    )
    return scale if look.cost.ranked else scale.drop(columns="credits")


def _score(score: Score) -> dict[str, str]:
    control, value = score.control, in_percent(score.value)
    sign = (">", "<") if control.more_is_better else ("<", ">")
    known = not math.isnan(value.value)
    return {
        "control": control.name,
        "value, %": number(value.value),
        "95 % interval": interval_text(value) if known else "",
        "good, %": f"{sign[0]} {100 * control.good:g}" if control.good else "0",
        "poor, %": f"{sign[1]} {100 * control.poor:g}",
        "rating": score.rating if known else f"no data: {score.reason}",
    }


def _of(scanned: float, total: float) -> str:
    return "" if pd.isna(scanned) or pd.isna(total) else f"{scanned:,.0f} of {total:,.0f}"


def _ratio(rows: pd.DataFrame) -> pd.Series:
    totals = rows["partitions_total"].astype(float)
    return rows["partitions_scanned"].astype(float) / totals.where(totals > 0)


def _shortened(texts: pd.Series) -> pd.Series:
    """One line without the leading comments, at most 140 characters."""
    bare = texts.fillna("").astype(str).str.replace(r"(?m)^\s*--.*$", "", regex=True).str.split().str.join(" ")
    return bare.where(bare.str.len() <= 140, bare.str.slice(0, 139) + "…")
