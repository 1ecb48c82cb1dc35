"""What git says of a repository: the files of its last changes and its package manifests.

Nothing of the repository is run: no hooks, no external diff, no fetching of missing objects.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath

from perfweek.decisions.packages import MANIFESTS
from perfweek.errors import MeasurementError
from perfweek.files import write_atomic

FEWEST_MERGES = 25
MOST_MANIFESTS = 5000
TIMEOUT_S = 120
_RECORD = re.compile(r"\x01(?=[0-9a-f]{40,64}\x00)")
"""A subject may hold \\x01 too, but no commit's name after it."""
CHANGES, PACKAGE_FILES, SIBLINGS, STATE = "changes.ndjson", "manifests.ndjson", "siblings.ndjson", "state.json"
OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")


def head(repository: Path) -> str:
    """The commit that is checked out. Raises MeasurementError where git is missing or there is no history."""
    return _git(repository, "rev-parse", "--verify", "HEAD").decode().strip()


def collect(repository: Path, commit: str, most: int, siblings: Sequence[Path], folder: Path) -> None:
    """Write into `folder` what git says of a repository, or in state.json under `problem` why it says nothing.

    state.json: repository, head, problem ('' for none), shallow (whether the clone was cut off), owners (teams in CODEOWNERS), unread (siblings
    that git does not read, with the reason). siblings.ndjson: as changes.ndjson, with the name of the repository. Other files: `collect_history`.
    """
    state: dict[str, object] = {"repository": str(repository), "head": commit, "problem": "", "shallow": False, "owners": [], "unread": {}}
    try:
        collect_history(repository, commit or head(repository), most, folder)
        state["shallow"] = _git(repository, "rev-parse", "--is-shallow-repository").strip() == b"true"
        state["owners"] = _owners(repository, commit)
        state["unread"] = collect_siblings(siblings, most, folder)
    except MeasurementError as error:
        state["problem"] = error.what
    write_atomic(folder / STATE, json.dumps(state, indent=2) + "\n")


def collect_history(repository: Path, commit: str, most: int, folder: Path) -> None:
    """Write the last changes up to `commit` and the manifests in it into `folder`. Raises MeasurementError.

    changes.ndjson: kind ('merges' or 'commits'), commit, time (epoch seconds), files; newest first. A change is a merge into the
    main line; where there are fewer than 25 of those, a commit of it. The first commit of a history is an import and left out.
    manifests.ndjson: path, text.
    """
    merges = list(_changes(repository, commit, most, "--merges"))
    changes = merges if len(merges) >= FEWEST_MERGES else list(_changes(repository, commit, most, "--min-parents=1"))
    kind = "merges" if changes and changes is merges else "commits"
    write_atomic(folder / CHANGES, _lines({"kind": kind, **change} for change in changes))
    write_atomic(folder / PACKAGE_FILES, _lines(_manifests(repository, commit)))


def collect_siblings(siblings: Sequence[Path], most: int, folder: Path) -> dict[str, str]:
    """Write the last changes of other repositories; those that git does not read are returned with the reason."""
    found: list[dict[str, object]] = []
    unread: dict[str, str] = {}
    for sibling in siblings:
        try:
            found += [{"repository": sibling.name, **change} for change in _changes(sibling, head(sibling), 5 * most, "--min-parents=0")]
        except MeasurementError as error:
            unread[sibling.name] = error.what
    write_atomic(folder / SIBLINGS, _lines(iter(found)))
    return unread


def _owners(repository: Path, commit: str) -> list[str]:
    """The teams (@organisation/team) of the first CODEOWNERS file there is."""
    for path in OWNERS:
        try:
            text = _git(repository, "cat-file", "blob", f"{commit}:{path}").decode("utf-8", "replace")
        except MeasurementError:
            continue
        lines = [line.split("#")[0] for line in text.splitlines()]
        return sorted({word for line in lines for word in line.split()[1:] if word.startswith("@") and "/" in word})
    return []


def _changes(repository: Path, commit: str, most: int, which: str) -> Iterator[dict[str, object]]:
    """One record a change: \\x01 commit \\x00 time \\x00 author \\x00 subject \\x00, a line end, then file names that each end in \\x00.

    Of the author only a hash is kept: it is compared, never shown.
    """
    options = ["--first-parent", "--diff-merges=first-parent", "--name-only", "--no-renames", "--no-ext-diff", "--no-show-signature", "-z"]
    output = _git(repository, "log", f"--max-count={most}", which, *options, "--format=%x01%H%x00%ct%x00%ae%x00%s", commit, "--")
    for record in _RECORD.split(output.decode("utf-8", "replace"))[1:]:
        name, time, author, subject, *files = record.split("\x00")
        who = sha256(author.encode("utf-8", "replace")).hexdigest()[:16]
        yield {
            "commit": name,
            "time": int(time),
            "author": who,
            "subject": subject[:300],
            "files": [file.lstrip("\n") for file in files if file.strip("\n")],
        }


def _manifests(repository: Path, commit: str) -> Iterator[dict[str, str]]:
    paths = _git(repository, "ls-tree", "-r", "-z", "--full-tree", "--name-only", commit).decode("utf-8", "replace").split("\x00")
    wanted = [path for path in paths if PurePosixPath(path).name in MANIFESTS and "\n" not in path][:MOST_MANIFESTS]
    names = "".join(f"{commit}:{path}\n" for path in wanted).encode("utf-8", "replace")
    output = _git(repository, "cat-file", "--batch", given=names)
    for path in wanted:
        header, _, output = output.partition(b"\n")
        if header.endswith(b" missing"):
            continue
        size = int(header.split()[-1])
        yield {"path": path, "text": output[:size].decode("utf-8", "replace")}
        output = output[size + 1 :]


def _lines(records: Iterator[dict[str, object]] | Iterator[dict[str, str]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def _git(repository: Path, *arguments: str, given: bytes = b"") -> bytes:
    program = shutil.which("git")
    if not program:
        raise MeasurementError("git is not installed", str(repository), "Install git to judge the repository.")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    command = [program, "-C", str(repository), "-c", "core.fsmonitor=false", "--no-pager", *arguments]
    try:
        done = subprocess.run(command, input=given, capture_output=True, env=environment, timeout=TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MeasurementError(f"git did not answer: {error}", str(repository)) from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise MeasurementError(f"git refused: {said[0] if said else f'exit code {done.returncode}'}", str(repository))
    return done.stdout
