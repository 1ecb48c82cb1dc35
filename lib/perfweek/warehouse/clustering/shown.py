"""Clustering keys in sentences and tables."""

import math

import pandas as pd

from perfweek.stats import Estimate
from perfweek.warehouse.clustering.candidates import PROPOSAL
from perfweek.warehouse.clustering.judgement import Candidate
from perfweek.warehouse.clustering.judgements import Judgement
from perfweek.warehouse.clustering.keys import Key
from perfweek.warehouse.clustering.proven import CLOSE, Proof, by_key
from perfweek.wording import bracketed, count, number, percent

NONE = "Cannot tell: no table could be asked that has more than one partition and whose columns statements restrict."
MOST_CANDIDATES = 15
CANDIDATE_FORMATS = {"partitions scanned": ".1%", "from": ".1%", "to": ".1%"}
PROOF_FORMATS = {"predicted": ".2%", "measured": ".2%", "laid out in, s": ",.2f"}
TABLE_FORMATS = {"execution, s": ",.2f", "now": ".1%", "then": ".1%", "from": ".1%", "to": ".1%"}


def verdict(judgement: Judgement) -> str:
    """What the chosen key would change, and how the checklist's proposal does beside it."""
    advice = judgement.advice
    chosen = advice.chosen.overall
    begin = (
        f"Ordered by `{advice.chosen.name}`, the statements on `{judgement.use.name}` would scan {_share(chosen.low, chosen.likely, chosen.high)} "
        f"of its partitions; now they scan {percent(advice.now_overall)} (both weighted by execution time)."
    )
    return f"{begin} {_proposal(judgement)}".strip()


def _proposal(judgement: Judgement) -> str:

    advice = judgement.advice
    parts = []
    for columns in (PROPOSAL, tuple(reversed(PROPOSAL))):
        one = advice.candidate(tuple(map(Key, columns)))
        if one is None:
            continue
        if one.keys == advice.chosen.keys:
            parts.append("That is the week-1 proposal itself." if columns == PROPOSAL else "That is the week-1 proposal turned round.")
        else:
            named = "The week-1 proposal" if columns == PROPOSAL else "Turned round,"
            parts.append(f"{named} `{one.name}` would scan {percent(one.overall.likely)}.")
    return " ".join(parts)


def how_simulated(judgement: Judgement) -> str:
    """How the layouts were simulated, and what the ranges hold."""
    return (
        f"Simulated: {judgement.sample.rows:,} sampled rows ({percent(judgement.sample.share)} of the table) sorted by each of "
        f"{count(len(judgement.advice.candidates), 'key')} and cut into {judgement.sample.partitions:,} partitions; each recorded condition, with "
        "its bound values, is tested against the least and greatest values, corrected for rows that were not sampled. Ranges cover that correction, "
        "other mixes of the same statements and, for LIMIT, an engine that stops early or not at all. 'Now' is measured. "
        f"Which columns count is known from {judgement.columns_from}."
    )


def table_of_tables(judgements: list[Judgement]) -> pd.DataFrame:
    """1 row per table: its key now, the best key, and the shares scanned."""
    rows = [
        {
            "table": one.use.name,
            "execution, s": one.use.execution_ms / 1000 * one.scale,
            "partitions": one.use.partitions,
            "key now": one.table.key_now or "none",
            "now": one.advice.now_overall,
            "best key": one.advice.chosen.name,
            "then": one.advice.chosen.overall.likely,
            "from": one.advice.chosen.overall.low,
            "to": one.advice.chosen.overall.high,
        }
        for one in judgements
    ]
    return pd.DataFrame(rows)


def candidate_table(judgement: Judgement) -> pd.DataFrame:
    """What is measured now, the chosen key, the proposals, and the best of the others: shares weighted by execution time."""
    advice = judgement.advice
    now = ("as stored, measured", advice.now_overall, math.nan, math.nan, "")
    ranked = sorted(advice.candidates, key=lambda one: (one.overall.likely, one is not advice.chosen))
    shown = [one for place, one in enumerate(ranked) if place < MOST_CANDIDATES or _word(judgement, one)]
    rows = [(one.name, one.overall.likely, one.overall.low, one.overall.high, _word(judgement, one)) for one in shown]
    return pd.DataFrame([now, *rows], columns=["order", "partitions scanned", "from", "to", "verdict"])


def _word(judgement: Judgement, one: Candidate) -> str:

    words = ["chosen"] if one is judgement.advice.chosen else []
    if tuple(key.column for key in one.keys) == PROPOSAL and not any(key.form for key in one.keys):
        words.append("week-1 proposal")
    return ", ".join(words)


def proof_sentence(proof: Proof) -> str:
    """How well the prediction held on the table really laid out, and whether a single column does better."""
    keys = by_key(proof)
    chosen = keys[keys["role"] == "chosen"].iloc[0]
    single = keys[keys["role"] == "single column"]
    begin = (
        f"Laid out for real by `{chosen['key']}`, the recorded conditions scanned {percent(chosen['measured'])} of the row groups; "
        f"{percent(chosen['predicted'])} were predicted. {proof.close} of {count(proof.conditions, 'condition')} were predicted to within "
        f"{100 * CLOSE:.0f} % or one partition, {proof.inside} lay within their ranges."
    )
    if single.empty:
        return begin
    best = single.iloc[0]
    word = "does no better" if best["measured"] >= chosen["measured"] - 1e-9 else "does better"
    return f"{begin} The best single column, `{best['key']}`, {word}: {percent(best['measured'])}."


def proof_note(proof: Proof) -> str:
    """How it was measured."""
    seconds = by_key(proof).set_index("role")["laid_out_s"].get("chosen", math.nan)
    took = number(float(seconds.iloc[0] if isinstance(seconds, pd.Series) else seconds))
    return (
        f"Measured: a copy of the columns concerned, really written in order ({took} s for the chosen key); each condition run once; row groups "
        "scanned as DuckDB's profiler counts them. On Snowflake the change's verify script does it on a copy."
    )


def proof_table(proof: Proof) -> pd.DataFrame:
    """1 row per key laid out."""
    rows = by_key(proof)
    return pd.DataFrame(
        {
            "order": rows["key"],
            "role": rows["role"],
            "predicted": rows["predicted"],
            "measured": rows["measured"],
            "close": [f"{close} of {n}" for close, n in zip(rows["close"], rows["conditions"], strict=True)],
            "laid out in, s": rows["laid_out_s"],
        }
    )


def _share(low: float, likely: float, high: float) -> str:
    return bracketed(Estimate(likely, low, high, 0, ""), "%")
