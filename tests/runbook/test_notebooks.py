"""Every runbook's notebook: its structure, and a rehearsal of it in plan mode."""

import ast
import re
import subprocess
import sys

import nbformat
import papermill
import pytest
from typer.testing import CliRunner

from perfweek.cli import app
from perfweek.project import project_folder
from perfweek.runbook.audit import Audit
from perfweek.runbook.book import SECTIONS
from perfweek.runbook.catalogue import RUNBOOKS, find_runbook
from perfweek.runbook.runs import last_rehearsal
from perfweek.target import load_target

RUNNING = ["target", "mode", "token"]


@pytest.fixture(params=RUNBOOKS, ids=lambda book: book.name)
def book(request):
    return request.param


@pytest.fixture
def notebook(book):
    return nbformat.read(book.notebook, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def test_every_runbook_has_a_notebook_and_every_notebook_a_runbook():
    assert {book.notebook for book in RUNBOOKS} == set(project_folder("runbooks").glob("*.ipynb"))


def test_it_has_the_fixed_sections_and_says_something_in_each(book, notebook):
    title, *sections = prose(notebook)
    assert title.startswith(f"# {book.title}\n\n")
    assert [section.split("\n")[0] for section in sections] == [f"## {name}" for name in SECTIONS]
    assert all(len(section.split("\n\n", 1)[1]) > 50 for section in sections)
    assert book.purpose().endswith(".")


def test_no_output_is_kept_and_no_logic_lives_in_it(notebook):
    assert all(not cell.outputs and cell.execution_count is None for cell in code(notebook))
    banned = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Lambda, ast.ListComp, ast.Try, ast.With)
    assert [ast.unparse(node) for cell in code(notebook) for node in ast.walk(ast.parse(cell.source)) if isinstance(node, banned)] == []
    assert all(len(cell.source.splitlines()) <= 5 for cell in code(notebook)[2:])
    assert len(code(notebook)) <= 14


def test_only_the_library_is_imported(notebook):
    imports = [node for cell in code(notebook) for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imports
    assert all(isinstance(node, ast.ImportFrom) and node.module.startswith("perfweek") for node in imports)


def test_its_parameters_are_those_of_the_runbook_and_it_only_looks_by_default(book):
    seen = papermill.inspect_notebook(str(book.notebook))
    own = {name: ast.literal_eval(parameter["default"]) for name, parameter in seen.items() if name not in RUNNING}
    assert all(parameter["help"] for parameter in seen.values())
    assert ast.literal_eval(seen["mode"]["default"]) == "read"
    assert ast.literal_eval(seen["token"]["default"]) == ""
    fields = book.parameters.model_fields
    assert {name: fields[name].default for name in own} == own


def test_every_command_in_its_prose_names_a_runbook_that_exists(notebook):
    named = re.findall(r"perfweek runbook \w+ ([a-z-]+)", "\n".join(prose(notebook)))
    assert {*named, *re.findall(r"runbook ([a-z]+-[a-z-]+)", "\n".join(prose(notebook)))} <= {book.name for book in RUNBOOKS}


def run_all(notebook, folder, **values):
    """What JupyterLab's Run all does, in this process; returns the cells' names."""
    names = {}
    for number, cell in enumerate(code(notebook)):
        exec(cell.source, names)
        if number == 0:
            names |= {"target": str(folder / "target.toml"), "week": "2026-W48", **values}
    return names


@pytest.mark.parametrize("mode", ["read", "plan", "apply"])
def test_run_all_in_any_mode_changes_nothing(book, notebook, small, mode, capsys):
    before = (small / "w.duckdb").read_bytes()
    result = run_all(notebook, small, mode=mode)["result"]
    assert (small / "w.duckdb").read_bytes() == before
    events = [entry["event"] for entry in Audit(load_target(str(small / "target.toml"))).entries()]
    assert events == (["planned"] if mode == "plan" else [])
    assert len(result.steps) >= 3
    assert book.title  # its subject is there
    assert "Severity: " in capsys.readouterr().out


def test_a_rehearsal_is_remembered_and_shown(book, notebook, small, capsys):
    run_all(notebook, small, mode="plan")
    assert last_rehearsal(Audit(load_target(str(small / "target.toml"))).entries(), book.name).at
    capsys.readouterr()
    run_all(notebook, small)
    assert "Last rehearsed on 20" in capsys.readouterr().out


def test_papermill_in_batch_changes_nothing_even_when_told_to_apply(small, tmp_path):
    book = find_runbook("warehouse-change")
    before = (small / "w.duckdb").read_bytes()
    parameters = {"target": str(small / "target.toml"), "week": "2026-W48", "mode": "apply"}
    papermill.execute_notebook(str(book.notebook), str(tmp_path / "out.ipynb"), parameters, progress_bar=False, log_output=False)
    assert (small / "w.duckdb").read_bytes() == before
    assert "AWAITING APPROVAL" in (tmp_path / "out.ipynb").read_text()


# The command line


def perfweek(folder, *words):
    """In this process; returns the exit code and what was printed."""
    done = CliRunner().invoke(app, ["runbook", *words, *(["--target", str(folder / "target.toml")])])
    return done.exit_code, done.output


def test_plan_prints_a_command_that_applies_and_audit_tells_what_was_done(small):
    week = ("-p", "week=2026-W48")
    code_, said = perfweek(small, "plan", "warehouse-change", *week)
    command = re.search(r"perfweek runbook (apply .*)", said)[1].split()
    assert code_ == 0
    assert perfweek(small, "apply", "warehouse-change", *week)[0] == 1
    code_, said = perfweek(small, *command)
    assert (code_, "Every step is done and verified." in said) == (0, True)
    code_, said = perfweek(small, "audit")
    assert code_ == 0
    assert re.search(r"change ended: change +OK", said)
    assert perfweek(small, "plan", "warehouse-change", "--rollback")[0] == 0  # with the parameters of the run


def test_the_list_names_every_runbook_and_when_it_was_rehearsed(small):
    perfweek(small, "plan", "slow-endpoint")
    said = perfweek(small, "list")[1]
    lines = {book.name: next(line for line in said.splitlines() if f" {book.name} " in line) for book in RUNBOOKS}
    assert [name for name, line in lines.items() if "Last rehearsed" in line] == ["slow-endpoint"]
    assert sum("Never rehearsed" in line for line in lines.values()) == len(RUNBOOKS) - 1


def test_the_last_hash_that_was_noted_is_asked_for(small):
    perfweek(small, "plan", "warehouse-change")
    noted = re.search(r"the last hash is ([0-9a-f]{64})", perfweek(small, "audit")[1])[1]
    assert perfweek(small, "audit", "--expect", noted)[0] == 0
    assert perfweek(small, "audit", "--expect", "0" * 64)[0] == 1


def test_the_entries_of_a_runbook_that_does_not_exist_are_an_error_and_no_empty_list(small):
    found = CliRunner().invoke(app, ["runbook", "audit", "nope", "--target", str(small / "target.toml")])
    assert (found.exit_code, str(found.exception).splitlines()[0]) == (1, "there is no runbook 'nope'")


def test_a_tampered_audit_file_ends_in_one_error(small):
    perfweek(small, "plan", "warehouse-change", "-p", "week=2026-W48")
    path = small / "weeks" / "runbooks" / "audit.ndjson"
    path.write_text(path.read_text().replace("AWAITING APPROVAL", "OK"))
    done = subprocess.run([sys.executable, "-m", "perfweek", "runbook", "audit"], cwd=small, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "the audit file was tampered with: line 1 was changed" in done.stderr
    assert "Traceback" not in done.stderr
