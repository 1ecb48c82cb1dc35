"""The documentation names what exists, and all of it."""

import re
from pathlib import Path

import pytest
import typer

from perfweek.cli import app
from perfweek.project import notebook_path
from perfweek.report.parameters import PARAMETERS, DayParameters
from perfweek.week import DAYS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```", README, re.S | re.M)
COMMANDS = set(typer.main.get_command(app).commands)
CHORES = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.M))


def test_every_command_is_documented_and_every_documented_command_exists():
    named = {word for block in BLOCKS for word in re.findall(r"^perfweek ([a-z0-9]+)", block, re.M)}
    assert named == COMMANDS


def test_every_chore_is_documented_and_every_documented_chore_exists():
    named = {word for block in BLOCKS for word in re.findall(r"^make ([a-z]+)", block, re.M)}
    assert {"week", "test"} <= named <= CHORES
    assert all(f"`{chore}`" in README or f"make {chore}" in README for chore in CHORES)


@pytest.mark.parametrize("day", DAYS)
def test_every_notebook_and_its_parameters_are_documented(day):
    assert f"notebooks/{notebook_path(day).name}" in README
    own = set(PARAMETERS[day].model_fields) - set(DayParameters.model_fields)
    row = next(
        line for line in README.splitlines() if line.startswith(f"| {day.capitalize()} | `") or line.startswith(f"| {day.capitalize()} | none")
    )
    assert set(re.findall(r"`(\w+)`", row)) == own


def test_every_path_in_the_readme_exists():
    for path in re.findall(r"`((?:notebooks|k6|sql|lib|runbooks|tests)/[\w./-]+)`", README):
        assert (ROOT / path).exists(), path


def test_the_readme_fits_on_two_screens():
    assert README.count("\n") <= 120
