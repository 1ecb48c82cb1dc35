"""A small real runbook: each of its changes writes one letter into a file, and can be told to misbehave."""

import time
from pathlib import Path

from perfweek.runbook.audit import Audit
from perfweek.runbook.book import Context, Parameters, Runbook
from perfweek.runbook.step import Change, Read, Step, failed, ok, skipped
from perfweek.target import Target, load_target


class LetterParameters(Parameters):
    letter: str = "x"


def target_in(folder: Path, text: str = "") -> Target:
    (folder / "target.toml").write_text(text)
    return load_target(str(folder / "target.toml"))


def letters(folder: Path, names: str = "abc", told: dict[str, str] | None = None) -> Runbook:
    """A change for each of `names`, and a read at either end. `told`: name -> 'wrong' (it writes something else), 'raises', 'hangs' (two
    seconds, of which it has 0.2), 'stays' (its rollback does nothing), 'waits' (until there is a file `go`)."""

    def steps(context: Context) -> tuple[Step, ...]:
        made = tuple(_letter(folder, name, context.parameters.letter, (told or {}).get(name, "")) for name in names)
        first = Read("ready", "The folder is there", lambda: ok("It is.") if folder.is_dir() else failed("It is not."))
        last = Read("count", "All letters are there", lambda: ok(f"{len(list(folder.glob('*.letter')))} letters."), after=tuple(names))
        return (first, *made, last)

    return Runbook("letters", "Write letters", "low", LetterParameters, steps)


def _letter(folder: Path, name: str, letter: str, told: str) -> Change:
    path = folder / f"{name}.letter"

    def state() -> dict[str, str | None]:
        return {"content": path.read_text() if path.exists() else None}

    def apply() -> None:
        while told == "waits" and not (folder / "go").exists():
            (folder / "waiting").touch()
            time.sleep(0.01)
        path.write_text("?" if told == "wrong" else letter)
        if told == "raises":
            raise ValueError("no ink")
        time.sleep(2 if told == "hangs" else 0)

    def rollback(before: object) -> None:
        with (folder / "undone").open("a") as undone:
            undone.write(name)
        if told != "stays":
            path.unlink(missing_ok=True)

    return Change(
        id=name,
        title=f"Write {name}",
        state=state,
        precheck=lambda now: skipped("It is written.") if now["content"] == letter else ok("Ready."),
        plan=lambda now: [f"write {letter} into {path.name}"],
        apply=apply,
        verify=lambda before: ok("It is written.") if state()["content"] == letter else failed(f"It holds {state()['content']}."),
        rollback=rollback,
        undo=f"Removes {path.name}.",
        blast_radius=f"The file {path.name}.",
        idempotency="It is written once.",
        timeout_s=0.2 if told == "hangs" else 60,
    )


def opened(folder: Path, names: str = "abc", told: dict[str, str] | None = None, **values: str) -> tuple[Runbook, Context, Audit]:
    target = target_in(folder)
    book = letters(folder, names, told)
    return book, book.context(target, {"week": "2026-W48", **values}), Audit(target, {})


def written(folder: Path) -> dict[str, str]:
    return {path.stem: path.read_text() for path in sorted(folder.glob("*.letter"))}
