"""Who may import whom: a module imports from its own package or from floors below."""

import ast
from pathlib import Path

import pytest

import perfweek

PACKAGE = Path(perfweek.__file__).parent
SUBJECTS = {"load", "profiling", "bottlenecks", "warehouse", "caching", "decisions", "progress", "runbook", "monitoring"}
FLOORS: tuple[set[str], ...] = (
    {"__main__"},
    {"cli"},
    {"file_commands"},
    {"options"},
    {"doctor", "scaffold"},
    {"notebook"},
    {"report"},
    {"monday", "tuesday", "wednesday", "thursday", "friday"},
    SUBJECTS,
    {"exhibit"},
    {"facts", "predictions", "candidates", "access_log", "wording", "blocks"},
    {"stats"},
    {"resampling", "student", "metrics"},
    {"evidence", "steps"},
    {"week", "target", "process", "project"},
    {"target_decisions"},
    {"files", "gc_log", "secrets", "target_cache", "terminal"},
    {"errors"},
)
# A load's statements are in the query history; a profile is taken under load; bottlenecks join them; caches are checked under load and decisions
# judged by all of it; Friday measures again and scores what every other day predicted.
SUBJECT_USES = {
    "load": {"warehouse"},
    "profiling": {"load"},
    "bottlenecks": {"load", "profiling"},
    "caching": {"load", "warehouse"},
    "decisions": {"load", "profiling", "warehouse", "caching"},
    "progress": SUBJECTS,
    "monitoring": SUBJECTS,
    "runbook": SUBJECTS,
}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py" or path.parent != PACKAGE)


def part(module: str) -> str:
    """perfweek.load.k6 -> load"""
    return module.split(".")[1]


def floor(name: str) -> int:
    return next(number for number, names in enumerate(FLOORS) if name in names)


def imported(path: Path) -> set[str]:
    """The parts of perfweek that a module imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("perfweek"):
            names |= {node.module} if "." in node.module else {f"perfweek.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names if alias.name.startswith("perfweek.")}
    return {part(name) for name in names if not part(name).startswith("__version__")}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_its_own_package_or_lower_floors(path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "sample":
        assert imported(path) <= {"sample", "warehouse", "errors", "files", "gc_log", "steps", "target"}
        return
    wrong = {other for other in imported(path) - {own} if other == "sample" or floor(other) <= floor(own)}
    assert wrong - SUBJECT_USES.get(own, set()) == set()
