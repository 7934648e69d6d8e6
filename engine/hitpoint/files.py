"""Writing without harm: a file is written beside its place and then renamed, so the old one is whole until the end."""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hitpoint.model.errors import OutputError

_REASONS = {
    errno.ENOSPC: "the disk is full; make room, or choose another folder",
    errno.EDQUOT: "your quota on this disk is used up; make room, or choose another folder",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.EACCES: "you may not write there; choose another folder",
    errno.EPERM: "you may not write there; choose another folder",
    errno.ENOENT: "the folder does not exist; make it, or choose another",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another folder",
    errno.EISDIR: "there is a folder of that name; move it away, or choose another name",
    errno.ENAMETOOLONG: "the name is too long for this disk; choose a shorter one",
}
#: Nobody writes a file for so long without touching it.
_ABANDONED_S = 600.0
_TOKEN_BYTES = 4
_LONGEST_STEM = 40  # of the temporary name; with it even a name of full length has a shorter companion


def output_error(path: Path, error: OSError) -> OutputError:
    """Return the one sentence that tells the user why a file cannot be written."""
    reason = _REASONS.get(error.errno or 0, f"{error.strerror or error}; choose another folder")
    return OutputError(f"cannot write {path}: {reason}")


@contextmanager
def write_beside(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; when the block ends well, it takes the place of `path` in one step.

    On any error, Ctrl-C included, the temporary file is removed and `path` stays as it was. The suffix is kept, since
    many libraries choose the format by it. The file gets the permissions that the user's umask gives to new files.

    Raises
    ------
    OutputError
        The disk is full or read-only, the folder is missing, and so on: said in one sentence. An `OSError` about
        another file (an input that the block reads, say) goes through as it is: it is the block's to explain.
    """
    unfinished = path.parent / _unfinished_name(path, secrets.token_hex(_TOKEN_BYTES))
    try:
        os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
    except OSError as error:
        raise output_error(path, error) from error
    try:
        yield unfinished
        with unfinished.open("rb+") as stream:  # on the disk before it gets its name
            os.fsync(stream.fileno())
        unfinished.replace(path)
    except OutputError:
        raise
    except OSError as error:
        if error.filename is not None and Path(os.fsdecode(error.filename)) not in (unfinished, path):
            raise
        raise output_error(path, error) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def remove_abandoned(path: Path) -> None:
    """Remove what programs that were killed while they wrote a file have left beside it; `path` itself stays."""
    begin, end = _unfinished_name(path, "|").split("|")
    with suppress(OSError):
        for left in path.parent.iterdir():
            token = left.name.removeprefix(begin).removesuffix(end)
            is_ours = left.name == _unfinished_name(path, token) and len(token) == 2 * _TOKEN_BYTES
            if is_ours and time.time() - left.stat().st_mtime > _ABANDONED_S:
                left.unlink(missing_ok=True)


def _unfinished_name(path: Path, token: str) -> str:
    return f".{path.stem[:_LONGEST_STEM]}-{token}.partial{path.suffix}"
