"""The one or two graphs of a runbook, from the week's facts: what was measured before the trouble began."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from perfweek import facts
from perfweek.metrics import CATALOGUE
from perfweek.week import Week
from perfweek.wording import listed, number, sentence

NO_FACTS = "No data: no day of this week has measured it. Run the days first: perfweek run."


@dataclass(frozen=True)
class Measured:
    """The facts of one metric on one day, by what its labels say: `rows` has the columns name, value, low, high (in `unit`), n; no rows
    for no data. `source`: the evidence file."""

    metric: str
    unit: str
    rows: pd.DataFrame
    source: str

    def value(self, name: str, column: str = "value") -> float | None:
        """Of the row `name`; None where there is none."""
        found = self.rows[self.rows["name"] == name]
        return None if found.empty else float(found[column].iloc[0])


def measured(week: Week, day: str, metric: str) -> Measured:
    """Largest first. Shares are in per cent. Raises EvidenceError for damaged facts."""
    frame = facts.read(week, day)
    frame = frame[frame["metric"] == metric]
    share = CATALOGUE[metric].title.startswith("share ")
    scale, unit = (100.0, "%") if share else (1.0, CATALOGUE[metric].unit.replace("1/s", "a second").removeprefix("1"))
    rows = pd.DataFrame(
        {
            "name": [", ".join(labels.values()) or "all" for labels in frame["labels"]],
            **{column: scale * frame[column].to_numpy(float) for column in ("value", "low", "high")},
            "n": frame["n"].to_numpy(int),
        }
    ).sort_values("value", ascending=False, ignore_index=True)
    return Measured(metric, unit, rows, str(frame["source"].iloc[0]) if len(frame) else "no evidence")


def measured_sentence(found: Measured, limit: float | None = None) -> str:
    """The largest, and what lies over the limit."""
    title = CATALOGUE[found.metric].title
    if found.rows.empty:
        return NO_FACTS
    first = found.rows.iloc[0]
    most = f"{title} is largest for {first['name']}: {number(first['value'])} {found.unit}".rstrip()
    if limit is None:
        return sentence(most)
    over = list(found.rows[found.rows["value"] > limit]["name"])
    named = listed(over[:4]) + (f" and {len(over) - 4} more" if len(over) > 4 else "")
    return sentence(f"{most}; over {f'{number(limit)} {found.unit}'.rstrip()}: {named or 'none'}")


def measured_note(found: Measured) -> str:
    counted = f"n = {int(found.rows['n'].sum()):,}; " if len(found.rows) else ""
    return f"{counted}bars are 95 % intervals; measured by the week's run, not now."


def measured_figure(found: Measured, limit: float | None = None, most: int = 12) -> Figure:
    """A dot with its interval for each of the largest `most`, and the limit as a line."""
    rows = found.rows.head(most).iloc[::-1].reset_index(drop=True)
    figure = Figure(figsize=(7.0, 1.2 + 0.4 * max(1, len(rows))))
    axes = figure.subplots()
    axes.set_xlabel(f"{CATALOGUE[found.metric].title}, {found.unit}".rstrip(", "))
    if rows.empty:
        axes.text(0.5, 0.5, "no data", ha="center", va="center", transform=axes.transAxes)
        axes.set_yticks([])
        return figure
    places: Sequence[int] = range(len(rows))
    axes.hlines(places, rows["low"], rows["high"], color="C1", linewidth=3)
    axes.plot(rows["value"], places, "o", color="C1")
    axes.set_yticks(places, [name[:48] for name in rows["name"]])
    axes.set_xlim(left=0)
    if limit is not None:
        axes.axvline(limit, color="C2", linestyle="--")
        axes.annotate(f"limit {number(limit)}", (limit, 1), xycoords=("data", "axes fraction"), ha="center", va="bottom", color="C2")
    figure.tight_layout()
    return figure
