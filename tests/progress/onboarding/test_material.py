"""What newcomers read and do: every block of code in it runs, every link leads somewhere, every exercise can be solved."""

import re
from functools import partial
from pathlib import Path

import nbformat
import pytest
from report_pages import outputs_of

from perfweek.progress.onboarding import labs
from perfweek.progress.onboarding.exercise import NOT_YET, Exercise
from perfweek.project import project_folder

FOLDER = project_folder("runbooks") / "onboarding"
PAGES = sorted(FOLDER.glob("*.md"))
BLOCKS = [(page, block) for page in PAGES for block in re.findall(r"^```python\n(.*?)^```", page.read_text(), re.S | re.M)]
TRAINING = sorted(FOLDER.glob("training_*.ipynb"))


@pytest.mark.parametrize(("page", "block"), BLOCKS, ids=[f"{page.stem}-{number}" for number, (page, _) in enumerate(BLOCKS)])
def test_every_block_of_code_runs(page: Path, block: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block, str(page), "exec"), {"__name__": "onboarding"})


def test_the_guide_has_blocks_to_run() -> None:
    assert len([page for page, _ in BLOCKS if page.name == "performance-first.md"]) >= 4


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_within_the_project_leads_somewhere(page: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("path", TRAINING, ids=lambda path: path.stem)
def test_a_training_is_short_and_keeps_no_output(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert book.cells[0].source.startswith("# ") and "45 minutes" in book.cells[0].source
    assert len(code) <= 14 and all(len(cell.source.splitlines()) <= 5 or "import" in cell.source for cell in code)
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


@pytest.mark.parametrize("path", TRAINING, ids=lambda path: path.stem)
def test_a_training_runs_open_answers_stay_open_and_the_right_ones_are_recognised(path: Path) -> None:
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    known: dict = {}
    (asking,) = [cell for cell in cells if ".check(" in cell]
    for cell in cells[: cells.index(asking)]:
        outputs_of(partial(exec, cell, known))
    assert [said.endswith(NOT_YET) for said in told(asking, known)] == [True] * 3
    exercises = [value for value in known.values() if isinstance(value, Exercise)]
    for name, exercise in zip(re.findall(r"check\((\w+)\)", asking), exercises, strict=True):
        known[name] = exercise.truth
    assert [said.startswith("Right: ") for said in told(asking, known)] == [True] * 3
    for cell in cells[cells.index(asking) + 1 :]:
        exec(cell, known)


def told(cell: str, known: dict) -> list[str]:
    return [output.data["text/plain"] for output in outputs_of(partial(exec, cell, known))]


def test_an_answer_is_right_within_its_tolerance_and_a_wrong_one_gets_the_hint() -> None:
    exercise = Exercise("How many?", 40.0, "count them", 0.1)
    assert [exercise.check(answer).split(":")[0] for answer in (40, "38.5", 30, "many", None)] == [
        "Right",
        "Right",
        "Not yet",
        "Not yet",
        "How many? Not answered yet.",
    ]
    assert Exercise("Which?", "GET /assets", "look").check(" get /ASSETS ").startswith("Right")


def test_flame_exercises_follow_from_the_stacks() -> None:
    stacks = labs.Stacks({("rank (a.py:1)", "score (a.py:9)"): 60, ("rank (a.py:1)", "words (a.py:5)"): 30, ("rank (a.py:1)",): 10})
    assert [exercise.truth for exercise in labs.flame_exercises(stacks)] == ["score", 0.6, pytest.approx(1 / 0.7)]
