"""perfweek runbook list | plan | apply | audit."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

if TYPE_CHECKING:
    from perfweek.runbook.approval import Plan
    from perfweek.runbook.audit import Audit
    from perfweek.runbook.book import Context, Runbook


def _examples(*commands: str) -> str:
    return "Examples:\n\n" + "\n\n".join(f"  {command}" for command in commands)


app = typer.Typer(
    help="Procedures that change a system: plan one, read what it would do, and apply it with the token that the plan printed.",
    epilog=_examples("perfweek runbook list", "perfweek runbook plan warehouse-change", "perfweek runbook audit"),
    no_args_is_help=True,
    rich_markup_mode="rich",
)
console = Console()

Name = Annotated[str, typer.Argument(help="The runbook's name, as list prints it.")]
TargetOption = Annotated[str, typer.Option("--target", "-t", help="The target file; default: target.toml here or in a folder above.", metavar="FILE")]
Assignments = Annotated[list[str] | None, typer.Option("--parameter", "-p", help="A parameter of the runbook.", metavar="NAME=VALUE")]
Steps = Annotated[list[str] | None, typer.Option("--step", help="Take this step only; may be given several times.", metavar="STEP")]
Rollback = Annotated[bool, typer.Option("--rollback", help="Undo the runbook's last run, in reverse order.")]


@app.command("list", epilog=_examples("perfweek runbook list"))
def list_runbooks(target: TargetOption = "") -> None:
    """List the runbooks, their parameters, and when each was last rehearsed."""
    from rich.table import Table

    from perfweek.runbook.audit import Audit
    from perfweek.runbook.catalogue import RUNBOOKS
    from perfweek.runbook.runs import last_rehearsal
    from perfweek.runbook.shown import rehearsal_sentence
    from perfweek.target import load_target

    entries = Audit(load_target(target)).entries()
    table = Table("runbook", "what it does", "parameters", "rehearsed", box=None)
    for book in RUNBOOKS:
        rehearsed = rehearsal_sentence(last_rehearsal(entries, book.name))
        table.add_row(book.name, book.title, ", ".join(book.parameters.model_fields), rehearsed)
    _print(table)


@app.command(
    epilog=_examples(
        "perfweek runbook plan warehouse-change", "perfweek runbook plan warehouse-change --rollback", "perfweek runbook plan cache-warm-up -p rate=5"
    )
)
def plan(name: Name, parameter: Assignments = None, step: Steps = None, rollback: Rollback = False, target: TargetOption = "") -> None:
    """Look at everything, change nothing; print what would change and the token that approves it."""
    from perfweek.runbook.approval import make_plan

    book, context, audit = _opened(name, target, parameter or [], rollback)
    made = make_plan(book, context, audit, "back" if rollback else "forward", step or [])
    _show_plan(made, audit, _given(parameter or [], step or [], target))
    if made.observed.blocked:
        raise typer.Exit(1)


@app.command(
    epilog=_examples("perfweek runbook apply warehouse-change --token TOKEN", "perfweek runbook apply warehouse-change --rollback --token TOKEN")
)
def apply(
    name: Name,
    token: Annotated[str, typer.Option(help="What the plan printed. Without it nothing is changed.")] = "",
    parameter: Assignments = None,
    step: Steps = None,
    rollback: Rollback = False,
    target: TargetOption = "",
    wait: Annotated[float, typer.Option(help="Wait so many seconds for another apply to end.", min=0)] = 0,
) -> None:
    """Do what the plan showed, verify it, and write it down. The same commands resume what was interrupted."""
    from perfweek.runbook.apply import apply as apply_plan
    from perfweek.runbook.shown import outcome_sentence, rows_done

    book, context, audit = _opened(name, target, parameter or [], rollback)
    outcome = apply_plan(book, context, audit, token, "back" if rollback else "forward", step or [], wait)
    _show_steps(rows_done(outcome))
    _say(outcome_sentence(outcome))
    if outcome.offer and outcome.offer.token:
        _say("To roll it back:")
        _show_plan(outcome.offer, audit, _given(parameter or [], [], target))
    if outcome.end == "awaiting approval":
        _say(f"Plan it first, then give the token: perfweek runbook plan {name}")
    if outcome.end not in ("complete", "rolled back"):
        raise typer.Exit(1)


@app.command(epilog=_examples("perfweek runbook audit", "perfweek runbook audit warehouse-change --last 50", "perfweek runbook audit --expect HASH"))
def audit(
    name: Annotated[str, typer.Argument(help="Only this runbook's entries; default: all.")] = "",
    last: Annotated[int, typer.Option(help="How many entries to print.", min=0)] = 20,
    expect: Annotated[str, typer.Option(help="A hash that was printed earlier; it must still be in the file.", metavar="HASH")] = "",
    target: TargetOption = "",
) -> None:
    """Check the audit file's chain, and print who did what, when, and what became of it."""
    from rich.table import Table

    from perfweek.errors import RunbookError
    from perfweek.runbook.audit import Audit
    from perfweek.runbook.catalogue import find_runbook
    from perfweek.runbook.shown import audit_rows
    from perfweek.target import load_target

    book = Audit(load_target(target))
    entries = book.entries()
    if name and all(entry.get("runbook") != name for entry in entries):
        find_runbook(name)
    if expect and all(entry["hash"] != expect for entry in entries):
        raise RunbookError("the hash is not in the audit file: it was written anew", str(book.path), "Find out who changed it.")
    own = [entry for entry in entries if not name or entry.get("runbook") == name]
    table = Table("at (UTC)", "who", "run", "what", "result", "s", box=None)
    table.columns[0].no_wrap = True
    for row in audit_rows(own[len(own) - min(last, len(own)) :]):
        table.add_row(*(_plain(cell) for cell in row))
    _print(table)
    head = f", the last hash is {entries[-1]['hash']}" if entries else ""
    _say(f"{len(entries):,} entries, each fits the one before it{head}.")


def _opened(name: str, target: str, assignments: list[str], rollback: bool) -> "tuple[Runbook, Context, Audit]":
    """A rollback without parameters takes those of the run that it undoes."""
    from perfweek.runbook.audit import Audit
    from perfweek.runbook.catalogue import find_runbook
    from perfweek.runbook.observe import SYSTEM
    from perfweek.runbook.runs import last_run
    from perfweek.target import load_target

    book, loaded = find_runbook(name), load_target(target)
    kept = Audit(loaded)
    values: Mapping[str, Any] = _values(assignments)
    run = last_run(kept.entries(), name) if rollback and not values else None
    if run:
        values = {key: value for key, value in run.parameters.items() if key != SYSTEM}
    return book, book.context(loaded, values), kept


def _values(assignments: list[str]) -> dict[str, str]:
    from perfweek.errors import ParameterError

    values = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise ParameterError(f"{assignment!r} is not NAME=VALUE of a runbook's parameter", remedy="Write it like -p week=2026-W48.")
        values[name] = value
    return values


def _given(assignments: list[str], steps: list[str], target: str) -> list[str]:
    import shlex

    words = [*(f"-p {shlex.quote(one)}" for one in assignments), *(f"--step {shlex.quote(one)}" for one in steps)]
    return [*words, *([f"--target {shlex.quote(target)}"] if target else [])]


def _show_plan(made: "Plan", audit: "Audit", given: list[str]) -> None:
    from perfweek.runbook.runs import last_rehearsal
    from perfweek.runbook.shown import command_of, plan_sentence, rows_of, would_change

    _show_steps(rows_of(made.observed))
    for line in would_change(made.observed, last_rehearsal(audit.entries(), made.book.name)):
        _say(line)
    _say(plan_sentence(made))
    if made.token:
        _say(f"  {command_of(made, given)}")


def _show_steps(rows: list[tuple[str, str, str, str]]) -> None:
    from rich.table import Table

    table = Table("step", "what", "status", "found", box=None)
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    _print(table)


def _print(table: Any) -> None:
    """A file or a pipe has no width to fit into."""
    (console if console.is_terminal else Console(width=200)).print(table)


def _plain(text: str) -> Any:
    """Text from outside is no markup."""
    from rich.text import Text

    return Text("".join(character if character.isprintable() else " " for character in text))


def _say(text: str) -> None:
    console.print(_plain(text), highlight=False, soft_wrap=True)
