"""By what Friday tells that a change of the plan did what was predicted, beside the endpoints' own figures.

A series of a view, of a new text or of a warehouse at another size is there only where the change was made: a change that nobody made is not
scored as one that failed.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import numpy as np
import pandas as pd

from perfweek.facts import Fact
from perfweek.predictions import Prediction
from perfweek.stats import Estimate, block_quantiles
from perfweek.warehouse.fingerprint import digest, fingerprint
from perfweek.warehouse.history import seconds
from perfweek.warehouse.prices import credits_per_hour
from perfweek.warehouse.shares import ratio_of_sums

HELPED: Final = "warehouse.helped.duration"
"""Mean execution time of the SELECTs that read the label `view`, or that have the label `text` as their fingerprint."""
ELAPSED: Final = "warehouse.elapsed.p95"
"""Of all statements of the label `warehouse` at the label `size`."""
CACHED: Final = "warehouse.result_cache.share"
"""Of all SELECTs, answered without a warehouse and without reading a byte."""
TEXT_DIGITS: Final = 12


def effect_facts(statements: pd.DataFrame, source: str, predictions: Iterable[Prediction]) -> list[Fact]:
    """The fact of each prediction of these metrics, none where there is no such statement. `statements`: columns of sql/history/statements.sql."""
    asked = {(one.metric, tuple(sorted(one.labels.items()))) for one in predictions if one.metric in _MEASURES}
    if statements.empty or not asked:
        return []
    succeeded = statements["execution_status"].fillna("success").str.lower() == "success"
    rows = statements[succeeded & statements["start_time"].notna()]
    found = [Fact(metric, _MEASURES[metric](rows, dict(labels)), source, dict(labels)) for metric, labels in sorted(asked)]
    return [fact for fact in found if not np.isnan(fact.estimate.value)]


def text_label(text: str) -> str:
    """What the label `text` says of a statement: the first digits of its fingerprint's digest."""
    return digest(fingerprint(text))[:TEXT_DIGITS]


def cached_share(rows: pd.DataFrame) -> Estimate:
    """The share of SELECTs that no warehouse ran and that read nothing; NaN without any."""
    reads = rows[rows["query_type"].fillna("").str.upper() == "SELECT"]
    answered = reads["warehouse_size"].isna() & (reads["bytes_scanned"].fillna(0) == 0)
    return ratio_of_sums(answered.astype("int64"), np.ones(len(reads)), seconds(reads))


def _helped(rows: pd.DataFrame, labels: Mapping[str, str]) -> Estimate:
    reads = rows[(rows["query_type"].fillna("").str.upper() == "SELECT") & rows["execution_time"].notna() & rows["query_text"].notna()]
    texts = {text: _is_helped(str(text), labels) for text in reads["query_text"].unique()}
    own = reads[reads["query_text"].map(texts).astype(bool)]
    return ratio_of_sums(own["execution_time"], np.ones(len(own)), seconds(own))


def _is_helped(text: str, labels: Mapping[str, str]) -> bool:
    if "text" in labels:
        return text_label(text) == labels["text"]
    name = labels["view"].rpartition(".")[2].lower()
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", text.lower()) is not None


def _elapsed(rows: pd.DataFrame, labels: Mapping[str, str]) -> Estimate:
    rate = credits_per_hour(labels["size"])
    at_size = rows["warehouse_size"].map(credits_per_hour) == rate
    own = rows[(rows["warehouse_name"] == labels["warehouse"]) & at_size & rows["total_elapsed_time"].notna()]
    return block_quantiles(own["total_elapsed_time"], seconds(own), (0.95,))[0]


_MEASURES: Final[Mapping[str, Callable[[pd.DataFrame, Mapping[str, str]], Estimate]]] = {
    HELPED: _helped,
    ELAPSED: _elapsed,
    CACHED: lambda rows, _labels: cached_share(rows),
}
