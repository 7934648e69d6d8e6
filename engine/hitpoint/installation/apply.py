"""Makes the disk what is wanted, and undoes it. What the user changed is left as it is, and told."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hitpoint.files import output_error, write_beside
from hitpoint.installation.record import Record, digest
from hitpoint.model.errors import OutputError

Outcome = Literal["new", "updated", "same", "left", "removed", "gone", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A file that should be there."""

    path: Path
    content: bytes
    is_program: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What was done (or would be) about one file; `sentence` says why where that is not plain."""

    outcome: Outcome
    path: Path
    sentence: str = ""


def install(wanted: Iterable[Wanted], record: Record, *, is_dry_run: bool = False) -> tuple[Step, ...]:
    """Bring every wanted file to what it should be; remove what an earlier version put and this one does not want.

    One file that cannot be written does not keep the others from it: its step says "failed".
    """
    files = list(wanted)
    steps = [_put(item, record, is_dry_run=is_dry_run) for item in files]
    names = {str(item.path) for item in files}
    steps += [_take(Path(name), record, is_dry_run=is_dry_run) for name in sorted(set(record.files) - names)]
    if not is_dry_run:
        _finish(record)
    return tuple(steps)


def uninstall(record: Record, *, is_dry_run: bool = False) -> tuple[Step, ...]:
    """Remove every file that is still as we put it, the folders that we made and that are empty, and the record."""
    steps = tuple(_take(Path(name), record, is_dry_run=is_dry_run) for name in sorted(record.files))
    if not is_dry_run:
        _finish(record)
    return steps


def _finish(record: Record) -> None:
    """Remove the folders that nothing lies in any more; keep the record as long as something is ours."""
    if record.files:
        _make_folder(record.path.parent, record)
        _remove_folders(record)
        record.save()
        return
    with suppress(OSError):
        record.path.unlink(missing_ok=True)
    _remove_folders(record)


def _put(item: Wanted, record: Record, *, is_dry_run: bool) -> Step:
    path, wanted = item.path, digest(item.content)
    try:
        present = digest(path.read_bytes()) if path.is_file() else None
        if present is None and (path.exists() or path.is_symlink()):
            return Step(outcome="left", path=path, sentence="there is something else of that name; move it away")
        if present == wanted:
            record.files[str(path)] = [wanted]
            return Step(outcome="same", path=path)
        if present is not None and not record.is_ours(path):
            sentence = "it was changed, or is not ours; to get ours, move it away and install again"
            return Step(outcome="left", path=path, sentence=sentence)
        outcome: Outcome = "new" if present is None else "updated"
        if is_dry_run:
            return Step(outcome=outcome, path=path)
        _make_folder(path.parent, record)
        _make_folder(record.path.parent, record)
        # both hashes, so that the file is ours whenever we are stopped
        record.files[str(path)] = [wanted] if present is None else [present, wanted]
        record.save()
        with write_beside(path) as unfinished:
            unfinished.write_bytes(item.content)
            if item.is_program:
                unfinished.chmod(unfinished.stat().st_mode | 0o111)
        record.files[str(path)] = [wanted]
        return Step(outcome=outcome, path=path)
    except OSError as error:
        record.files = {name: known for name, known in record.files.items() if name != str(path) or path.is_file()}
        why = error if isinstance(error, OutputError) else output_error(path, error)
        return Step(outcome="failed", path=path, sentence=str(why))


def _take(path: Path, record: Record, *, is_dry_run: bool) -> Step:
    try:
        if not path.is_file():
            step = Step(outcome="gone", path=path)
        elif not record.is_ours(path):
            step = Step(outcome="left", path=path, sentence="it was changed since; delete it yourself if you like")
        else:
            step = Step(outcome="removed", path=path)
            if not is_dry_run:
                path.unlink()
    except OSError as error:
        return Step(outcome="failed", path=path, sentence=f"cannot be removed: {error.strerror or error}")
    if not is_dry_run:
        del record.files[str(path)]
    return step


def _make_folder(folder: Path, record: Record) -> None:
    """Make a folder, and remember which of its parents were not there."""
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    record.folders += [str(path) for path in reversed(missing) if str(path) not in record.folders]


def _remove_folders(record: Record) -> None:
    """Remove the folders that we made and that nothing lies in, deepest first."""
    for name in sorted(record.folders, key=lambda text: len(Path(text).parts), reverse=True):
        with suppress(OSError):
            Path(name).rmdir()
        if not Path(name).exists():
            record.folders.remove(name)
