"""Wednesday's tables as they are shown: words and units in the header."""

import pandas as pd

from perfweek.warehouse.study import Study

KIND_FORMATS = {"elapsed, s": ",.2f", "queued, s": ",.2f"}
SLOW_FORMATS = {"execution, ms": ",.1f", "scanned, MB": ",.2f", "rows": ",.0f"}
ENDPOINT_FORMATS = {"statements": ",.0f", "execution, s": ",.2f", "scanned, MB each": ",.2f", "rows each": ",.1f", "partitions scanned": ".1%"}
TEMPLATE_FORMATS = {"statements": ",.0f", "execution, s": ",.2f", "p95, ms": ",.2f", "partitions scanned": ".1%"}
CANDIDATE_FORMATS = {"partitions scanned": ".1%", "from": ".1%", "to": ".1%"}


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


def template_table(study: Study) -> pd.DataFrame:
    """What each statement template costs."""
    if not study.history:
        return pd.DataFrame()
    rows = study.history.templates
    return pd.DataFrame(
        {
            "endpoint": rows["endpoint"].fillna("(no route)"),
            "statements": rows["statements"],
            "execution, s": rows["execution_time"] / 1000,
            "p95, ms": rows["p95_ms"],
            "partitions scanned": _ratio(rows),
            "query text": _shortened(rows["query_text"]),
        }
    )


def candidate_table(study: Study) -> pd.DataFrame:
    """Every key that was judged, weighted by execution time, and what is measured now."""
    if not study.advice:
        return pd.DataFrame()
    advice = study.advice
    now = [("as stored, measured", advice.now_overall, float("nan"), float("nan"), "")]
    rows = [
        (one.name, one.overall.likely, one.overall.low, one.overall.high, "chosen" if one is advice.chosen else "")
        for one in sorted(advice.candidates, key=lambda one: one.overall.likely)
    ]
    return pd.DataFrame(now + rows, columns=["order", "partitions scanned", "from", "to", "verdict"])


def _of(scanned: float, total: float) -> str:
    return "" if pd.isna(scanned) or pd.isna(total) else f"{scanned:,.0f} of {total:,.0f}"


def _ratio(rows: pd.DataFrame) -> pd.Series:
    totals = rows["partitions_total"].astype(float)
    return rows["partitions_scanned"].astype(float) / totals.where(totals > 0)


def _shortened(texts: pd.Series) -> pd.Series:
    """One line without the leading comments, at most 140 characters."""
    bare = texts.fillna("").astype(str).str.replace(r"(?m)^\s*--.*$", "", regex=True).str.split().str.join(" ")
    return bare.where(bare.str.len() <= 140, bare.str.slice(0, 139) + "…")
