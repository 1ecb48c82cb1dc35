"""Writing files so that a reader never sees half of one."""

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from perfweek.errors import WeekError

_REMEDIES = {
    errno.ENOSPC: ("the disk is full", "Free some space, then give the same command again: what is finished is kept."),
    errno.EDQUOT: ("the disk quota is used up", "Free some space, then give the same command again: what is finished is kept."),
    errno.EACCES: ("the folder is not writable", "Give yourself write permission on it, or run perfweek where you have it."),
    errno.EPERM: ("the folder is not writable", "Give yourself write permission on it, or run perfweek where you have it."),
    errno.EROFS: ("the file system is read-only", "Run perfweek in a folder on a writable file system."),
    errno.ENOTDIR: ("a file stands where a folder is needed", "Move that file away, then give the same command again."),
    errno.EEXIST: ("a file stands where a folder is needed", "Move that file away, then give the same command again."),
}


@contextmanager
def disk_errors_explained(path: Path) -> Iterator[None]:
    """Turn an operating-system refusal below `path` into a WeekError with its remedy; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in _REMEDIES:
            raise
        what, remedy = _REMEDIES[error.errno]
        raise WeekError(what, str(error.filename or path), remedy) from error


def make_folder(path: Path) -> Path:
    """Create `path` with its parents and return it. Raises WeekError where it cannot be written."""
    with disk_errors_explained(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; on a normal exit it is synced and renamed to `path`, else removed."""
    make_folder(path.parent)
    with disk_errors_explained(path):
        handle, name = tempfile.mkstemp(prefix=f".{path.stem[:40]}-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            with temporary.open("rb+") as written:
                os.fsync(written.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def write_atomic(path: Path, content: str | bytes) -> Path:
    """Write `content` (text as UTF-8) to `path` by a temporary name and a rename; return `path`."""
    data = content.encode() if isinstance(content, str) else content
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)
    return path


def sha256(path: Path) -> str:
    """The hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
