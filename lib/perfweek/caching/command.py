"""`perfweek trace`: the words of the command line to a question, and the look at the trace to the terminal."""

import json
import math
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from perfweek.caching.curve import Unit
from perfweek.caching.engine.compiling import told
from perfweek.caching.look import Look, Question, json_of, look_at
from perfweek.caching.readers.clock import UNITS
from perfweek.caching.readers.fields import WORDS
from perfweek.caching.readers.trace import Options
from perfweek.errors import ParameterError
from perfweek.terminal import show
from perfweek.wording import count

_LARGEST = 1e15


def print_trace(
    file: Path,
    sizes: str,
    by_bytes: bool,
    ttl_s: float,
    sample: float,
    columns: str,
    time_unit: str,
    as_json: bool,
    console: Console,
    errors: Console,
) -> None:
    """Answer on `console`; what is compiled is told on `errors`."""
    unit: Unit = "bytes" if by_bytes else "objects"
    question = Question(_sizes(sizes), unit, ttl_s, sample, Options(_columns(columns), _unit(time_unit)))
    with told(lambda text: errors.print(text, style="dim")):
        look = look_at(file, question)
    if as_json:
        print(json.dumps(json_of(look)))
        return
    _print_table(look, console)


def _sizes(text: str) -> tuple[int, ...]:
    try:
        sizes = [float(size) for size in text.split(",") if size.strip()]
    except ValueError:
        sizes = [math.nan]
    if not all(size.is_integer() and size <= _LARGEST for size in sizes):
        raise ParameterError(f"{text!r} is no list of sizes, whole numbers up to {_LARGEST:g}", remedy="Write it like --sizes 1000,10000 or 1e6,1e9.")
    return tuple(map(int, sizes))


def _columns(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    for field, equals, column in pairs:
        if field not in WORDS or not equals or not column:
            raise ParameterError(f"{text!r} does not name columns of {', '.join(WORDS)}", remedy="Write it like --columns key=url,time=ts.")
    return {field: column for field, _, column in pairs}


def _unit(text: str) -> str:
    if text and text not in UNITS:
        raise ParameterError(f"{text!r} is no unit of time", remedy=f"Use one of {', '.join(UNITS)}.")
    return text


def _print_table(look: Look, console: Console) -> None:
    lifetime = "" if math.isinf(look.question.ttl_s) else f", entries live {look.question.ttl_s:g} s"
    console.print(f"{count(look.requests, 'request')} of {count(look.objects, 'object')}{lifetime}: {look.method}", highlight=False, soft_wrap=True)
    table = Table(box=None)
    table.add_column(f"size, {look.question.unit}", justify="right")
    table.add_column("misses", justify="right")
    sampled = any(not math.isnan(at.low) for _, at in look.points)
    if sampled:
        table.add_column("95 % interval", justify="right")
    for size, at in look.points:
        interval = [f"{at.low:.3%} to {at.high:.3%}" if not math.isnan(at.low) else ""] if sampled else []
        table.add_row(f"{size:,}", "refused" if math.isnan(at.value) else f"{at.value:.3%}", *interval)
    show(table, console)
    for note in look.notes:
        console.print(f"- {escape(note)}", highlight=False, soft_wrap=True)
