"""What a comparison of two cuts says."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ChangeKind(StrEnum):
    """What happened."""

    SHOT_REMOVED = "shot_removed"
    SHOT_INSERTED = "shot_inserted"
    SHOT_MOVED = "shot_moved"
    SHOT_TRIMMED = "shot_trimmed"
    SHOT_SLIPPED = "shot_slipped"
    SHOT_RETIMED = "shot_retimed"
    SHOT_SPLIT = "shot_split"
    SHOT_JOINED = "shot_joined"
    GAP = "gap"
    TRANSITION = "transition"
    MARKER_MOVED = "marker_moved"
    MARKER_CHANGED = "marker_changed"
    MARKER_ADDED = "marker_added"
    MARKER_REMOVED = "marker_removed"
    SUBTITLE = "subtitle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change, told to an editor.

    Attributes
    ----------
    old_frame, new_frame : int | None
        Record frame in the old and in the new cut; None where it is in one of them only.
    frames : int
        By how much: frames longer (shorter: negative), or later (earlier: negative); 0 where that means nothing.
    old_index, new_index : int | None
        `Shot.index` in either cut.
    marker_id : str
        Of the new cut; of the old one where it is gone.
    """

    kind: ChangeKind
    sentence: str
    old_frame: int | None = None
    new_frame: int | None = None
    frames: int = 0
    old_index: int | None = None
    new_index: int | None = None
    marker_id: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the change as JSON, without what is not known."""
        known: dict[str, Any] = {"kind": self.kind.value, "sentence": self.sentence, "frames": self.frames}
        for name in ("old_frame", "new_frame", "old_index", "new_index"):
            if getattr(self, name) is not None:
                known[name] = getattr(self, name)
        return known | ({"marker_id": self.marker_id} if self.marker_id else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPiece:
    """Old record frames `start_frame` up to `end_frame` are the new ones from `new_start_frame` on."""

    start_frame: int
    end_frame: int
    new_start_frame: int

    @property
    def shift_frames(self) -> int:
        """How much later it comes now."""
        return self.new_start_frame - self.start_frame

    @property
    def new_end_frame(self) -> int:
        """The first new frame after it."""
        return self.end_frame + self.shift_frames


@dataclass(frozen=True, slots=True)
class FrameMap:
    """Where each old record frame went: pieces in order in both cuts; frames in none of them were cut out."""

    pieces: tuple[MapPiece, ...]
    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", tuple(piece.start_frame for piece in self.pieces))

    def at(self, old_frame: int) -> int | None:
        """Return the new frame that shows what an old one showed; None where that was cut out or moved elsewhere."""
        piece = self._piece_at(old_frame)
        return None if piece is None or old_frame >= piece.end_frame else old_frame + piece.shift_frames

    def near(self, old_frame: int) -> int:
        """Return the same, and for a frame that was cut out the place where its neighbours meet now."""
        exact = self.at(old_frame)
        if exact is not None:
            return exact
        before = self._piece_at(old_frame)
        if before is not None:
            return before.new_end_frame
        return max(0, self.pieces[0].new_start_frame - 1) if self.pieces else old_frame

    def shift_over(self, start_frame: int, end_frame: int) -> int | None:
        """Return by how much a whole stretch moves; None where it does not stay in one."""
        piece = self._piece_at(start_frame)
        if piece is None or end_frame > piece.end_frame:
            return None
        return piece.shift_frames

    def _piece_at(self, old_frame: int) -> MapPiece | None:
        index = bisect_right(self._starts, old_frame) - 1
        return self.pieces[index] if index >= 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CueFate:
    """What becomes of a cue: untouched, it moves by `shift_frames` with its picture; touched, `reasons` say why."""

    number: str
    is_untouched: bool
    shift_frames: int = 0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two cuts of one timeline compared.

    Attributes
    ----------
    changes : tuple of Change
        In the order of the new cut: first those of the picture, then markers, then words.
    frame_map : FrameMap
    marker_ids : tuple of (old id, new id)
        Markers that are the same one.
    subtitle_changes_s : tuple of (start, end)
        Old record seconds in which words changed.
    """

    changes: tuple[Change, ...]
    frame_map: FrameMap
    marker_ids: tuple[tuple[str, str], ...]
    subtitle_changes_s: tuple[tuple[float, float], ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether nothing changed."""
        return not self.changes

    def of_kind(self, *kinds: ChangeKind) -> tuple[Change, ...]:
        """Return the changes of some kinds."""
        return tuple(change for change in self.changes if change.kind in kinds)
