"""The commands for single files and single versions, without a week: k6, history, trace, compare, gate, api."""

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from perfweek.options import TargetOption, console, errors, examples, relative
from perfweek.terminal import show

files = typer.Typer()


class By(StrEnum):
    """What requests are grouped by."""

    name = "name"
    url = "url"
    scenario = "scenario"
    group = "group"
    status = "status"
    method = "method"


@files.command(
    epilog=examples(
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
        show(part, console)


@files.command(
    epilog=examples(
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


@files.command(
    epilog=examples(
        "perfweek history query_history.csv",
        "perfweek history week-1.csv.gz week-2.csv.gz unloaded/ --json",
        "perfweek history my_connection",
        "perfweek history small.parquet medium.parquet --sizes --at Large,X-Large",
    )
)
def history(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="A connection of connections.toml, or files (CSV, Parquet, NDJSON, compressed or not) and folders of them. Several are parts of one "
            "history: a statement that two of them have counts once.",
            metavar="FILE_OR_CONNECTION",
        ),
    ],
    sizes: Annotated[
        bool, typer.Option("--sizes", help="Print what each size of warehouse did, and would do, instead; each history is one run of the workload.")
    ] = False,
    at: Annotated[str, typer.Option(help="With --sizes: sizes to forecast; default: the known ones' neighbours.", metavar="SIZE,...")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON, for scripts.")] = False,
) -> None:
    """Print the scorecard of a warehouse's query history, its costliest fingerprints, and what would make them cheaper."""
    from perfweek.warehouse.shown import json_of, shown
    from perfweek.warehouse.source import told
    from perfweek.warehouse.source_study import look_and_findings

    if sizes or at:
        from perfweek.warehouse.sizing.command import print_sizes

        print_sizes(sources, at, as_json, console)
        return
    with told(errors) as hear:
        look, findings, torn = look_and_findings(sources, hear)
    if as_json:
        print(json_of(look, findings, torn))
        return
    for part in shown(look, findings, torn):
        console.print(part, soft_wrap=not hasattr(part, "columns"))


@files.command(
    epilog=examples(
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
        show(part, console)


@files.command(
    epilog=examples(
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
        console.print(f"Wrote {len(counters)} counts to {relative(path)}. Keep it with the code.", highlight=False, soft_wrap=True)
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


@files.command(
    epilog=examples(
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
