"""A new decision record from the template: the next number, a title, and today's date."""

import re
import unicodedata
from pathlib import Path

from perfweek.decisions.records import record_files
from perfweek.errors import ParameterError, RecordError
from perfweek.files import make_folder
from perfweek.project import project_folder

TEMPLATE = "0000-template.md"
LONGEST_TITLE = 120


def new_record(folder: Path, title: str, today: str) -> Path:
    """Write the next free number with that title from the folder's template, or ours; its path. Raises ParameterError for an empty title and
    RecordError where the folder cannot be written or holds 9,999 records."""
    words = " ".join("".join(one if one.isprintable() else " " for one in title).split())
    if not words:
        raise ParameterError("a record needs a title", remedy='Give it in quotes: perfweek adr new "Read replicas"')
    if len(words) > LONGEST_TITLE:
        raise ParameterError(f"the title has {len(words)} characters, at most {LONGEST_TITLE} fit", remedy="Say it in a few words.")
    number = 1 + max((int(path.name[:4]) for path in record_files(folder)), default=0)
    if number > 9999:
        raise RecordError("there is no free number left", str(folder), "Move old records to a folder of their own.")
    own = folder / TEMPLATE
    text = (own if own.is_file() else project_folder("runbooks") / "adr" / TEMPLATE).read_text(encoding="utf-8")
    text = re.sub(r"(?m)^status:.*$", "status: proposed", text, count=1)
    text = re.sub(r"(?m)^date:.*$", f"date: {today}", text, count=1)
    text = re.sub(r"(?m)^# .*$", lambda _: f"# {words}", text, count=1)
    make_folder(folder)
    path = folder / f"{number:04}-{slug(words)}.md"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise RecordError(f"the record cannot be written: {error.strerror}", str(path), "Mend that, and give the command again.") from error
    return path


def slug(title: str) -> str:
    """A title as part of a file name: lower case, ASCII letters and digits, hyphens between them; 'decision' where nothing is left."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "decision"
