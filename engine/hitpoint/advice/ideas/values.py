"""What a suggestion is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from hitpoint.model.edits import Edits


class SuggestionKind(StrEnum):
    """What it is about."""

    MOVE_CUT = "move_cut"  # a cut with a hit on it: only the editor can
    MOVE_MARKER = "move_marker"  # a marker that forces the tempo to step
    TOO_CLOSE = "too_close"  # a hit too close to another for the metre
    SYNC = "sync"  # a marker a little off a cut or a downbeat
    HARDEN = "harden"  # a soft hit that could be exact
    CUTS_ON_BEATS = "cuts_on_beats"  # cuts that miss a beat by 1 to 3 frames
    MASKED = "masked"  # somebody speaks over a hit
    ENTRY = "entry"  # a cue that starts in the middle of a line


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is measured on a cue's solved tempo.

    Attributes
    ----------
    hits_exact, hits_on_downbeats : int
        Planned on their very frame; on a downbeat, within a frame.
    largest_step_percent : float
        The largest change of mean tempo from one span between exact hits to the next, where no tempo was asked for.
    odd_bars : int
    cuts_on_beats : int
        Cuts inside the cue whose frame is the one of a beat.
    markers_on_cuts : int
        Marked hits that lie on a cut.
    masked_hits : int
        Weighty hits that somebody speaks over.
    enters_in_the_clear : bool
        Nobody speaks when the cue starts.
    cost : float
        The solver's own objective.
    """

    hits_exact: int
    hits_on_downbeats: int
    largest_step_percent: float
    odd_bars: int
    cuts_on_beats: int
    markers_on_cuts: int
    masked_hits: int
    enters_in_the_clear: bool
    cost: float

    def to_json(self) -> dict[str, Any]:
        """Return the figures by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A small change and what it brings, tried out by solving the cue's tempo with it.

    Attributes
    ----------
    cue : str
        Its number.
    frame : int
        Record frame that it is about.
    delta_frames : int
        How far something moves from there, later is positive; 0 where nothing does.
    marker_id : str
        Of the marker, or the hit that the engine proposed (as in `MarkerEdit`); "" where it is about neither.
    gain : float
        For ranking: what the figures gain together, about one for a change that is clearly worth it.
    before, after : Figures
        Measured without and with the change.
    edits : Edits | None
        All the edits as they are with the suggestion applied; None where only the editor can (he moves a cut, a line).
    moves : tuple of (frame, frames later)
        The cuts to move, where it is about several.
    """

    kind: SuggestionKind
    sentence: str
    cue: str
    frame: int
    delta_frames: int = 0
    marker_id: str = ""
    gain: float
    before: Figures
    after: Figures
    edits: Edits | None = None
    moves: tuple[tuple[int, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as a version's `suggestions` hold it (docs/service.md)."""
        return {
            "kind": self.kind.value,
            "sentence": self.sentence,
            "cue": self.cue,
            "frame": self.frame,
            "delta_frames": self.delta_frames,
            "marker_id": self.marker_id,
            "gain": round(self.gain, 3),
            "before": self.before.to_json(),
            "after": self.after.to_json(),
            "edits": None if self.edits is None else self.edits.to_json(),
            "moves": [list(move) for move in self.moves],
        }
