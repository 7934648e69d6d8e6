"""What a session knows of its cut: read, seen and heard once, spotted again whenever markers change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from hitpoint.model.cut import Cut
from hitpoint.model.edits import Edits
from hitpoint.model.progress import SILENT, Progress, StepClock
from hitpoint.model.spotting import Cue
from hitpoint.session.edited import edit_markers, edit_spotting
from hitpoint.spotting import ProjectFile, read_project_file, remember
from hitpoint.spotting.brief_writer import DEFAULT_WRITER
from hitpoint.understanding import CutRequest, Understanding, Witnessed, spot_cut, witness

Steps = Callable[[str, float, float], AbstractContextManager[Progress]]


@dataclass(frozen=True, slots=True)
class Look:
    """What is known with some edits. `revision` changes with the cut's content, `look_id` with the edits, too."""

    look_id: str
    revision: str
    known: Understanding
    edits: Edits


class KnownCut:
    """The cut of a session; its file is read again when it changed."""

    def __init__(self, request: CutRequest) -> None:
        self._request = request
        self._stamp: tuple[object, ...] = ()
        self._witnessed: Witnessed | None = None
        self._briefs: dict[tuple[str, str | None, str], Cue] = {}
        self._looks: dict[tuple[str, str], Look] = {}
        self._project = ProjectFile()
        self._revision = ""

    @property
    def request(self) -> CutRequest:
        """What was asked to be understood."""
        return self._request

    def look(self, edits: Edits, *, progress: Progress = SILENT) -> Look:
        """Return what is known with some edits laid over the cut."""
        witnessed = self._witness(progress)
        key = (self._revision, repr(edits))
        if key not in self._looks:
            self._looks[key] = self._spotted(witnessed, edits, progress)
            while len(self._looks) > 8:
                self._looks.pop(next(iter(self._looks)))
        return self._looks[key]

    def _witness(self, progress: Progress) -> Witnessed:
        stamp = tuple(_stamp(path) for path in self._files())
        if self._witnessed is None or stamp != self._stamp:
            before = self._witnessed
            fresh = witness(self._request, steps=StepClock(progress.part(0.0, 0.9)).step)
            if before is not None:
                fresh = replace(fresh, cut=with_known_ids(fresh.cut, before.cut))
            self._witnessed = fresh
            self._stamp = stamp
            self._revision = _digest(self._witnessed.cut)
            if not self._project.cues:
                beside = self._request.cut_path.parent / f"{self._request.cut_path.stem}.hitpoint.toml"
                self._project = read_project_file(beside)
        return self._witnessed

    def _files(self) -> list[Path]:
        request = self._request
        paths = (request.cut_path, request.subtitles_path, request.script_path, request.marker_table_path)
        return [path for path in paths if path is not None]

    def _spotted(self, witnessed: Witnessed, edits: Edits, progress: Progress) -> Look:
        cut = edit_markers(witnessed.cut, edits)
        is_first = not self._briefs
        request = replace(
            self._request,
            style=edits.style if edits.style is not None else self._request.style,
            brief_text=edits.brief_text or self._request.brief_text,
            brief_writer=self._request.brief_writer if is_first else DEFAULT_WRITER,
        )
        known = spot_cut(
            replace(witnessed, cut=cut), request, project=self._project, steps=StepClock(progress.part(0.9, 1.0)).step
        )
        self._project = remember(self._project, known.spotting, cut)
        cues = []
        for cue in known.spotting.cues:  # what the scene is for was written once, and stays while it is asked the same
            first = self._briefs.setdefault((cue.number, request.style, request.brief_text), cue)
            cues.append(replace(cue, brief=first.brief))
        spotting = edit_spotting(replace(known.spotting, cues=tuple(cues)), edits, cut=cut, arc=known.story.arc)
        look_id = hashlib.blake2b(f"{self._revision}{edits!r}".encode(), digest_size=8).hexdigest()
        return Look(look_id, self._revision, replace(known, cut=cut, spotting=spotting), edits)


def with_known_ids(cut: Cut, before: Cut) -> Cut:
    """Return a cut whose markers have the ids that they had before they, or the picture under them, were moved.

    A marker's id comes from what it says and where it is. Those that say the same are the same, in order.
    """
    ids = {marker.id for marker in cut.markers}
    known = {marker.id for marker in before.markers}
    lost: dict[tuple[str, str, str], list[str]] = {}
    for marker in before.markers:
        if marker.id not in ids:
            lost.setdefault((marker.name, marker.note, marker.color), []).append(marker.id)
    markers = []
    for marker in cut.markers:
        same = lost.get((marker.name, marker.note, marker.color), [])
        if marker.id not in known and same:
            marker = replace(marker, id=same.pop(0))
        markers.append(marker)
    return replace(cut, markers=tuple(markers))


def _stamp(path: Path) -> tuple[object, ...]:
    try:
        status = path.stat()
    except OSError:
        return (str(path), None)
    return str(path), status.st_mtime_ns, status.st_size


def _digest(cut: Cut) -> str:
    content = repr(replace(cut, source_path=None))
    return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
