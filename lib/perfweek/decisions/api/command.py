"""`perfweek api`: the checks on a document, and where a log is given what is at stake, on the terminal."""

import json
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from perfweek.access_log import read_access_log
from perfweek.decisions.api.document import read_document
from perfweek.decisions.api.lint import read_lint
from perfweek.decisions.api.report import amount, gathered, json_of, plain, sentence
from perfweek.decisions.api.study import Study, study


def print_findings(file: Path, log: Path | None, lint: Path | None, as_json: bool, console: Console) -> None:
    """Print the findings of an OpenAPI document. Raises EvidenceError for a file that cannot be used."""
    read = read_access_log(log) if log else None
    found = study(
        read_document(file), read.frame if read else None, linted=read_lint(lint) if lint else (), source=str(file), log_source=str(log or "")
    )
    if as_json:
        print(json.dumps(json_of(found)))
        return
    console.print(plain(sentence(found)), markup=False, highlight=False, soft_wrap=True)
    if read and read.dropped:
        console.print(
            f"{read.dropped:,} of {read.lines:,} lines of the log are left out: {escape(read.first_dropped)}", highlight=False, soft_wrap=True
        )
    if found.findings:
        console.print(_table(found))
        for check, do in {one.check: plain(one.do) for one in found.findings}.items():
            console.print(f"- {escape(check)}: {escape(do)}", highlight=False, soft_wrap=True)


def _table(found: Study) -> Table:
    table = Table(box=None)
    for name in ("operation", "check", "finding"):
        table.add_column(name, overflow="fold")
    table.add_column("at stake a week", overflow="fold", justify="right")
    for one in gathered(found):
        table.add_row(*map(escape, (one.route or "-", one.check, plain(one.what), amount(one.stake) if one.stake else "")))
    return table
