"""What the editor changed, as values.

Frames are record frames. Everything is by identity (marker id, cue number), so that the same edits can be laid over the
cut again after it was exported anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hitpoint.model.errors import InputError
from hitpoint.model.spotting import HitKind

EDITS_VERSION = "edits.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkerEdit:
    """What is different about one marker; None leaves a field as the cut has it.

    For an added marker `frame` is given and the rest is what it says. `kind`, `weight` (0..1) and `is_hard` (must be
    exact) overrule what the marker's words mean. `marker_id` may also be the id of a hit that the engine proposed
    (`HitPoint.id`): its frame, kind, weight, hardness and name (its label) are changed in the same way.
    """

    marker_id: str
    frame: int | None = None
    name: str | None = None
    note: str | None = None
    color: str | None = None
    kind: HitKind | None = None
    weight: float | None = None
    duration_frames: int | None = None
    is_hard: bool | None = None

    def __post_init__(self) -> None:
        if not self.marker_id:
            raise InputError("edits: a marker has no marker_id; say which marker is changed")
        if self.frame is not None and self.frame < 0:
            raise InputError(f"marker {self.marker_id}: frame {self.frame} lies before the cut; move it to 0 or later")
        if self.weight is not None and not 0.0 <= self.weight <= 1.0:
            raise InputError(f"marker {self.marker_id}: weight {self.weight} must lie in 0..1")
        if self.duration_frames is not None and self.duration_frames < 0:
            raise InputError(f"marker {self.marker_id}: duration_frames {self.duration_frames} must be 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class CueEdit:
    """What is different about one cue's brief; None (and () for `intensity`) leaves it to the scene.

    `intensity` are (share 0..1 of the cue, level 0..1) points; `emphasis` raises (or lowers) the planned tension and
    intensity of stretches: (start_frame, end_frame, amount -1..1), "more tense here".
    """

    number: str
    has_music: bool = True
    style: str | None = None
    tempo_bpm: float | None = None
    tempo_range_bpm: tuple[float, float] | None = None
    key: str | None = None
    instruments: tuple[str, ...] | None = None
    avoid: tuple[str, ...] | None = None
    theme: str | None = None
    text: str | None = None
    intensity: tuple[tuple[float, float], ...] = ()
    emphasis: tuple[tuple[int, int, float], ...] = ()

    def __post_init__(self) -> None:
        if not self.number:
            raise InputError("edits: a cue has no number; say which cue is changed")
        for name in ("style", "key"):  # an emptied field of a form asks for nothing
            if getattr(self, name) == "":
                object.__setattr__(self, name, None)
        for share, level in self.intensity:
            if not (0.0 <= share <= 1.0 and 0.0 <= level <= 1.0):
                raise InputError(f"cue {self.number}: the intensity point ({share}, {level}) must lie in 0..1")
        if any(later[0] <= earlier[0] for earlier, later in pairwise(self.intensity)):
            raise InputError(f"cue {self.number}: the intensity's points must rise in time")
        for start_frame, end_frame, amount in self.emphasis:
            if not (0 <= start_frame < end_frame and -1.0 <= amount <= 1.0):
                raise InputError(f"cue {self.number}: emphasis {start_frame}-{end_frame} of {amount} makes no sense")


@dataclass(frozen=True, slots=True, kw_only=True)
class BarSpan:
    """Bars of a cue, counted from 1, both ends included."""

    cue: str
    first_bar: int
    last_bar: int

    def __post_init__(self) -> None:
        if not 1 <= self.first_bar <= self.last_bar:
            raise InputError(
                f"bars {self.first_bar}-{self.last_bar} of {self.cue}: the first bar is 1, the last no less"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """All that the editor changed.

    `markers` are changes of markers of the cut and markers of his own (`added` names these); `removed` are markers of
    the cut, or hits that the engine proposed, that count as not there. `style`, `seed` None are the project's own, then
    a choice. `extra` is what the panel keeps with it and the engine does not read, by name: JSON values.
    """

    markers: tuple[MarkerEdit, ...] = ()
    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    cues: tuple[CueEdit, ...] = ()
    locked_bars: tuple[BarSpan, ...] = ()
    brief_text: str = ""
    style: str | None = None
    seed: int | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, document: Any) -> Edits:
        """Return the edits of an `edits.1` document, as `json.loads` gives it; unknown names go to `extra`.

        Raises `InputError` that names the key with a wrong value, and for a document of another version.
        """
        from hitpoint.model.edits.as_json import edits_from_json

        return edits_from_json(document)

    def to_json(self) -> dict[str, Any]:
        """Return the document; `from_json` of it gives the same edits. What is None or empty is left out."""
        from hitpoint.model.edits.as_json import edits_to_json

        return edits_to_json(self)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for that would change the music; `extra` does not count."""
        return self == Edits(extra=self.extra)

    def __post_init__(self) -> None:
        if self.style == "":
            object.__setattr__(self, "style", None)
        by_id = {edit.marker_id: edit for edit in self.markers}
        if len(by_id) != len(self.markers):
            raise InputError("edits: a marker is edited twice; give each marker one entry")
        for marker_id in self.added:
            if marker_id not in by_id or by_id[marker_id].frame is None:
                raise InputError(f"edits: the added marker {marker_id} has no frame; say where it is")
        twice = [number for number, count in Counter(cue.number for cue in self.cues).items() if count > 1]
        if twice:
            raise InputError(f"edits: cue {twice[0]} is edited twice; give each cue one entry")
        if self.seed is not None and self.seed < 0:
            raise InputError(f"edits: seed {self.seed} must be a whole number from 0 on")
