"""How far the reading of big files is, on a terminal."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from perfweek.load.reading.read import Told

_BIG = 1 << 26


@contextmanager
def told(paths: Sequence[Path], console: Console) -> Iterator[Told | None]:
    """What to call with the number of bytes read: it moves a bar on `console`; None where nobody would see it, or it would be gone at once."""
    size = sum(path.stat().st_size for path in paths if path.is_file())
    if not console.is_terminal or size < _BIG:
        yield None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=console, transient=True) as progress:
        task = progress.add_task("reading", total=size)
        yield lambda done: progress.update(task, completed=done)
