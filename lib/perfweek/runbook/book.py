"""A runbook: its name, its parameters, its steps, and what decides what they do."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import nbformat
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from perfweek.errors import ParameterError
from perfweek.project import project_folder
from perfweek.runbook.step import Change, Step
from perfweek.secrets import redact
from perfweek.target import Target
from perfweek.week import Week, check_week, current_week

SECTIONS = ("Severity", "Impact", "Graphs", "Background", "Mitigation", "Escalation")
_PACKAGE = Path(__file__).parents[1]
Severity = Literal["low", "medium", "high"]


class Parameters(BaseModel):
    """What every runbook takes: the ISO week whose evidence and artifacts it uses ('' for the current one)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    week: str = ""

    @field_validator("week")
    @classmethod
    def _an_iso_week(cls, value: str) -> str:
        return check_week(value or current_week())


@dataclass(frozen=True)
class Context:
    """Where a runbook works. The week's folder is not created: looking leaves nothing behind."""

    target: Target
    week: Week
    parameters: Any


@dataclass(frozen=True)
class Runbook:
    """A procedure. `packages`: the packages below perfweek whose code decides what its steps do, besides this one; `inputs`: the files
    that do. A plan's token is void as soon as one of them changes."""

    name: str
    title: str
    severity: Severity
    parameters: type[Parameters]
    steps: Callable[[Context], tuple[Step, ...]]
    packages: tuple[str, ...] = ()
    inputs: Callable[[Context], Sequence[Path]] = lambda _: ()

    @property
    def notebook(self) -> Path:
        return project_folder("runbooks") / f"{self.name.replace('-', '_')}.ipynb"

    def purpose(self) -> str:
        """The first paragraph of its notebook, after the title."""
        first = nbformat.read(self.notebook, as_version=4).cells[0].source
        return " ".join(first.split("\n\n")[1].split())

    def context(self, target: Target, values: Mapping[str, Any]) -> Context:
        """Raises ParameterError that names the parameter and what it may be."""
        checked = check_parameters(self, values)
        return Context(target, Week(checked.week, target.weeks.resolve() / checked.week), checked)

    def code(self, context: Context) -> str:
        """One hash over all that decides what the steps do."""
        folders = [_PACKAGE / name for name in ("runbook", *self.packages)]
        files = sorted(path for folder in folders for path in folder.rglob("*.py"))
        digest = hashlib.sha256()
        for path in [*files, *self.inputs(context)]:
            digest.update(f"{path.name}\0".encode() + (path.read_bytes() if path.is_file() else b"absent") + b"\0")
        return digest.hexdigest()


def changes(steps: Sequence[Step]) -> list[Change]:
    return [step for step in steps if isinstance(step, Change)]


def check_parameters(runbook: Runbook, values: Mapping[str, Any]) -> Parameters:
    """Checked and frozen. A value that looks like a secret is refused: parameters are written down in notebooks and in the audit file."""
    known = ", ".join(runbook.parameters.model_fields)
    for name, value in values.items():
        if isinstance(value, str) and redact(value, {}) != value:
            raise ParameterError(f"parameter {name} of {runbook.name} holds a password", remedy="Secrets come from the environment.")
    try:
        return runbook.parameters.model_validate(dict(values))
    except ValidationError as error:
        problem = error.errors()[0]
        name = ".".join(map(str, problem["loc"]))
        remedy = f"Parameters of {runbook.name}: {known}."
        raise ParameterError(f"parameter {name} of {runbook.name}: {problem['msg']}, not {problem['input']!r}", remedy=remedy) from error
