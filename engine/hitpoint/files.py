"""Writing without harm: a file is written beside its place and then renamed, so the old one is whole until the end."""

from __future__ import annotations

import errno
import os
import tempfile
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
}


def output_error(path: Path, error: OSError) -> OutputError:
    """Return the one sentence that tells the user why a file cannot be written."""
    reason = _REASONS.get(error.errno or 0, f"{error.strerror or error}; choose another folder")
    return OutputError(f"cannot write {path}: {reason}")


@contextmanager
def write_beside(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; when the block ends well, it takes the place of `path` in one step.

    On any error, Ctrl-C included, the temporary file is removed and `path` stays as it was. The suffix is kept, since
    many libraries choose the format by it.

    Raises
    ------
    OutputError
        The disk is full or read-only, the folder is missing, and so on: said in one sentence.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=f".partial{path.suffix}", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise output_error(path, error) from error
    unfinished = Path(name)
    try:
        yield unfinished
        with unfinished.open("rb+") as stream:  # on the disk before it gets its name
            os.fsync(stream.fileno())
        unfinished.chmod(0o666 & ~_umask())
        unfinished.replace(path)
    except OutputError:
        raise
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
