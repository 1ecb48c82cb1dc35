"""The parameters of the five notebooks, checked in one place for JupyterLab, papermill and the command line alike."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from perfweek.errors import ParameterError
from perfweek.week import DAYS, check_week, current_week


class DayParameters(BaseModel):
    """What every day takes: the ISO week ('' for the current one) and the target file ('' for the nearest one)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    week: str = ""
    target: str = ""

    @field_validator("week")
    @classmethod
    def _an_iso_week(cls, value: str) -> str:
        return check_week(value or current_week())


class MondayParameters(DayParameters):
    """`profile` of the load ('' for the target's)."""

    profile: Literal["", "smoke", "week1"] = ""


class TuesdayParameters(DayParameters):
    """`commits`: how many of the last merges are replayed for the monorepo decision."""

    commits: Annotated[int, Field(ge=1, le=10_000)] = 200


class WednesdayParameters(DayParameters):
    """`slow_ms`: statements that took longer are listed; -1 for the target's threshold. `top`: at most so many."""

    slow_ms: Annotated[int, Field(ge=-1)] = -1
    top: Annotated[int, Field(ge=1, le=1000)] = 100


class ThursdayParameters(DayParameters):
    pass


class FridayParameters(DayParameters):
    """`profile` as on Monday; `smallest_effect`: a relative change below it counts as the same."""

    profile: Literal["", "smoke", "week1"] = ""
    smallest_effect: Annotated[float, Field(gt=0, lt=1)] = 0.05


PARAMETERS: dict[str, type[DayParameters]] = dict(
    zip(DAYS, (MondayParameters, TuesdayParameters, WednesdayParameters, ThursdayParameters, FridayParameters), strict=True)
)


def check_parameters(day: str, values: dict[str, Any]) -> DayParameters:
    """The day's parameters, checked and frozen. Raises ParameterError that names the parameter and what it may be."""
    if day not in PARAMETERS:
        raise ParameterError(f"{day!r} is not a day of the week", remedy=f"Days are: {', '.join(DAYS)}.")
    try:
        return PARAMETERS[day].model_validate(values)
    except ValidationError as error:
        problem = error.errors()[0]
        name = ".".join(str(part) for part in problem["loc"])
        known = ", ".join(PARAMETERS[day].model_fields)
        raise ParameterError(
            f"parameter {name} of {day}: {problem['msg']}, not {problem['input']!r}", remedy=f"Parameters of {day}: {known}."
        ) from error
