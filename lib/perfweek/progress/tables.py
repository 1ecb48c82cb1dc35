"""Friday's tables as they are shown."""

from collections.abc import Sequence

import pandas as pd

from perfweek.predictions import Prediction
from perfweek.progress.compare import Comparison, table
from perfweek.progress.runs import FIGURES
from perfweek.progress.scoring import score_table

VERDICT_FORMATS = {"before": ".4g", "after": ".4g", "effect": ".3f", "from": ".3f", "to": ".3f", "p, adjusted": ".2g", "detectable": ".3f"}
SCORE_FORMATS = dict.fromkeys(("before", "expected", "from", "to", "measured"), ".3g")


def verdict_table(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """One row a quantity: both values, the effect (ratio; for errors the difference of shares) with its interval, the verdict, and why the data
    cannot tell where they cannot."""
    units = {"errors": "share", "throughput": "1/s", **{name: figure.unit for name, figure in FIGURES.items()}}
    shown = table(comparisons)
    shown.insert(2, "unit", [units.get(quantity, "ms") for quantity in shown["quantity"]])
    names = ["endpoint", "quantity", "unit", "before", "after", "effect", "from", "to", "p, adjusted", "verdict", "detectable", "why not"]
    return _verdict_first(shown.set_axis(names, axis="columns"))


def environment_table(differences: pd.DataFrame) -> pd.DataFrame:
    """What both runs asked of the service."""
    names = {"monday": "Monday", "friday": "Friday", "decides": "must be the same"}
    return differences.rename(columns=names)


def prediction_table(predictions: Sequence[Prediction]) -> pd.DataFrame:
    """The week's predictions with what was measured."""
    return _verdict_first(score_table(predictions).rename(columns={"low": "from", "high": "to"}))


def _verdict_first(table: pd.DataFrame) -> pd.DataFrame:
    """The verdict behind the two columns that say of what it is: a narrow page shows the left of a table."""
    names = [name for name in table.columns if name != "verdict"]
    return table[[*names[:2], "verdict", *names[2:]]]
