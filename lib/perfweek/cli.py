"""The command line: run, report, k6, doctor, init, lab. Errors are two or three lines and a non-zero exit code."""

import math
import os
import signal
import sys
import webbrowser
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from perfweek import __version__
from perfweek.decisions.commands import app as adr_app
from perfweek.errors import ParameterError, PerfweekError
from perfweek.runbook.commands import app as runbook_app


class By(StrEnum):
    """What requests are grouped by."""

    name = "name"
    url = "url"
    scenario = "scenario"
    group = "group"
    status = "status"
    method = "method"


app = typer.Typer(
    help="A performance-engineering week for a web service and the Snowflake warehouse behind it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
console = Console()
errors = Console(stderr=True)

TargetOption = Annotated[str, typer.Option("--target", "-t", help="The target file; default: target.toml here or in a folder above.", metavar="FILE")]
WeekOption = Annotated[str, typer.Option("--week", "-w", help="ISO week, such as 2026-W48; default: the current one.", metavar="WEEK")]

app.add_typer(runbook_app, name="runbook")
app.add_typer(adr_app, name="adr")


def _examples(*commands: str) -> str:
    return "Examples:\n\n" + "\n\n".join(f"  {command}" for command in commands)


@app.command(
    epilog=_examples(
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
    console.print(f"Reports: {_relative(plan.week.reports / 'index.html')}", highlight=False, soft_wrap=True)
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


@app.command(epilog=_examples("perfweek report", "perfweek report --week 2026-W48 --open"))
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

    opened = Week.open(week, load_target(target).weeks)
    with opened.lock():
        manifest = settle(opened, opened.manifest())
        opened.save_manifest(manifest)
        index = write_index(opened)
    table = Table("day", "status", "report", box=None)
    for day in DAYS:
        entry = manifest["days"][day]
        shown = _relative(opened.root / entry["report"]) if entry["status"] == "complete" else entry.get("error", "")
        table.add_row(day, entry["status"], shown)
    console.print(table)
    console.print(f"Front page: {_relative(index)}", highlight=False, soft_wrap=True)
    if open_it:
        webbrowser.open(index.as_uri())
    if any(manifest["days"][day]["status"] == "stale" for day in DAYS):
        raise typer.Exit(1)


@app.command(epilog=_examples("perfweek doctor", "perfweek doctor --target my.toml"))
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


@app.command(epilog=_examples("perfweek init", "perfweek init services/catalog.toml --yes", "perfweek init --print"))
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
    console.print(f"Wrote {_relative(written)}. Next: perfweek doctor --target {_relative(written)}", highlight=False, soft_wrap=True)


@app.command(
    epilog=_examples(
        "perfweek k6 results.csv",
        "perfweek k6 pod-1.csv.gz pod-2.csv.gz --by scenario",
        "perfweek k6 results.json summary.json --json",
    )
)
def k6(
    files: Annotated[list[Path], typer.Argument(help="What k6 wrote: CSV, JSON lines or a summary, compressed or not; several are one run.")],
    by: Annotated[By, typer.Option(help="What the rows of the table are.")] = By.name,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON, for scripts.")] = False,
) -> None:
    """Audit k6 results and print latency by endpoint: percentiles as k6 counts them, of all responses, with 95 % intervals."""
    from perfweek.load.reading.look import look_at
    from perfweek.load.reading.progress import told
    from perfweek.load.reading.shown import json_of, shown

    with told(files, errors) as hear:
        look = look_at(files, by.value, hear)
    if as_json:
        print(json_of(look, by.value))
        return
    for part in shown(look, by.value):
        console.print(part, soft_wrap=not hasattr(part, "columns"))


@app.command(
    epilog=_examples(
        "perfweek trace access_log.ndjson",
        "perfweek trace requests.csv.zst --sizes 1000,10000 --ttl 60 --json",
        "perfweek trace requests.parquet --bytes --sizes 1e9,1e10",
        "perfweek trace requests.csv --columns key=url,time=ts --time-unit ms --sample 0.01",
    )
)
def trace(
    file: Annotated[Path, typer.Argument(help="An access log, CSV or Parquet with named columns, oracleGeneral, or a Redis MONITOR capture.")],
    sizes: Annotated[str, typer.Option(help="Sizes of the cache; default: a thousandth of the objects to all.", metavar="SIZE,...")] = "",
    by_bytes: Annotated[bool, typer.Option("--bytes", help="Sizes are bytes, not objects.")] = False,
    ttl: Annotated[float, typer.Option(help="How long an entry lives from its fill, in seconds; default: for ever.")] = math.inf,
    sample: Annotated[float, typer.Option(help="Look at this share of the keys, such as 0.01; default: all, exactly.", min=0, max=1)] = 0,
    columns: Annotated[str, typer.Option(help="The columns of a table: of key, time, size, op, status, ttl.", metavar="FIELD=COLUMN,...")] = "",
    time_unit: Annotated[str, typer.Option(help="The unit of the times, s, ms, us or ns; default: found.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON, for scripts.")] = False,
) -> None:
    """Print the miss ratio of a least-recently-used cache, by its size, for the requests of a trace."""
    from perfweek.caching.command import print_trace

    print_trace(file, sizes, by_bytes, ttl, sample, columns, time_unit, as_json, console, errors)


@app.command(
    epilog=_examples("perfweek history query_history.csv", "perfweek history query_history.parquet --json", "perfweek history my_connection")
)
def history(
    source: Annotated[
        str, typer.Argument(help="A query history (CSV, Parquet, NDJSON), or a connection of connections.toml.", metavar="FILE_OR_CONNECTION")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON, for scripts.")] = False,
) -> None:
    """Print the scorecard of a warehouse's query history, its costliest fingerprints, and what would make them cheaper."""
    from perfweek.warehouse.shown import json_of, shown
    from perfweek.warehouse.source import told
    from perfweek.warehouse.source_study import look_and_findings

    with told(errors) as hear:
        look, findings, torn = look_and_findings(source, hear)
    if as_json:
        print(json_of(look, findings, torn))
        return
    for part in shown(look, findings, torn):
        console.print(part, soft_wrap=not hasattr(part, "columns"))


@app.command(
    epilog=_examples(
        "perfweek compare 2026-W47 2026-W48",
        "perfweek compare old.csv.gz new.csv.gz",
        "perfweek compare old-1.csv,old-2.csv,old-3.csv new/ --json",
    )
)
def compare(
    before: Annotated[str, typer.Argument(help="A week, a file of k6, files with commas between, or a folder of them: each file is a run.")],
    after: Annotated[str, typer.Argument(help="The other side, likewise.")],
    smallest_effect: Annotated[
        float, typer.Option("--smallest-effect", min=0.001, max=0.9, help="A relative change below it counts as the same.")
    ] = 0.05,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON, for scripts.")] = False,
    target: TargetOption = "",
) -> None:
    """Compare two weeks, or two sets of k6 results: ratios with intervals, and a verdict where each side has several runs."""
    from perfweek.progress.command import compare_given, json_of, shown

    compared = compare_given(before, after, _weeks(target), smallest_effect)
    if as_json:
        print(json_of(compared))
        return
    for part in shown(compared):
        console.print(part, soft_wrap=not hasattr(part, "columns"))


@app.command(
    epilog=_examples(
        "perfweek gate --update",
        "perfweek gate",
        "perfweek gate --no-load --summary $GITHUB_STEP_SUMMARY",
    )
)
def gate(
    target: TargetOption = "",
    update: Annotated[bool, typer.Option("--update", help="Write the counts of this version as the baseline instead.")] = False,
    load: Annotated[bool, typer.Option("--load/--no-load", help="Also load the service for a moment, against its latency budget.")] = True,
    summary: Annotated[Path | None, typer.Option("--summary", help="Append the outcome, as Markdown, to this file.")] = None,
    pull_request: Annotated[bool, typer.Option("--pull-request", help="Print the pull request's template with the outcome in it.")] = False,
) -> None:
    """Hold this version to its counts and budgets: statements, bytes and failures block where they grow, wall time where it is surely too long."""
    from datetime import UTC, datetime

    from perfweek.progress.gate import summary as words
    from perfweek.progress.gate.command import run_gate, update_baseline
    from perfweek.project import project_folder
    from perfweek.target import load_target

    known = load_target(target)
    if update:
        path, counters = update_baseline(known)
        console.print(f"Wrote {len(counters)} counts to {_relative(path)}. Keep it with the code.", highlight=False, soft_wrap=True)
        return
    gated = run_gate(known, datetime.now(UTC).date(), load)
    text = words.markdown(gated.checks, known.gate.waivers, gated.comparable)
    template = project_folder("runbooks") / "onboarding" / "pull_request_template.md"
    console.print(
        words.pull_request(template.read_text(encoding="utf-8"), text) if pull_request else text, markup=False, highlight=False, soft_wrap=True
    )
    if summary:
        with summary.open("a", encoding="utf-8") as file:
            file.write(text)
    if gated.blocked:
        raise typer.Exit(1)


@app.command(epilog=_examples("perfweek standup", "perfweek standup --week 2026-W48"))
def standup(week: WeekOption = "", target: TargetOption = "") -> None:
    """Print the stand-up's four lines, filled from the week so far: wins, focus, blockers, metrics."""
    from perfweek.progress.papers.so_far import SoFar
    from perfweek.progress.papers.standup import as_markdown
    from perfweek.target import load_target
    from perfweek.week import Week

    known = load_target(target)
    console.print(as_markdown(SoFar(Week.open(week, known.weeks), known)), markup=False, highlight=False, soft_wrap=True)


def _weeks(target: str) -> Path | None:
    """The folder of the target's weeks; None where there is no target and none was named."""
    from perfweek.errors import TargetError
    from perfweek.target import load_target

    try:
        return load_target(target).weeks
    except TargetError:
        if target:
            raise
        return None


@app.command(
    epilog=_examples(
        "perfweek api openapi.json", "perfweek api openapi.yaml --log access_log.ndjson", "perfweek api openapi.json --lint spectral.json --json"
    )
)
def api(
    file: Annotated[Path, typer.Argument(help="An OpenAPI 3 document, JSON or YAML, in one file.")],
    log: Annotated[Path | None, typer.Option(help="An access log (NDJSON), so that findings are ranked by the traffic they touch.")] = None,
    lint: Annotated[Path | None, typer.Option(help="What Spectral or vacuum found, as JSON; what both found counts once.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON, for scripts.")] = False,
) -> None:
    """Check an API's document against design principles: pages, limits, caching headers, idempotency, budgets and more."""
    from perfweek.decisions.api.command import print_findings

    print_findings(file, log, lint, as_json, console)


@app.command(
    epilog=_examples("perfweek lab", "perfweek lab --no-browser --port 8899"),
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


def _relative(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def main() -> None:
    """The entry point: prints a PerfweekError in the user's terms; 130 after Ctrl-C or SIGTERM."""
    try:
        app()
    except PerfweekError as error:
        errors.print("[red]error:[/]", end=" ")
        errors.print(str(error), markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
