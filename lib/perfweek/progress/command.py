"""`perfweek compare`: two sides given as weeks, files of k6 or folders of them, and their comparison for a person or a script."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from perfweek import evidence
from perfweek.errors import EvidenceError, ParameterError
from perfweek.load.bounds import unsent
from perfweek.load.reading.results import read_results
from perfweek.load.reading.sniff import is_summary
from perfweek.load.reading.twice import refuse_twice, same_content
from perfweek.load.run import read_load
from perfweek.progress import sentences
from perfweek.progress.compare import Comparison, by_endpoint, compare, overall
from perfweek.progress.control import Control, control_of
from perfweek.progress.environment import differences, refusal
from perfweek.progress.measure import Sides
from perfweek.progress.repeats import run_of
from perfweek.progress.runs import FIGURES, Run, endpoints_of
from perfweek.warehouse.history import FILE as HISTORY
from perfweek.week import Week
from perfweek.wording import count

_NAMES = ("monday-short-*", "friday-before-*", "load-monday")
"""The runs of a week's version as it was found: the first that there are."""
_SUFFIXES = (".csv", ".gz", ".json", ".jsonl", ".ndjson", ".log", ".txt")
_ORIGIN = re.compile(r"https?://[^/]*")
Side = tuple[list[Run], dict[str, Any], list[str]]
UNITS = {"errors": "share", "throughput": "1/s", **{name: figure.unit for name, figure in FIGURES.items()}}


@dataclass(frozen=True)
class Compared:
    """Two sides, what they were, and the comparison; `refused`: why there are no verdicts."""

    names: tuple[str, str]
    sides: Sides
    comparisons: list[Comparison]
    control: Control
    refused: str
    notes: tuple[str, ...]


def compare_given(before: str, after: str, weeks: Path | None, smallest_effect: float) -> Compared:
    """Each side: a week of the folder `weeks`, a file of k6, a folder of such files, or several files with commas between; each file is a run.

    Raises EvidenceError and ParameterError.
    """
    taken = [_side(given, weeks) for given in (before, after)]
    taken, notes = _same_names(taken)
    notes += _on_both_sides(before, after, weeks)
    refused = refusal(differences(*(asked for _, asked, _ in taken))) if all(asked for _, asked, _ in taken) else ""
    sides = Sides(*(tuple(runs) for runs, _, _ in taken))  # type: ignore[arg-type]
    found = compare(sides.before, sides.after, smallest_effect, bool(refused))
    control = control_of((sides.before, sides.after), smallest_effect)
    return Compared((before, after), sides, found, control, refused, (*notes, *(note for _, _, notes in taken for note in notes)))


def shown(compared: Compared) -> Iterator[RenderableType]:
    """For a person: the verdict, how sure it is, and a row a quantity."""
    runs = f"{len(compared.sides.before)} against {len(compared.sides.after)}"
    yield Text(f"{compared.names[0]} (before) against {compared.names[1]} (after), runs: {runs}")
    yield from (Text(f"! {note}") for note in compared.notes)
    yield Text(sentences.verdict_sentence(compared.comparisons, compared.refused))
    yield Text(sentences.sides_sentence(compared.sides))
    if compared.control.comparisons:
        yield Text(sentences.control_sentence(compared.control))
    yield _table(compared.comparisons)
    for reason, n in Counter(one.reason for one in compared.comparisons if one.reason).most_common():
        yield Text(f"cannot tell ({count(n, 'quantity', 'quantities')}): {reason}")
    yield from (Text(line) for line in sentences.tolerance_sentences(compared.comparisons))
    yield Text(sentences.detectable_sentence(compared.comparisons))


def json_of(compared: Compared) -> str:
    """For a script: names, runs, verdicts by endpoint, comparisons, control, notes. What is not known is null."""
    content = {
        "before": compared.names[0],
        "after": compared.names[1],
        "runs": [len(compared.sides.before), len(compared.sides.after)],
        "refused": compared.refused,
        "verdicts": {endpoint: overall(rows) for endpoint, rows in by_endpoint(compared.comparisons).items()},
        "comparisons": [_as_json(one) for one in compared.comparisons],
        "control": {"false_alarms": compared.control.alarms, "comparisons": compared.control.comparisons},
        "notes": list(compared.notes),
    }
    return json.dumps(content, allow_nan=False)


def _on_both_sides(before: str, after: str, weeks: Path | None) -> list[str]:
    """What is compared with itself can only come out the same."""
    first, second = ([] if _is_week(given, weeks) else _given_files(given) for given in (before, after))
    return [f"{one.name} has the same content as {other.name} on the other side." for one, other in same_content(first, second)]


def _same_names(taken: list[Side]) -> tuple[list[Side], list[str]]:
    """Sides without an endpoint in common, as two servers have: by the path of their URLs, else the one of each side is taken for the same."""
    names = [set(endpoints_of(runs)) for runs, _, _ in taken]
    if names[0] & names[1] or not all(names):
        return taken, []
    paths = [{name: _ORIGIN.sub("", name) or "/" for name in side} for side in names]
    if set(paths[0].values()) & set(paths[1].values()):
        return [(_renamed(runs, of), asked, notes) for (runs, asked, notes), of in zip(taken, paths, strict=True)], ["Endpoints are matched by path."]
    if len(names[0]) == len(names[1]) == 1:
        first, second = names[0].pop(), names[1].pop()
        both = f"{first}, then {second}"
        found = [(_renamed(runs, {name: both}), asked, notes) for (runs, asked, notes), name in zip(taken, (first, second), strict=True)]
        return found, ["Each side has one endpoint: they are taken for the same."]
    return taken, ["The sides have no endpoint in common."]


def _renamed(runs: list[Run], names: dict[str, str]) -> list[Run]:
    changed = [run.requests.assign(endpoint=run.requests["endpoint"].astype(str).map(names)) for run in runs]
    unsent_as = [run.unsent.assign(endpoint=run.unsent["endpoint"].astype(str).map(names)) for run in runs]
    return [replace(run, requests=requests, unsent=lost) for run, requests, lost in zip(runs, changed, unsent_as, strict=True)]


def _side(given: str, weeks: Path | None) -> Side:
    """Its runs, what they asked of the service where that is known, and what casts doubt on them."""
    if weeks and _is_week(given, weeks):
        return _of_week(Week(given, weeks / given))
    files = _given_files(given)
    if not files:
        raise ParameterError(f"{given!r} is no week and no file of k6", str(weeks or Path.cwd()), "Give a week such as 2026-W48, or files.")
    refuse_twice(files)
    notes: list[str] = []
    runs = []
    for file in files:
        results = read_results([file])
        runs.append(Run(file.name, results.requests, unsent(results.requests, results.iterations)))
        if results.damaged:
            notes.append(f"{file.name}: {results.damaged:,} of {results.rows:,} rows are damaged and left out, the first: {results.first_damage}")
    return runs, {}, notes


def _is_week(given: str, weeks: Path | None) -> bool:
    return weeks is not None and (weeks / given / "evidence").is_dir()


def _given_files(given: str) -> list[Path]:
    return [file for word in given.split(",") if word.strip() for file in _files(Path(word.strip()))]


def _files(path: Path) -> list[Path]:
    """A summary that stands in a folder beside the results is no run."""
    if path.is_dir():
        found = sorted(one for one in path.iterdir() if one.is_file() and one.suffix in _SUFFIXES and not is_summary(one))
        if not found:
            raise EvidenceError("the folder holds no results of k6", str(path), "Put the files of each run's results into it.")
        return found
    if not path.is_file():
        raise EvidenceError("there is no such file or week", str(path), "Give a week such as 2026-W48, a file of k6, or a folder of such files.")
    return [path]


def _of_week(week: Week) -> Side:
    for pattern in _NAMES:
        found = [one for path in sorted(week.evidence.glob(pattern)) if (one := evidence.find(week, path.name))]
        if found:
            loads = [read_load(week, one) for one in found]
            runs = [run_of(load, one.folder.name, None, one.folder / HISTORY) for load, one in zip(loads, found, strict=True)]
            asked = {**loads[0].record, "scripts": found[0].inputs.get("script"), "asked": found[0].inputs.get("asked")}
            return runs, asked, []
    raise EvidenceError("the week has no load run", str(week.evidence), "Measure it first: perfweek run monday")


def _table(comparisons: Sequence[Comparison]) -> Table:
    table = Table(box=None, header_style="bold")
    table.add_column("endpoint", overflow="fold")
    table.add_column("quantity", no_wrap=True)
    for name in ("before", "after", "effect", "95 % interval", "detectable"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for one in comparisons:
        effect = one.effect
        bounds = "not known" if math.isnan(effect.low) else f"{effect.low:.3g} to {effect.high:.3g}"
        values = (
            *(_figure(value, 4) for value in (one.before, one.after)),
            _figure(effect.value, 3),
            bounds,
            "" if math.isnan(one.detectable) else f"{one.detectable:.3g}",
        )
        unit = UNITS.get(one.quantity, "ms")
        table.add_row(Text("".join(c if c.isprintable() else " " for c in one.endpoint)), f"{one.quantity}, {unit}", *values, one.verdict)
    return table


def _figure(value: float, digits: int) -> str:
    return "no data" if math.isnan(value) else f"{value:.{digits}g}"


def _as_json(one: Comparison) -> dict[str, Any]:
    effect = one.effect
    numbers = {
        "before": one.before,
        "after": one.after,
        effect.kind: effect.value,
        "low": effect.low,
        "high": effect.high,
        "p_adjusted": one.p,
        "detectable": one.detectable,
    }
    known = {name: value if math.isfinite(value) else None for name, value in numbers.items()}
    words = {"unit": UNITS.get(one.quantity, "ms"), "verdict": one.verdict, "reason": one.reason, "n": effect.n, "method": effect.method}
    return {"endpoint": one.endpoint, "quantity": one.quantity, **known, **words}
