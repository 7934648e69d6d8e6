"""A hidden folder in which a score is made whole before anything of an old one is touched."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hitpoint.files import output_error
from hitpoint.model.errors import OutputError


@contextmanager
def staging_folder(folder: Path) -> Iterator[Path]:
    """Give a hidden folder beside the results, on the same disk, and remove it whatever happens."""
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".hitpoint-", dir=folder))
    except OSError as error:
        raise output_error(folder, error) from error
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if made and not any(folder.iterdir()):
            folder.rmdir()


def publish(staging: Path, folder: Path) -> None:
    """Move the finished files to their places; only now is an old score replaced."""
    shutil.rmtree(staging / "raw", ignore_errors=True)
    for path in sorted(staging.rglob("*")):
        if path.is_file():
            target = folder / path.relative_to(staging)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                path.replace(target)
            except OSError as error:
                raise OutputError(
                    f"cannot replace {target} ({error.strerror}); is it open in another program?"
                ) from error


def check_room(
    staging: Path, *, length_samples: int, layers: int, stems: int, alternates: int = 0, bundle_bytes: int = 0
) -> None:
    """Raise `OutputError` where the disk has no room for the work.

    That is a raw file per layer of a stem and one per mixed stem, the mix, the finished WAVs, the same once more for
    the alternates, which are made one after the other, and the media of an .otioz, which are copied out of it.
    """
    takes = 2 if alternates else 1
    needed = length_samples * (8 * takes * (layers + stems + 1) + 6 * (1 + alternates)) + bundle_bytes
    free = shutil.disk_usage(staging).free
    if free < needed:
        raise OutputError(
            f"the score needs {needed / 1e9:.1f} GB while it is made, and {staging.parent} has {free / 1e9:.1f} GB "
            "free; make room, or choose another --out"
        )
