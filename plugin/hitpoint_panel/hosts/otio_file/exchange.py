"""The folder that the score is handed out into, and what in it is ours.

    Hitpoint/                            beside the exports
        Reel 3 r002 for Resolve.otio     the scored timeline as Resolve wants it
        Reel 3 r002.otio                 the same for everybody else
        Reel 3 r002 markers.edl
        audio/Reel 3 r002 mix.wav …
        How to import.txt
        .hitpoint/Reel 3 r002.json       what we wrote, with the hash of each file

Each revision has names of its own and a list of its own, which also claims its number: two windows at work in one
folder take different numbers. Revisions stay until the score is removed, because an editor's project plays from them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from hitpoint.model.errors import OutputError

FOLDER_NAME = "Hitpoint"
LISTS_NAME = ".hitpoint"
HELP_NAME = "How to import.txt"
HELP_TEXT = """What Hitpoint wrote here, and how to get it into your editor. r002 is the second revision:
take the highest.

DaVinci Resolve   File > Import > Timeline..., and choose "... for Resolve.otio".
                  The score comes as audio tracks of a new timeline: mix enabled, stems disabled.
                  Only the markers: import "... markers.edl" from the timeline's context menu in the Media Pool.
Premiere Pro,     import "....otio" (the one without "for Resolve").
Kdenlive 25.04+,
Blender
Final Cut Pro,    import the WAV files of the audio folder. Each knows its timecode (a BWF time stamp):
Avid, a DAW       move it to its original or source timecode ("spot to original time stamp").

Take these files from here as they are: do not rename them, and leave them here, your project plays from them.
"Remove score" in Hitpoint deletes them, and nothing else.
"""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_LONGEST_NAME = 80
_FIRST_FREE_TRIES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A revision that is being written: its name, where it is written now, its list."""

    name: str
    revision: int
    staging: Path
    list_path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """What a list of ours says: the files of one revision (relative path -> SHA-256)."""

    list_path: Path
    timeline: str
    revision: int
    files: dict[str, str]


def safe_name(text: str) -> str:
    """Return a text as a file name that every system takes."""
    return _FORBIDDEN.sub("_", text).strip(" .")[:_LONGEST_NAME].strip(" .") or "score"


@contextmanager
def claim_revision(folder: Path, timeline: str, wanted: int) -> Iterator[Claim]:
    """Claim the first free revision from `wanted` on; when the block fails, nothing of it is left.

    Raises `OutputError` when the folder cannot be written.
    """
    lists = folder / LISTS_NAME
    made = not folder.exists()
    try:
        lists.mkdir(parents=True, exist_ok=True)
        _sweep(lists)
        claim = _claim(folder, lists, timeline, wanted)
        claim.staging.mkdir()
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        yield claim
    except BaseException:
        with suppress(OSError):
            claim.list_path.unlink()
        raise
    finally:
        shutil.rmtree(claim.staging, ignore_errors=True)
        if made:
            _remove_empty(folder)


def publish(claim: Claim, folder: Path, timeline: str, files: Mapping[str, str]) -> tuple[Path, ...]:
    """Move finished files (relative path -> SHA-256) into place, all or none; return where they are.

    Raises `OutputError` where a file of that name is there, or one cannot be moved.
    """
    taken = [relative for relative in files if os.path.lexists(folder / relative)]
    if taken:
        raise OutputError(f"{folder / taken[0]} is there already and not ours; move it away and write again")
    content = {"hitpoint_exchange": 1, "timeline": timeline, "revision": claim.revision, "files": dict(files)}
    moved: list[Path] = []
    try:
        # what is on the list and not there harms nobody; what is there and not on the list would stay for ever
        _write_list(claim.list_path, content)
        for relative in files:
            target = folder / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            (claim.staging / relative).rename(target)
            moved.append(target)
        help_path = folder / HELP_NAME
        if not os.path.lexists(help_path):
            help_path.write_text(HELP_TEXT, encoding="utf-8")
    except OSError as error:
        for path in moved:
            with suppress(OSError):
                path.unlink()
        raise _unwritable(folder, error) from error
    return tuple(moved)


def remove_revisions(folder: Path, timeline: str | None) -> tuple[int, tuple[Path, ...]]:
    """Delete what we wrote for a timeline (None: for all); return how many files, and those left since they changed."""
    lists = folder / LISTS_NAME
    removed, kept = 0, []
    try:
        for written in _lists(lists):
            if timeline is not None and written.timeline != timeline:
                continue
            for relative, digest in written.files.items():
                path = folder / relative
                if not _is_inside(path, folder) or not path.is_file():
                    continue
                if file_digest(path) == digest:
                    path.unlink()
                    removed += 1
                else:
                    kept.append(path)
            written.list_path.unlink()
        _sweep(lists)
        if not any(lists.glob("*.json")):
            help_path = folder / HELP_NAME
            if help_path.is_file() and help_path.read_bytes() == HELP_TEXT.replace("\n", os.linesep).encode():
                help_path.unlink()
        _remove_empty(folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return removed, tuple(kept)


def earlier_bytes(folder: Path, timeline: str, revision: int) -> tuple[int, int]:
    """Return how many earlier revisions of a timeline lie here, and how many bytes they take."""
    revisions, size = 0, 0
    for written in _lists(folder / LISTS_NAME):
        if written.timeline == timeline and written.revision < revision:
            revisions += 1
            size += sum((folder / name).stat().st_size for name in written.files if (folder / name).is_file())
    return revisions, size


def is_ours(path: Path) -> bool:
    """Return whether a timeline file is one that Hitpoint wrote, and nobody wrote over: no export of the editor's."""
    for written in _lists(path.parent / LISTS_NAME):
        digest = written.files.get(path.name)
        if digest is not None and path.is_file() and file_digest(path) == digest:
            return True
    # `hitpoint score --out .` writes the report last; an editor that exports over the scored timeline comes later
    report = path.parent / "report.json"
    with suppress(OSError):
        return path.name.endswith(".scored.otio") and path.stat().st_mtime_ns <= report.stat().st_mtime_ns
    return False


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _claim(folder: Path, lists: Path, timeline: str, wanted: int) -> Claim:
    taken = {entry.name.casefold() for entry in folder.iterdir()}
    for revision in range(max(1, wanted), max(1, wanted) + _FIRST_FREE_TRIES):
        name = f"{timeline} r{revision:03d}"
        if f"{name}.otio".casefold() in taken or f"{name} for Resolve.otio".casefold() in taken:
            continue
        list_path = lists / f"{name}.json"
        try:
            descriptor = os.open(list_path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        except FileExistsError:
            continue
        os.close(descriptor)
        owner = f"{socket.gethostname()}-{os.getpid()}"
        return Claim(
            name=name, revision=revision, staging=lists / f"{name}.{safe_name(owner)}.partial", list_path=list_path
        )
    raise OutputError(f"{folder} has no free revision number for {timeline}; remove the old scores first")


def _sweep(lists: Path) -> None:
    """Remove what a process of this machine left that died while writing."""
    prefix = f".{safe_name(socket.gethostname())}-"
    for staging in lists.glob("*.partial"):
        name, _, owner = staging.name.removesuffix(".partial").rpartition(prefix)
        if name and owner.isdecimal() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(staging, ignore_errors=True)
            claimed = lists / f"{name}.json"
            with suppress(OSError):
                if claimed.stat().st_size == 0:
                    claimed.unlink()


def _lists(lists: Path) -> Iterator[_Written]:
    """Yield every list of ours that can be read; one that is being written is empty."""
    for path in sorted(lists.glob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="ascii"))
            if content["hitpoint_exchange"] == 1:
                files = {str(name): str(digest) for name, digest in content["files"].items()}
                yield _Written(
                    list_path=path,
                    timeline=str(content["timeline"]),
                    revision=int(content["revision"]),
                    files=files,
                )
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            continue


def _write_list(path: Path, content: Mapping[str, object]) -> None:
    unfinished = path.with_suffix(".partial-list")
    unfinished.write_text(json.dumps(content, indent=1), encoding="ascii")
    unfinished.replace(path)


def _is_inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _remove_empty(folder: Path) -> None:
    """Remove our folders where nothing is left in them."""
    for path in (folder / "audio", folder / LISTS_NAME, folder):
        with suppress(OSError):
            path.rmdir()


def _unwritable(folder: Path, error: OSError) -> OutputError:
    where = error.filename if isinstance(error.filename, str) else folder
    return OutputError(f"cannot write {where}: {error.strerror or error}; choose another folder, or make room")
