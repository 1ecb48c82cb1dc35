"""Where the project's own files are: beside lib/ in a checkout, inside the package in an installed wheel."""

from pathlib import Path

from perfweek.errors import ParameterError

_PACKAGE = Path(__file__).parent


def project_folder(name: str) -> Path:
    """The folder `name` of the project (notebooks, sql, k6, runbooks)."""
    installed = _PACKAGE / "_project" / name
    return installed if installed.is_dir() else _PACKAGE.parents[1] / name


def notebook_path(day: str, folder: Path | None = None) -> Path:
    """The notebook of a weekday in `folder` (default: the project's), such as 1_monday_baseline.ipynb. Raises ParameterError."""
    notebooks = folder or project_folder("notebooks")
    found = sorted(notebooks.glob(f"?_{day}_*.ipynb"))
    if not found:
        raise ParameterError(f"there is no notebook of {day}", str(notebooks), f"Its name must be like 1_{day}_name.ipynb.")
    return found[0]


def code_files() -> list[Path]:
    """Every file that decides what a day computes: the package, the SQL, the load scripts, the decision records and the guide."""
    folders = (_PACKAGE, project_folder("sql"), project_folder("k6"), project_folder("runbooks") / "adr", project_folder("runbooks") / "onboarding")
    suffixes = {".py", ".sql", ".js", ".toml", ".j2", ".css", ".md"}
    return sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in suffixes)
