"""What a session knows of its cut: read, seen and heard once, spotted again whenever markers change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hitpoint.advice.compare import changes_as_json, compare_cuts
from hitpoint.model.cut import Cut
from hitpoint.model.edits import Edits
from hitpoint.model.progress import SILENT, Progress, StepClock
from hitpoint.model.spotting import Brief
from hitpoint.spotting import ProjectFile, read_project_file, remember
from hitpoint.understanding import CutRequest, Understanding, re_spot, spot_cut, witness

#: What a first look says of changes.
NO_CHANGES: dict[str, list[Any]] = {
    "sentences": [],
    "moved_markers": [],
    "added_markers": [],
    "removed_markers": [],
    "changed_markers": [],
    "shots": [],
    "untouched_cues": [],
    "touched_cues": [],
}

Steps = Callable[[str, float, float], AbstractContextManager[Progress]]


@dataclass(frozen=True, slots=True)
class Look:
    """What is known with some edits. `revision` changes with the cut's content, `look_id` with the edits, too."""

    look_id: str
    revision: str
    known: Understanding
    edits: Edits


def changes_since(before: Look, now: Look) -> dict[str, Any]:
    """Return the `changes` of a look (docs/service.md) against the look before; of another rate, that alone."""
    old, new = before.known.cut, now.known.cut
    if old.rate.fps != new.rate.fps:
        sentence = f"the cut runs at {new.rate} now, and was {old.rate} before: all of it is scored anew"
        return {**NO_CHANGES, "sentences": [sentence]}
    return changes_as_json(compare_cuts(old, new), before.known.spotting.cues, old=old, new=new)


class KnownCut:
    """The cut of a session; its file is read again when it changed."""

    def __init__(self, request: CutRequest) -> None:
        self._request = request
        self._stamp: tuple[object, ...] = ()
        self._known: Understanding | None = None  # as the file says, without edits
        self._briefs: dict[tuple[str, str | None, str], Brief] = {}
        self._looks: dict[tuple[str, str], Look] = {}
        self._revision = ""
        self._absent: frozenset[Path] = frozenset()  # media that the cut asks for, and that was not there

    @property
    def request(self) -> CutRequest:
        """What was asked to be understood."""
        return self._request

    def look(self, edits: Edits, *, progress: Progress = SILENT) -> Look:
        """Return what is known with some edits laid over the cut."""
        known = self._as_read(progress)
        key = (self._revision, repr(edits))
        if key not in self._looks:
            self._looks[key] = self._spotted(known, edits)
            while len(self._looks) > 8:
                self._looks.pop(next(iter(self._looks)))
        return self._looks[key]

    def _as_read(self, progress: Progress) -> Understanding:
        stamp = tuple(_stamp(path) for path in self._files())
        if self._known is None or stamp != self._stamp or self._is_media_back():
            before = self._known
            fresh = witness(self._request, steps=StepClock(progress.part(0.0, 0.9)).step)
            if before is None:
                beside = self._request.cut_path.parent / f"{self._request.cut_path.stem}.hitpoint.toml"
                project = read_project_file(beside)
            else:
                fresh = replace(fresh, cut=with_known_ids(fresh.cut, before.basis.cut))
                project = ProjectFile(cues=before.basis.known_cues)
            steps = StepClock(progress.part(0.9, 1.0)).step
            self._known = spot_cut(fresh, replace(self._request, edits=None), project=project, steps=steps)
            self._stamp = stamp
            self._revision = _digest(fresh.cut)
            self._absent = frozenset(path for path in _missing_media(fresh.cut) if not path.is_file())
        return self._known

    def _is_media_back(self) -> bool:
        """Whether media that was not there when the cut was read is there now; what was seen and is gone is kept."""
        return any(path.is_file() for path in self._absent)

    def _files(self) -> list[Path]:
        request = self._request
        paths = (request.cut_path, request.subtitles_path, request.script_path, request.marker_table_path)
        return [path for path in paths if path is not None]

    def _spotted(self, as_read: Understanding, edits: Edits) -> Look:
        style, text = edits.style or self._request.style, edits.brief_text or self._request.brief_text
        # what the scene is for was written once, and stays while it is asked the same
        held = {number: brief for (number, *asked), brief in self._briefs.items() if asked == [style, text]}
        known = re_spot(as_read, self._request, edits, held=held)
        for cue in known.own_spotting.cues:
            self._briefs.setdefault((cue.number, style, text), cue.brief)
        numbered = remember(ProjectFile(cues=as_read.basis.known_cues), known.own_spotting, known.cut)
        self._known = replace(as_read, basis=replace(as_read.basis, known_cues=numbered.cues))
        look_id = hashlib.blake2b(f"{self._revision}{edits!r}".encode(), digest_size=8).hexdigest()
        return Look(look_id, self._revision, known, edits)


def with_known_ids(cut: Cut, before: Cut) -> Cut:
    """Return a cut whose markers have the ids that they had before they, or the picture under them, were moved.

    A marker's id comes from what it says and where it is; `advice.compare` knows which one is which.
    """
    if cut.rate.fps != before.rate.fps:
        return cut
    was = {new: old for old, new in compare_cuts(before, cut).marker_ids}
    return replace(cut, markers=tuple(replace(marker, id=was.get(marker.id, marker.id)) for marker in cut.markers))


def _missing_media(cut: Cut) -> set[Path]:
    """Return the files that a cut asks for and that were not there when it was read."""
    asked = [shot.media for shot in cut.shots] + [clip.media for clip in cut.audio_clips]
    return {media.path for media in asked if media is not None and media.is_missing and media.path is not None}


def _stamp(path: Path) -> tuple[object, ...]:
    try:
        status = path.stat()
    except OSError:
        return (str(path), None)
    return str(path), status.st_mtime_ns, status.st_size


def _digest(cut: Cut) -> str:
    content = repr(replace(cut, source_path=None))
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
