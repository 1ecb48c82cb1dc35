"""perfweek adr: new records, their list, their check, and a week's evidence put beside them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from perfweek.target import Target


def _examples(*commands: str) -> str:
    return "Examples:\n\n" + "\n\n".join(f"  {command}" for command in commands)


app = typer.Typer(
    help="Decision records (MADR 4): new ones, their list, their check, and the evidence beside them.",
    epilog=_examples('perfweek adr new "Read replicas"', "perfweek adr list", "perfweek adr check", "perfweek adr record --week 2026-W48"),
    no_args_is_help=True,
    rich_markup_mode="rich",
)
console = Console()
TargetOption = Annotated[str, typer.Option("--target", "-t", help="The target file; default: target.toml here or in a folder above.", metavar="FILE")]
WeekOption = Annotated[str, typer.Option("--week", "-w", help="ISO week, such as 2026-W48; default: the current one.", metavar="WEEK")]


@app.command(epilog=_examples('perfweek adr new "Read replicas for the catalogue"'))
def new(title: Annotated[str, typer.Argument(help="The solution in a few words.")], target: TargetOption = "") -> None:
    """Write the next record from the template, with the status proposed."""
    from datetime import UTC, datetime

    from perfweek.decisions.draft import new_record
    from perfweek.target import load_target

    path = new_record(_own_folder(load_target(target)), title, datetime.now(UTC).date().isoformat())
    _print(f"Wrote {path}. Fill in what stands in braces, then: perfweek adr check")


@app.command("list", epilog=_examples("perfweek adr list"))
def list_records(target: TargetOption = "") -> None:
    """List the records with their status, what the kept evidence says, and what it suggests."""
    from rich.table import Table

    from perfweek.decisions.archive import verdicts_kept
    from perfweek.decisions.checks import check
    from perfweek.decisions.measure import records_folder
    from perfweek.decisions.suggestion import suggest
    from perfweek.target import load_target
    from perfweek.week import current_week

    table = Table("record", "title", "status", "date", "evidence", "suggestion", box=None)
    records, problems = check(records_folder(load_target(target)), current_week())
    for record in records:
        verdicts = verdicts_kept(record)
        said = f"{verdicts[-1][1]} ({verdicts[-1][0]})" if verdicts else "none kept"
        words = suggest(record.status, [verdict for _, verdict in verdicts]).words if verdicts else ""
        table.add_row(*map(_plain, (record.id, record.title, record.status, record.date.isoformat(), said, words)))
    console.print(table)
    if any(problem.fails for problem in problems):
        _print("Something is wrong with them: perfweek adr check")


@app.command("check", epilog=_examples("perfweek adr check --week 2026-W48"))
def check_records(week: WeekOption = "", target: TargetOption = "") -> None:
    """Name every damaged record, circle of superseded ones, changed text of an accepted one, and evidence older than four weeks."""
    from perfweek.decisions.checks import check
    from perfweek.decisions.measure import records_folder
    from perfweek.target import load_target
    from perfweek.week import check_week, current_week

    records, problems = check(records_folder(load_target(target)), check_week(week or current_week()))
    for problem in problems:
        _print(f"{'fail' if problem.fails else 'note'} {problem.what} ({problem.where})\n     {problem.remedy}")
    failed = sum(problem.fails for problem in problems)
    _print(f"{len(records)} records read, {failed} problems")
    if failed:
        raise typer.Exit(1)


@app.command(epilog=_examples("perfweek adr record --week 2026-W48"))
def record(week: WeekOption = "", target: TargetOption = "") -> None:
    """Put Tuesday's evidence of a week beside the records: a file a week that is never rewritten, and a table in each record. Seals accepted ones."""
    from perfweek.decisions.archive import keep, seal
    from perfweek.decisions.log import FILE, read_evidence
    from perfweek.decisions.records import read_records
    from perfweek.errors import RecordError
    from perfweek.target import load_target
    from perfweek.week import Week, check_week, current_week

    known = load_target(target)
    folder = _own_folder(known)
    records = read_records(folder)
    for sealed in seal(folder, records):
        _print(f"Sealed {sealed}: its text is fixed from now on.")
    path = Week(check_week(week or current_week()), known.weeks.resolve() / (week or current_week())).artifacts / "tuesday" / FILE
    content = read_evidence(path)
    if content is None:
        raise RecordError("there is no evidence of that week", str(path), "Run Tuesday first: perfweek run tuesday")
    for written in keep(records, content):
        _print(f"Wrote {written}")


def _own_folder(known: "Target") -> Path:
    """The folder of the target's records. Those that come with perfweek are written to only by a target of the same checkout."""
    from perfweek.decisions.measure import records_folder
    from perfweek.errors import RecordError

    folder = records_folder(known).resolve()
    if not known.decisions.records and not folder.is_relative_to(known.root.resolve()):
        remedy = "Set decisions.records in the target file to a folder of your own; copy these there to go on from them."
        raise RecordError("these records came with perfweek, and are not the target's", str(folder), remedy)
    return folder


def _plain(text: str) -> str:
    return text.replace("[", "\\[")


def _print(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
