"""Which files in a folder are an editor's exports, which is the newest, and is it written to its end?

Nothing here asks the clock of the disk: it may be another machine's, and a file that was dragged in keeps its old
date. What arrives while we look is newer than what was there; only files that were there already are told apart by
their dates. A file is taken as written when it has stayed the same for a moment and ends as its format must end.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

#: Best first: what says most about the cut. Where an editor exported two of them under one name, the better is taken.
EXPORT_SUFFIXES = (".otio", ".otioz", ".otiod", ".fcpxml", ".fcpxmld", ".xml", ".aaf", ".edl")
SUBTITLE_SUFFIXES = (".srt", ".vtt", ".ass", ".ssa", ".ttml")
#: Exports of one name that are no further apart than this are one export in two formats.
_TOGETHER_NS = 60_000_000_000
_TAIL_BYTES = 4_096
_LIST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Signature:
    """Changes when a file is written, replaced or renamed over."""

    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A file in the folder. `order` rises with every arrival; `is_settled`: it has stayed the same for a moment."""

    path: Path
    signature: Signature
    order: tuple[int, int]
    is_settled: bool


@dataclass(slots=True)
class _Seen:
    signature: Signature
    since_s: float
    order: tuple[int, int]


class Watch:
    """Looks at a folder, or at one file, again and again.

    Parameters
    ----------
    place : Path
        A folder, or one export.
    settle_s : float
        How long a file has to stay the same.
    clock : callable
        Seconds that never go back.
    """

    def __init__(self, place: Path, *, settle_s: float, clock: Callable[[], float]) -> None:
        self._place = place
        self._settle_s = settle_s
        self._clock = clock
        self._seen: dict[Path, _Seen] = {}
        self._looks = 0

    def look(self) -> list[Export]:
        """Return the exports and subtitle files that are there now, oldest first; none where the folder is away."""
        now_s = self._clock()
        self._looks += 1
        present: dict[Path, _Seen] = {}
        for path in self._candidates():
            signature = _signature(path)
            if signature is None:
                continue
            seen = self._seen.get(path)
            if seen is None or seen.signature != signature:
                arrival = 0 if self._looks == 1 else self._looks
                seen = _Seen(signature, now_s, (arrival, _stamp_ns(path)))
            present[path] = seen
        self._seen = present
        exports = [
            Export(
                path=path,
                signature=seen.signature,
                order=seen.order,
                is_settled=now_s - seen.since_s >= self._settle_s and seen.signature.size > 0,
            )
            for path, seen in present.items()
        ]
        return sorted(exports, key=lambda export: (export.order, export.path.name))

    @property
    def is_one_file(self) -> bool:
        """Whether one timeline file is watched rather than a folder; by its name, since it may be away just now."""
        return self._place.suffix.lower() in EXPORT_SUFFIXES and not _is_plain_folder(self._place)

    def _candidates(self) -> list[Path]:
        if self.is_one_file:
            beside = [path for path in _listed(self._place.parent) if path.suffix.lower() in SUBTITLE_SUFFIXES]
            return [self._place, *beside]
        return [path for path in _listed(self._place) if path.suffix.lower() in EXPORT_SUFFIXES + SUBTITLE_SUFFIXES]


def newest_export(found: Iterable[Export]) -> Export | None:
    """Return the newest timeline; of one export in several formats the one that says most."""
    timelines = [export for export in found if export.path.suffix.lower() in EXPORT_SUFFIXES]
    if not timelines:
        return None
    newest = timelines[-1]
    together = [
        export
        for export in timelines
        if export.path.stem == newest.path.stem and newest.order[1] - export.order[1] <= _TOGETHER_NS
    ]
    return min(together, key=lambda export: EXPORT_SUFFIXES.index(export.path.suffix.lower()))


def is_whole(path: Path) -> bool:
    """Return whether a file ends as its format must; True where the format does not tell."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".otioz":
            return zipfile.is_zipfile(path)
        content = _content(path)
        closing = {".otio": b"}", ".otiod": b"}", ".xml": b">", ".fcpxml": b">", ".fcpxmld": b">"}.get(suffix)
        if closing is None:
            return True
        with content.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - _TAIL_BYTES))
            return stream.read().rstrip(b" \t\r\n\0").endswith(closing)
    except OSError:
        return False


def is_marker_list(path: Path) -> bool:
    """Return whether an EDL holds markers alone, as Resolve exports them: nothing to score, if there is a timeline."""
    if path.suffix.lower() != ".edl":
        return False
    try:
        with path.open("rb") as stream:
            text = stream.read(_LIST_BYTES)
    except OSError:
        return False
    events = len(re.findall(rb"(?m)^\d{3,6}\s", text))
    return 0 < events <= len(re.findall(rb"\|C:ResolveColor\w+\s*\|M:", text))


def _content(path: Path) -> Path:
    """Return the file that matters in a bundle that is a folder."""
    names = {".otiod": "content.otio", ".fcpxmld": "Info.fcpxml"}
    return path / names.get(path.suffix.lower(), "") if path.is_dir() else path


def _is_plain_folder(place: Path) -> bool:
    return place.is_dir() and place.suffix.lower() not in (".otiod", ".fcpxmld")


def _listed(folder: Path) -> list[Path]:
    """Return what is in a folder; hidden files are unfinished ones of somebody's."""
    try:
        return [path for path in folder.iterdir() if not path.name.startswith((".", "~$"))]
    except OSError:
        return []


def _signature(path: Path) -> Signature | None:
    try:
        found = _content(path).stat()
    except OSError:
        return None
    return Signature(found.st_size, found.st_mtime_ns, found.st_ino)


def _stamp_ns(path: Path) -> int:
    """Return when a file came here: its change time counts too, since a copy keeps the date of the original."""
    try:
        found = _content(path).stat()
    except OSError:
        return 0
    return max(found.st_mtime_ns, found.st_ctime_ns)
