"""How much of the reading is work that the write model is the wrong shape for."""

from functools import lru_cache

import numpy as np
import sqlglot
from sqlglot import exp

from perfweek.blocks import Blocks
from perfweek.decisions import joint
from perfweek.decisions.criteria import Criterion, Observation, Rule, Threshold, criterion
from perfweek.decisions.material import Evidence, Missing, Statements
from perfweek.wording import bracketed

RULE = Rule(
    record="ADR-002",
    id="model-mismatch",
    quantity="read time in statements that the write model serves badly",
    unit="1",
    formula="elapsed time of selects with four joins or more, an aggregate or a group by, over that of all selects; texts of the query history",
    threshold=Threshold("at least", 0.3, 0.3, "J", "a model for reads pays when 30 % of the read time goes into joins and aggregates"),
    role="necessary",
    instead="an index, or a clustering key, for the heaviest read",
    fewest=50,
    measure="record or export the query history of the load with its texts",
)
MANY_JOINS = 4


def model_mismatch(evidence: Evidence) -> Criterion:
    """The share of read time, weighted by time and not by count."""
    return criterion(RULE, evidence.statements, _observe)


@lru_cache(maxsize=4096)
def parsed(text: str) -> exp.Expr | None:
    """The statement as a tree; None for what is not one statement of Snowflake's SQL."""
    try:
        return sqlglot.parse_one(text.replace("%(", ":").replace(")s", "") if "%(" in text else text, dialect="snowflake")
    except (sqlglot.errors.SqlglotError, RecursionError, ValueError):
        return None


def is_read(text: str) -> bool:
    return isinstance(parsed(text), exp.Query)


def badly_served(text: str) -> bool:
    """Whether it joins or sums up what a model made for it would hold ready."""
    tree = parsed(text)
    if tree is None:
        return False
    summed = any(tree.find_all(exp.AggFunc, exp.Group)) or any(one.args.get("distinct") for one in tree.find_all(exp.Select))
    return len(list(tree.find_all(exp.Join))) >= MANY_JOINS or summed


def _observe(statements: Statements) -> Observation | Missing:
    texts = statements.texts
    known = texts[texts["text"].map(lambda text: parsed(text) is not None)] if len(texts) else texts
    reads = known[known["text"].map(is_read)] if len(known) else known
    if reads.empty or not reads["elapsed_ms"].sum():
        return Missing("the query history holds no select whose text can be read")
    bad = reads["text"].map(badly_served)
    found = joint.share(Blocks.of(reads["time"]), reads["time"], np.where(bad, reads["elapsed_ms"], 0.0), reads["elapsed_ms"])
    finding = f"{bracketed(found.estimate, '%')} of the read time is in joins and aggregates"
    return Observation.of(found, len(known) / len(texts), "measured", finding)
