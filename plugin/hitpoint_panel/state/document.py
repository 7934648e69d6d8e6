"""The one mutable thing of the panel: an open cut, what the editor changed about it, and what was written for it.

Every change of `Edits` is a command on one undo stack. A command holds the value before and after (they are small and
frozen), so undo is exact, whatever the change was.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QUndoCommand, QUndoStack

from hitpoint.model.edits import Edits
from hitpoint.model.errors import InputError
from hitpoint.model.time import FrameRate, frames_to_timecode, timecode_to_frames
from hitpoint_panel.state import operations
from hitpoint_panel.state.edits_json import edits_from_json
from hitpoint_panel.state.markers import PanelMarker, cut_markers, lay_over
from hitpoint_panel.state.project import Project
from hitpoint_panel.state.takes import Take, change_take, take_of, with_take


class _Change(QUndoCommand):
    """A change of the edits (and of the version in use, when a take was chosen)."""

    def __init__(self, document: Document, text: str, before: Edits, after: Edits, merge_key: str) -> None:
        super().__init__(text)
        self._document, self.before, self.after, self._merge_key = document, before, after, merge_key

    def id(self) -> int:
        return hash(self._merge_key) % 2**30 if self._merge_key else -1

    def mergeWith(self, other: QUndoCommand | None) -> bool:
        if not isinstance(other, _Change) or other._merge_key != self._merge_key:
            return False
        self.after = other.after
        self.setObsolete(self.after == self.before)
        return True

    def redo(self) -> None:
        self._document._take_edits(self.after)

    def undo(self) -> None:
        self._document._take_edits(self.before)


class Document(QObject):
    """An open cut. Methods change it and are undone by `undo`; signals say what is different.

    Attributes
    ----------
    look, version, compared : dict or None
        As in docs/service.md: what is in the cut; the version in use; the one that A/B compares with.
    """

    edits_changed = pyqtSignal()  # anything the next version depends on
    look_changed = pyqtSignal()
    version_changed = pyqtSignal()
    takes_changed = pyqtSignal()
    refused = pyqtSignal(str)  # a change that makes no sense, in a sentence
    changed = pyqtSignal()  # anything that has to be saved

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.cut_path: Path | None = None
        self.look: dict[str, Any] | None = None
        self.version: dict[str, Any] | None = None
        self.compared: dict[str, Any] | None = None
        self.is_comparing = False
        self.project = Project()
        self._rate, self._start_timecode_frame = FrameRate(24), 0
        self._cut_markers: tuple[PanelMarker, ...] = ()
        self._standing: tuple[Edits, tuple[PanelMarker, ...]] | None = None  # as last asked for

    # --- opening -----------------------------------------------------------------------------------------------------

    def open(self, cut_path: Path, project: Project) -> None:
        """Start with another cut and what was made of it before."""
        self.cut_path, self.project = cut_path, project
        self.look = self.version = self.compared = None
        self.is_comparing = False
        self._cut_markers, self._standing = (), None
        self._rate, self._start_timecode_frame = FrameRate(24), 0
        self.undo_stack.clear()
        for signal in (self.look_changed, self.version_changed, self.edits_changed, self.takes_changed):
            signal.emit()

    def set_look(self, look: dict[str, Any]) -> None:
        """Take over what the engine saw in the cut."""
        self.look = look
        cut = self.cut
        self._rate = FrameRate.snap(Fraction(cut.get("rate", "24")), drop_frame=bool(cut.get("drop_frame")))
        self._start_timecode_frame = timecode_to_frames(cut.get("start_timecode") or "00:00:00:00", self._rate)
        self._cut_markers, self._standing = cut_markers(look), None
        self.look_changed.emit()

    def set_version(self, version: dict[str, Any]) -> None:
        """Take over a version as the one in use, and as a take (a new one is of the cut as it is now)."""
        self.version, self.is_comparing = version, False
        self._change_project(
            takes=with_take(self.project.takes, take_of(version, revision=self.revision)),
            current_version_id=version["version_id"],
        )
        self.version_changed.emit()
        self.takes_changed.emit()

    def set_compared(self, version: dict[str, Any] | None) -> None:
        """Take over a version as the B of A/B."""
        self.compared = version
        if version is None:
            self.is_comparing = False
        self._change_project(compared_version_id=version["version_id"] if version else "")
        self.version_changed.emit()
        self.takes_changed.emit()

    def compare(self, is_comparing: bool) -> None:
        """Hear B (the compared version) or A (the one in use)."""
        self.is_comparing = is_comparing and self.compared is not None
        self.version_changed.emit()

    @property
    def heard_version(self) -> dict[str, Any] | None:
        """The version that plays: A, or B while comparing."""
        return self.compared if self.is_comparing else self.version

    # --- reading -----------------------------------------------------------------------------------------------------

    @property
    def edits(self) -> Edits:
        """What the editor changed."""
        return self.project.edits

    @property
    def cut(self) -> Mapping[str, Any]:
        """The `cut` of the analysis; {} before the first look."""
        return ((self.look or {}).get("analysis") or {}).get("cut") or {}

    @property
    def rate(self) -> FrameRate:
        """Frames per second of the cut (24 before the first look)."""
        return self._rate

    @property
    def revision(self) -> str:
        """What the cut's content is, as the newest look says; "" before."""
        return str((self.look or {}).get("revision") or "")

    def is_of_this_cut(self, take: Take) -> bool:
        """Return whether a take was written for the cut as it is now, as far as is known."""
        return not take.revision or not self.revision or take.revision == self.revision

    @property
    def duration_frames(self) -> int:
        """Length of the cut; 0 before the first look."""
        return int(self.cut.get("duration_frames") or 0)

    @property
    def start_timecode_frame(self) -> int:
        """The label of record frame 0, as a frame count."""
        return self._start_timecode_frame

    def timecode(self, frame: int) -> str:
        """Return the editor's label of a record frame."""
        return frames_to_timecode(self.start_timecode_frame + frame, self.rate)

    def markers(self) -> tuple[PanelMarker, ...]:
        """Return the markers as they stand, by frame."""
        if self._standing is None or self._standing[0] is not self.edits:
            self._standing = (self.edits, lay_over(self._cut_markers, self.edits))
        return self._standing[1]

    def marker(self, marker_id: str) -> PanelMarker | None:
        """Return one marker as it stands."""
        return next((marker for marker in self.markers() if marker.id == marker_id), None)

    def cue_spans(self) -> tuple[tuple[str, int, int], ...]:
        """Return (number, start frame, end frame) of every cue, as last written, or else as spotted."""
        cues = ((self.version or {}).get("report") or {}).get("cues") or (self.look or {}).get("cues") or ()
        return tuple((cue["number"], int(cue["start_frame"]), int(cue["end_frame"])) for cue in cues)

    # --- changing ----------------------------------------------------------------------------------------------------

    def apply(self, text: str, change: Callable[[Edits], Edits], *, merge_key: str = "") -> bool:
        """Change the edits as one step of undo; changes in a row with the same key are one step. False if refused."""
        before = self.edits
        try:
            after = change(before)
        except InputError as error:
            self.refused.emit(str(error))
            return False
        if after == before:
            return False
        self.undo_stack.push(_Change(self, text, before, after, merge_key))
        return True

    def move_marker(self, marker_id: str, frame: int) -> None:
        """Move a marker to a record frame, at most to the last of the cut."""
        marker = self.marker(marker_id)
        if marker is None:
            return
        frame = max(0, min(frame, self.duration_frames - 1))
        own = next((m for m in self._cut_markers if m.id == marker_id), None)
        target = None if own is not None and own.frame == frame else frame
        self.apply(
            f"move “{marker.name or 'marker'}” to {self.timecode(frame)}",
            lambda edits: operations.change_marker(edits, marker_id, frame=target),
        )

    def move_markers(self, frames: Mapping[str, int]) -> None:
        """Move markers that are dragged together, as one step of undo."""
        if len(frames) < 2:
            for marker_id, frame in frames.items():
                self.move_marker(marker_id, frame)
            return
        own = {marker.id: marker.frame for marker in self._cut_markers}
        wanted = {marker_id: max(0, min(frame, self.duration_frames - 1)) for marker_id, frame in frames.items()}

        def change(edits: Edits) -> Edits:
            for marker_id, frame in wanted.items():
                if self.marker(marker_id) is not None:
                    target = None if own.get(marker_id) == frame else frame
                    edits = operations.change_marker(edits, marker_id, frame=target)
            return edits

        self.apply(f"move {len(wanted)} markers", change)

    def add_marker(self, frame: int, name: str = "") -> str:
        """Add a marker; return its id."""
        marker_id = f"panel-{secrets.token_hex(4)}"
        frame = max(0, min(frame, self.duration_frames - 1))
        self.apply(
            f"add a marker at {self.timecode(frame)}",
            lambda edits: operations.add_marker(edits, marker_id, frame=frame, name=name or "hit"),
        )
        return marker_id

    def delete_markers(self, marker_ids: Iterable[str]) -> None:
        """Delete markers, as one step of undo."""
        ids = [marker_id for marker_id in marker_ids if self.marker(marker_id)]
        if ids:
            text = "delete the marker" if len(ids) == 1 else f"delete {len(ids)} markers"
            self.apply(text, lambda edits: operations.delete_markers(edits, ids))

    def change_marker(self, marker_id: str, field: str, value: Any) -> None:
        """Change one field of a marker."""
        if field == "frame":
            self.move_marker(marker_id, int(value))
            return
        self.change_markers((marker_id,), field, value)

    def change_markers(self, marker_ids: Iterable[str], field: str, value: Any) -> None:
        """Change one field of several markers to the same value, as one step of undo."""
        ids = [marker_id for marker_id in marker_ids if self.marker(marker_id)]
        own = {marker.id: getattr(marker, field, None) for marker in self._cut_markers}

        def change(edits: Edits) -> Edits:
            for marker_id in ids:
                given = None if marker_id in own and own[marker_id] == value else value
                edits = operations.change_marker(edits, marker_id, **{field: given})
            return edits

        text = f"change the marker's {field}" if len(ids) == 1 else f"change the {field} of {len(ids)} markers"
        self.apply(text, change, merge_key=f"marker {' '.join(ids)} {field}" if field == "weight" else "")

    def change_cue(self, number: str, *, merge_key: str = "", **values: Any) -> None:
        """Change fields of a cue's brief."""
        what = ", ".join(name.replace("_", " ") for name in values)
        self.apply(
            f"change {what} of {number}",
            lambda edits: operations.change_cue(edits, number, **values),
            merge_key=merge_key,
        )

    def change_brief(self, *, merge_key: str = "", **values: Any) -> None:
        """Change `brief_text`, `style` or `seed` of the whole cut."""
        what = ", ".join({"brief_text": "brief"}.get(name, name) for name in values)
        self.apply(f"change the {what}", lambda edits: replace(edits, **values), merge_key=merge_key)

    def emphasise(self, start_frame: int, end_frame: int, amount: float) -> None:
        """More (or less) tense from one frame to another."""
        spans = self.cue_spans()
        self.apply(
            "more tense here" if amount > 0 else "less tense here",
            lambda edits: operations.emphasise(
                edits, start_frame=start_frame, end_frame=end_frame, amount=amount, cue_spans=spans
            ),
        )

    def lock_bars(self, cue: str, first_bar: int, last_bar: int, *, is_locked: bool = True) -> None:
        """Lock bars, or let go of them (of some that are locked as well as of all)."""
        text, change = ("lock bars", operations.lock_bars) if is_locked else ("unlock bars", operations.unlock_bars)
        self.apply(f"{text} {first_bar}–{last_bar} of {cue}", lambda edits: change(edits, cue, first_bar, last_bar))

    # --- takes -------------------------------------------------------------------------------------------------------

    def new_seed(self) -> int:
        """Return a seed that no take has."""
        used = {take.seed for take in self.project.takes if take.seed is not None} | {self.edits.seed or 1}
        return max(used) + 1

    def take(self, version_id: str) -> Take | None:
        """Return one take."""
        return next((take for take in self.project.takes if take.version_id == version_id), None)

    def take_with(self, edits: Edits) -> Take | None:
        """Return the newest take that was made with exactly these edits, for the cut as it is now."""
        fitting = (take for take in self.project.takes if take.edits and self.is_of_this_cut(take))
        return next((take for take in fitting if edits_from_json(take.edits) == edits), None)

    def change_take(self, version_id: str, **values: Any) -> None:
        """Rate, keep or name a take (not a step of undo: it changes no music)."""
        try:
            takes = change_take(self.project.takes, version_id, **values)
        except InputError as error:
            self.refused.emit(str(error))
            return
        self._change_project(takes=takes)
        self.takes_changed.emit()

    def remember_versions(self, versions: Iterable[Mapping[str, Any]]) -> None:
        """Take over versions that the engine has and we did not know (newest first).

        That alone saves nothing: the engine knows them anyway, and another window may have saved newer edits.
        """
        takes = self.project.takes
        known = {take.version_id for take in takes}
        new = [take_of(version) for version in versions if version["version_id"] not in known]
        if new:
            self.project = replace(self.project, takes=(*new, *takes))
            self.takes_changed.emit()

    def go_back_to(self, version_id: str) -> None:
        """Take over the edits with which a take was made, as one step of undo."""
        take = self.take(version_id)
        if take is not None:
            self.apply(f"go back to {take.label or f'take {version_id}'}", lambda edits: edits_from_json(take.edits))

    def can_apply(self, suggestion: Mapping[str, Any]) -> bool:
        """Return whether a suggestion of the version that is heard can be applied here and now.

        It is all the edits as they would be; where something was edited since, applying it would undo that.
        """
        version = self.heard_version
        if version is None or suggestion.get("edits") is None:
            return False
        try:
            return edits_from_json(version.get("edits") or {}) == self.edits
        except InputError:
            return False

    def apply_suggestion(self, suggestion: Mapping[str, Any]) -> bool:
        """Take over the edits of a suggestion, as one step of undo; False where that cannot be."""
        if not self.can_apply(suggestion):
            return False
        return self.apply("apply the suggestion", lambda _: edits_from_json(suggestion["edits"]))

    def set_view(self, **values: Any) -> None:
        """Remember where the editor is (playhead, loop, what is muted)."""
        view = {**self.project.view, **values}
        if view != self.project.view:
            self._change_project(view=view)

    def set_inputs(self, **paths: str) -> None:
        """Remember subtitles and screenplay ("" forgets one)."""
        given = {**self.project.inputs, **paths}
        self._change_project(inputs={name: path for name, path in given.items() if path})

    def _take_edits(self, edits: Edits) -> None:
        self._change_project(edits=edits)
        self.edits_changed.emit()

    def _change_project(self, **values: Any) -> None:
        self.project = replace(self.project, **values)
        self.changed.emit()
