"""What the commands share: their consoles, the options that most of them take, and how examples stand in their help."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

console = Console()
errors = Console(stderr=True)

TargetOption = Annotated[str, typer.Option("--target", "-t", help="The target file; default: target.toml here or in a folder above.", metavar="FILE")]
WeekOption = Annotated[str, typer.Option("--week", "-w", help="ISO week, such as 2026-W48; default: the current one.", metavar="WEEK")]


def examples(*commands: str) -> str:
    """The end of a command's help."""
    return "Examples:\n\n" + "\n\n".join(f"  {command}" for command in commands)


def relative(path: Path) -> str:
    """A path as a person here would write it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
