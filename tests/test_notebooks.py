"""What holds of every notebook without running it."""

import ast
import re

import nbformat
import papermill
import pytest

from perfweek.project import notebook_path
from perfweek.report.parameters import PARAMETERS
from perfweek.week import DAYS

MOST_CODE_CELLS = 14
MOST_LINES = 5


@pytest.fixture(params=DAYS)
def day(request):
    return request.param


@pytest.fixture
def notebook(day):
    return nbformat.read(notebook_path(day), as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def headings(notebook):
    return [line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines() if line.startswith("#")]


def test_no_output_and_no_trace_of_a_run_is_kept(notebook):
    assert all(not cell.outputs and cell.execution_count is None for cell in code(notebook))
    assert "papermill" not in nbformat.writes(notebook)


def test_cells_are_few_and_short(notebook):
    cells = code(notebook)[1:]
    assert len(cells) < MOST_CODE_CELLS
    assert [cell.source for cell in cells[1:] if len(cell.source.splitlines()) > MOST_LINES] == []


def test_no_logic_lives_in_a_notebook(notebook):
    banned = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Lambda, ast.ListComp, ast.Try, ast.With)
    found = [ast.unparse(node) for cell in code(notebook) for node in ast.walk(ast.parse(cell.source)) if isinstance(node, banned)]
    assert found == []


def test_the_parameters_are_those_of_the_model_with_the_same_types_and_defaults(day, notebook):
    assert code(notebook)[0].metadata.tags == ["parameters"]
    seen = papermill.inspect_notebook(str(notebook_path(day)))
    model = PARAMETERS[day].model_fields
    assert set(seen) == set(model)
    for name, parameter in seen.items():
        assert ast.literal_eval(parameter["default"]) == model[name].default, name
        assert parameter["inferred_type_name"] == type(model[name].default).__name__, name
        assert parameter["help"], name


def test_the_title_and_every_section_ask_a_question_and_the_last_one_decides(notebook):
    title, *sections = headings(notebook)
    assert title.startswith("# ")
    assert title.endswith("?")
    assert sections[-1] == "## Decide"
    assert [section for section in sections[:-1] if not section.endswith("?")] == []


def test_every_section_says_why_before_it_computes(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## ") and cell.source != "## Decide":
            assert len(cell.source.split("\n", 1)) == 2, cell.source
            assert re.search(r"\w.*\.", cell.source.split("\n", 1)[1]), cell.source


def test_only_the_library_is_imported(notebook):
    imports = [node for cell in code(notebook) for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imports
    assert all(isinstance(node, ast.ImportFrom) and node.module.startswith("perfweek") for node in imports)


def test_the_day_ends_with_its_conclusion(notebook):
    assert any("conclude(" in cell.source for cell in code(notebook)[-2:])


def test_every_figure_and_table_names_its_source(notebook):
    calls = [
        node
        for cell in code(notebook)
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("show", "show_table", "show_flamegraph", "present")
    ]
    assert calls
    unnamed = [call for call in calls if "source" not in {keyword.arg for keyword in call.keywords} and len(call.args) < 3]
    assert {ast.unparse(call.func) for call in unnamed} <= {"present"}  # an exhibit is not made without a source
