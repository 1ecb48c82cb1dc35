"""The week so far, as its papers see it: what each day concluded, its facts, predictions and candidates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from perfweek import candidates, facts, predictions
from perfweek.predictions import Prediction
from perfweek.progress.bias import earlier_records
from perfweek.progress.plan.ranking import Ranked, rank
from perfweek.target import Target
from perfweek.week import DAYS, Week


@dataclass(frozen=True)
class Figure:
    """A key figure of a day as it was shown: label, value and interval in words, unit, change against what was before."""

    label: str
    shown: str
    interval: str
    unit: str
    change: str


@dataclass(frozen=True)
class SoFar:
    """A week and its target; everything is read when it is asked for."""

    week: Week
    target: Target

    @cached_property
    def days(self) -> Mapping[str, Mapping[str, Any]]:
        """day -> its entry in the manifest; an empty one for a day that was not run."""
        entries = self.week.manifest().get("days", {})
        return {day: entries.get(day, {}) for day in DAYS}

    def is_complete(self, day: str) -> bool:
        return self.days[day].get("status") == "complete"

    def verdict(self, day: str) -> Sequence[str]:
        """The sentences with which the day concluded; none where it did not."""
        return tuple((self.days[day].get("summary") or {}).get("verdict", ())) if self.is_complete(day) else ()

    def figures(self, day: str) -> list[Figure]:
        """The day's key figures."""
        tiles = (self.days[day].get("summary") or {}).get("tiles", ()) if self.is_complete(day) else ()
        return [Figure(tile["label"], tile["shown"], tile["interval"], tile["unit"], tile.get("change", "")) for tile in tiles]

    @cached_property
    def facts(self) -> pd.DataFrame:
        """All facts of the week, with the column `day`."""
        parts = [facts.read(self.week, day).assign(day=day) for day in DAYS]
        known = [part for part in parts if len(part)]
        return pd.concat(known, ignore_index=True) if known else parts[0]

    def measured(self, metric: str) -> int:
        """How many figures of a metric the week has; of all that begin with it where it ends with a dot."""
        names = self.facts["metric"]
        return int((names.str.startswith(metric) if metric.endswith(".") else names == metric).sum())

    @cached_property
    def scored(self) -> list[Prediction]:
        """Friday's scores of the week's predictions; none before Friday."""
        return predictions.read(self.week, ["friday"])

    @cached_property
    def ranked(self) -> list[Ranked]:
        """Candidates for the next work, the best first."""
        return rank(candidates.read(self.week), earlier_records(self.week))

    @cached_property
    def work(self) -> list[Ranked]:
        """Candidates that change something, the best first."""
        return [one for one in self.ranked if one.candidate.of != "knowledge"]

    @cached_property
    def open_measurements(self) -> list[Ranked]:
        """What is to be measured because a decision waits for it."""
        return [one for one in self.ranked if one.candidate.of == "knowledge"]

    def has_artifact(self, pattern: str) -> list[str]:
        """Files below artifacts/ that match, relative to the week, sorted."""
        return sorted(path.relative_to(self.week.root).as_posix() for path in self.week.artifacts.glob(pattern) if path.is_file())
