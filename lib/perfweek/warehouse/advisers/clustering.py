"""Which tables to store in another order, and by which key."""

import math

from perfweek.warehouse.advisers.finding import Finding
from perfweek.warehouse.advisers.material import KnownTable, Material
from perfweek.warehouse.clustering.candidates import PROPOSAL
from perfweek.warehouse.clustering.change import change_of
from perfweek.warehouse.clustering.judgement import WORTH_PREDICTING, Candidate
from perfweek.warehouse.clustering.judgements import Judgement, judgements
from perfweek.warehouse.clustering.keys import CLASSIC_BYTES, Key
from perfweek.warehouse.tableuse import TableUse, table_uses
from perfweek.wording import listed, percent

_ONLY_TEXTS = 3
"""So many tables that could not be asked are named."""
_PROPORTIONAL = "execution time is taken to fall as the partitions scanned do"


def advise(material: Material) -> list[Finding]:
    """A finding for each table whose statements would scan clearly less in another order, and for tables that could not be asked."""
    found = [_finding(material, one) for one in material.once(judgements) if _is_worth(one)]
    return found + _unasked(material)


def proposal_words(judgement: Judgement) -> str:
    """How the key of the week-1 checklist does beside the chosen one; '' where the table has not its columns."""
    advice = judgement.advice
    proposal = advice.candidate(tuple(map(Key, PROPOSAL)))
    if proposal is None:
        return ""
    if proposal.keys == advice.chosen.keys:
        return f"that is the proposal {proposal.name} itself"
    word = "does as well" if proposal.overall.likely <= 1.05 * advice.chosen.overall.likely else "does worse"
    return f"the proposal {proposal.name} {word}: {percent(proposal.overall.likely)}"


def _is_worth(judgement: Judgement) -> bool:
    advice = judgement.advice
    if judgement.table.key_now and _same_key(judgement.table, advice.chosen):
        return False
    return advice.now_overall - advice.chosen.overall.likely > WORTH_PREDICTING


def _finding(material: Material, judgement: Judgement) -> Finding:
    advice, spared = judgement.advice, judgement.spared_s
    metered = not math.isnan(judgement.credits_per_s)
    worth = judgement.credits_per_s if metered else 1.0
    return Finding(
        adviser="clustering",
        title=f"cluster {judgement.use.name} by {advice.chosen.name}",
        low=spared.low * worth,
        likely=spared.likely * worth,
        high=spared.high * worth,
        unit="credits" if metered else "s",
        confidence="simulated",
        evidence=_evidence(judgement),
        cannot_judge=_cannot_judge(judgement, metered=metered),
        assumes=f"{_PROPORTIONAL}; the statements of the history come again",
        fingerprints=judgement.fingerprints,
        cost=judgement.cost.over_the_history if metered else 0.0,
        change=change_of(advice, judgement.table, judgement.cost, embedded=material.engine == "embedded"),
    )


def _evidence(judgement: Judgement) -> str:
    advice, chosen = judgement.advice, judgement.advice.chosen.overall
    words = [
        f"{len(advice.candidates)} keys tried on {judgement.sample.rows:,} sampled rows ({percent(judgement.sample.share)} of the table): its "
        f"statements scan {percent(advice.now_overall)} of its partitions now, measured, and would scan {percent(chosen.likely)} "
        f"({percent(chosen.low)} to {percent(chosen.high)}), weighted by execution time",
        proposal_words(judgement),
        f"which columns restrict it is known from {judgement.columns_from}",
        _seen_bytes(judgement),
    ]
    return "; ".join(word for word in words if word)


def _seen_bytes(judgement: Judgement) -> str:
    texts = [key.column for key in judgement.advice.chosen.keys if judgement.sample.columns[key.column].words is not None]
    if judgement.cost.version == "CLASSIC" and texts:
        return f"the table stays with Classic clustering, which sees the first {CLASSIC_BYTES} bytes of {listed(texts)}: simulated so"
    return "a new key has Optima clustering, which sees up to 1 KB of all columns together" if texts else ""


def _cannot_judge(judgement: Judgement, *, metered: bool) -> str:
    words = ["statements that the history does not hold"]
    if judgement.use.joined:
        words.append(f"what joins by {listed(sorted(judgement.use.joined))} leave unread while they run")
    if judgement.sample.partitions < judgement.use.partitions:
        words.append(f"shares below one in {judgement.sample.partitions:,}: the sample has too few rows for {judgement.use.partitions:,} partitions")
    if metered and math.isnan(judgement.cost.once):
        words.append(f"what clustering costs: {judgement.cost.rate.basis}")
    if not metered:
        words.append("credits: nothing is metered, so the saving is in seconds and costs are not taken off")
    return "; ".join(words)


def _same_key(table: KnownTable, chosen: Candidate) -> bool:
    stated = "".join(table.key_now.split()).removeprefix("LINEAR").replace('"', "").lower()
    return stated == chosen.name.replace(" ", "").lower()


def _unasked(material: Material) -> list[Finding]:
    """Tables that statements restrict and scan nearly whole, whose rows nobody could look at."""
    if material.tables or material.statements.empty:
        return []
    uses = [use for use in table_uses(material.statements) if use.weights and use.partitions > 1]
    return [_from_texts(use) for use in uses[:_ONLY_TEXTS] if _now(use) > WORTH_PREDICTING]


def _from_texts(use: TableUse) -> Finding:
    columns = sorted(use.weights, key=lambda name: -use.weights[name])[:4]
    return Finding(
        adviser="clustering",
        title=f"look at the order of {use.name}: statements restrict it by {listed(columns)}",
        low=0.0,
        likely=0.0,
        high=_now(use) * use.execution_ms / 1000,
        unit="s",
        confidence="estimated",
        evidence=f"they scan {percent(_now(use))} of its partitions, weighted by execution time; which columns restrict it is known from the texts",
        assumes=_PROPORTIONAL,
        cannot_judge="which order would help, and how much: there is no warehouse to take a sample of its rows from",
    )


def _now(use: TableUse) -> float:
    weights = [(asked.execution_ms, asked.scanned / asked.total) for asked in use.statements if asked.restriction.ranges]
    total = sum(weight for weight, _ in weights)
    return sum(weight * share for weight, share in weights) / total if total else 0.0
