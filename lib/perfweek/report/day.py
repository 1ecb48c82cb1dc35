"""Opening a day: what the second cell of every notebook does."""

from dataclasses import dataclass
from typing import Any

from perfweek.report.parameters import DayParameters, check_parameters
from perfweek.report.theme import apply_theme
from perfweek.target import Target, load_target
from perfweek.week import Week


@dataclass(frozen=True)
class Day:
    """A weekday's run: its checked parameters, the target that they name, and the week's folder."""

    name: str
    parameters: DayParameters
    target: Target
    week: Week


def open_day(name: str, **parameters: Any) -> Day:
    """Check the notebook's parameters, read its target, open its week and set the figures' theme.

    Raises ParameterError, TargetError or WeekError, the same in JupyterLab, under papermill and from the command line.
    """
    checked = check_parameters(name, parameters)
    target = load_target(checked.target)
    apply_theme()
    return Day(name, checked, target, Week.open(checked.week, target.weeks))
