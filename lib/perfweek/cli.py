"""The command line: run, report, k6, doctor, init, lab. Errors are two or three lines and a non-zero exit code."""

import os
import shlex
import signal
import sys
import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from perfweek import __version__
from perfweek.decisions.commands import app as adr_app
from perfweek.errors import ParameterError, PerfweekError
from perfweek.file_commands import files
from perfweek.options import TargetOption, WeekOption, console, errors, examples, relative
from perfweek.runbook.commands import app as runbook_app

app = typer.Typer(
    help="A performance-engineering week for a web service and the Snowflake warehouse behind it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(files)
app.add_typer(runbook_app, name="runbook")
app.add_typer(adr_app, name="adr")


@app.command(
    epilog=examples(
        "perfweek run",
        "perfweek run monday --profile week1",
        "perfweek run wednesday -p slow_ms=500",
        "perfweek run --target my.toml --week 2026-W48",
    )
)
def run(
    days: Annotated[list[str] | None, typer.Argument(help="Days to run, monday to friday; default: all.", metavar="[DAY]...")] = None,
    week: WeekOption = "",
    target: TargetOption = "",
    profile: Annotated[str, typer.Option(help="Load profile, smoke or week1; default: the target's.")] = "",
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="A parameter of the days' notebooks.", metavar="NAME=VALUE")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Run the days even where they are complete; measurements are kept.")] = False,
    notebooks: Annotated[Path | None, typer.Option(help="A folder with your own copies of the five notebooks.", metavar="DIR")] = None,
    cell_timeout: Annotated[int, typer.Option(help="Longest time a notebook cell may take, in seconds.", min=1)] = 3600,
) -> None:
    """Measure and analyse the week's days, and publish their reports. The same command resumes what was interrupted."""
    from perfweek.report.progress_bars import Bars
    from perfweek.report.runner import Plan, run_week, usual_seconds
    from perfweek.target import find_target, load_target
    from perfweek.week import DAYS, Week

    file = find_target(target)
    content = load_target(target)
    parameters = _day_parameters(days or list(DAYS), week, file, profile, parameter or [])
    plan = Plan(file, content, Week.open(week, content.weeks), parameters, again, cell_timeout, notebooks and notebooks.resolve())
    try:
        with Bars(console, usual_seconds(content.weeks)) as bars:
            outcome = run_week(plan, bars)
    except KeyboardInterrupt:
        errors.print("stopped; the same command goes on from here")
        raise typer.Exit(130) from None
    console.print(f"Reports: {relative(plan.week.reports / 'index.html')}", highlight=False, soft_wrap=True)
    if any(state != "complete" for state in outcome.values()):
        raise typer.Exit(1)


def _day_parameters(days: list[str], week: str, target: Path, profile: str, assignments: list[str]) -> dict[str, dict[str, Any]]:
    """Day -> checked parameters. An assignment goes to the days that have such a parameter; one that fits none is refused."""
    from perfweek.report.parameters import PARAMETERS, check_parameters

    values: dict[str, str] = {"profile": profile} if profile else {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or name in ("week", "target"):
            raise ParameterError(f"{assignment!r} is not NAME=VALUE of a notebook's parameter", remedy="Write it like -p slow_ms=500.")
        values[name] = value
    for day in days:
        check_parameters(day, {})
    for name in values:
        if not any(name in PARAMETERS[day].model_fields for day in days):
            known = sorted({field for day in days for field in PARAMETERS[day].model_fields} - {"week", "target"})
            raise ParameterError(f"none of {', '.join(days)} has a parameter {name}", remedy=f"They have: {', '.join(known) or 'none'}.")
    common = {"week": week, "target": target.name}
    return {
        day: check_parameters(day, common | {name: value for name, value in values.items() if name in PARAMETERS[day].model_fields}).model_dump()
        for day in days
    }


@app.command(epilog=examples("perfweek report", "perfweek report --week 2026-W48 --open"))
def report(
    week: WeekOption = "",
    target: TargetOption = "",
    open_it: Annotated[bool, typer.Option("--open", help="Open the week's front page in the browser.")] = False,
) -> None:
    """Show what is true of each day, check every report against its evidence, and rebuild the week's front page."""
    from rich.table import Table

    from perfweek.report.index import write_index
    from perfweek.report.status import settle
    from perfweek.target import load_target
    from perfweek.week import DAYS, Week

    opened = Week.known(week, load_target(target).weeks)
    with opened.lock():
        manifest = settle(opened, opened.manifest())
        opened.save_manifest(manifest)
        index = write_index(opened)
    table = Table("day", "status", "report", box=None)
    for day in DAYS:
        entry = manifest["days"][day]
        shown = relative(opened.root / entry["report"]) if entry["status"] == "complete" else entry.get("error", "")
        table.add_row(day, entry["status"], shown)
    console.print(table)
    console.print(f"Front page: {relative(index)}", highlight=False, soft_wrap=True)
    if open_it:
        webbrowser.open(index.as_uri())
    if any(manifest["days"][day]["status"] == "stale" for day in DAYS):
        raise typer.Exit(1)


@app.command(epilog=examples("perfweek doctor", "perfweek doctor --target my.toml"))
def doctor(target: TargetOption = "") -> None:
    """Check every part of the target against the world, and say for each what to do."""
    from perfweek.doctor import examine
    from perfweek.target import load_target

    failed = False
    marks = {"ok": "[green]ok[/]  ", "note": "[yellow]note[/]", "fail": "[red]fail[/]"}
    for finding in examine(load_target(target)):
        console.print(f"{marks[finding.state]} {finding.part:<11}", end=" ")
        console.print(finding.what, markup=False, highlight=False, soft_wrap=True)
        if finding.remedy:
            console.print(f"{'':16} {finding.remedy}", markup=False, highlight=False, soft_wrap=True)
        failed = failed or finding.state == "fail"
    if failed:
        raise typer.Exit(1)


@app.command(epilog=examples("perfweek init", "perfweek init services/catalog.toml --yes", "perfweek init --print"))
def init(
    path: Annotated[Path, typer.Argument(help="The file to write.")] = Path("target.toml"),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take the default of every question.")] = False,
    print_it: Annotated[bool, typer.Option("--print", help="Print a commented file with every key instead.")] = False,
) -> None:
    """Ask about your service and write a commented target.toml."""
    from perfweek.scaffold import ask_questions, commented_target, write_target

    if print_it:
        print(commented_target({}), end="")
        return
    answers = {} if yes else ask_questions(console)
    written = write_target(path, answers)
    next_command = f"perfweek doctor --target {shlex.quote(relative(written))}"
    console.print(f"Wrote {relative(written)}. Next: {next_command}", markup=False, highlight=False, soft_wrap=True)


@app.command(epilog=examples("perfweek standup", "perfweek standup --week 2026-W48"))
def standup(week: WeekOption = "", target: TargetOption = "") -> None:
    """Print the stand-up's four lines, filled from the week so far: wins, focus, blockers, metrics."""
    from perfweek.progress.papers.so_far import SoFar
    from perfweek.progress.papers.standup import as_markdown
    from perfweek.target import load_target
    from perfweek.week import Week

    known = load_target(target)
    console.print(as_markdown(SoFar(Week.known(week, known.weeks), known)), markup=False, highlight=False, soft_wrap=True)


@app.command(
    epilog=examples("perfweek lab", "perfweek lab --no-browser --port 8899"),
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def lab(context: typer.Context) -> None:
    """Open the five notebooks in JupyterLab; further options are JupyterLab's own."""
    from perfweek.project import project_folder

    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", str(project_folder("notebooks")), *context.args])


def _version(asked: bool) -> None:
    if asked:
        print(__version__)
        raise typer.Exit()


@app.callback()
def _options(
    _version_asked: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))


def main() -> None:
    """The entry point: prints a PerfweekError, or what the system refused, in the user's terms; 130 after Ctrl-C or SIGTERM."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal of few letters gets the others by number
    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except PerfweekError as error:
        _fail(str(error))
    except BrokenPipeError:
        _drop_output()
        sys.exit(1)
    except OSError as error:
        _drop_output()
        place = f" ({error.filename})" if error.filename else ""
        _fail(f"{error.strerror or error}{place}\nCheck the path, its permissions and the room on the disk.")


def _fail(said: str) -> None:
    errors.print("[red]error:[/]", end=" ")
    errors.print(said, markup=False, highlight=False, soft_wrap=True)
    sys.exit(1)


def _drop_output() -> None:
    """What cannot be written would be tried, and told, once more when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
