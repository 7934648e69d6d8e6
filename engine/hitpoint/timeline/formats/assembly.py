"""Lays pieces with start and length onto OTIO tracks, for formats that say where things are, not what follows what."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from hitpoint.model.time import FrameRate, round_half_up

if TYPE_CHECKING:
    import opentimelineio as otio


@dataclass(frozen=True, slots=True)
class Piece:
    """A clip or nested stack, and where it lies (frames of its composition); its own range is as long as that."""

    start_frame: int
    end_frame: int
    item: otio.core.Item


@dataclass(frozen=True, slots=True)
class Dissolve:
    """A transition over [start_frame, end_frame); `cut_frame` None is the edit point nearest to its middle."""

    start_frame: int
    end_frame: int
    name: str
    cut_frame: int | None = None


@dataclass(slots=True)
class Layers:
    """Pieces by layer: picture from the bottom to the top, then sound. What overlaps within a layer goes further up."""

    rate: FrameRate
    pieces: dict[tuple[str, int], list[Piece]] = field(default_factory=dict)
    dissolves: dict[tuple[str, int], list[Dissolve]] = field(default_factory=dict)
    markers: list[otio.schema.Marker] = field(default_factory=list)

    def add(self, kind: str, layer: int, piece: Piece) -> None:
        """Add a piece to a layer of kind "Video" or "Audio"; layer 0 is the main one, negative ones lie below."""
        self.pieces.setdefault((kind, layer), []).append(piece)

    def add_dissolve(self, layer: int, dissolve: Dissolve) -> None:
        """Add a transition between pictures of a layer."""
        self.dissolves.setdefault(("Video", layer), []).append(dissolve)

    def stack(self, name: str) -> otio.schema.Stack:
        """Return everything as a stack of tracks."""
        import opentimelineio as otio

        stack = otio.schema.Stack(name)
        numbers = {"Video": 0, "Audio": 0}
        for kind, layer in sorted(self.pieces, key=lambda key: (key[0] != "Video", key[1])):
            for pieces in _without_overlaps(self.pieces[kind, layer]):
                numbers[kind] += 1
                track = otio.schema.Track(f"{kind} {numbers[kind]}", kind=kind)
                track.extend(self._with_gaps(pieces, self.dissolves.pop((kind, layer), [])))
                stack.append(track)
        stack.markers.extend(self.markers)
        return stack

    def time_range(self, start_frame: int | Fraction, frames: int) -> otio.opentime.TimeRange:
        """Return a range at the timeline's rate."""
        import opentimelineio as otio

        fps = float(self.rate.fps)
        start = otio.opentime.RationalTime(float(start_frame), fps)
        return otio.opentime.TimeRange(start, otio.opentime.RationalTime(frames, fps))

    def _with_gaps(self, pieces: list[Piece], dissolves: list[Dissolve]) -> list[otio.core.Composable]:
        import opentimelineio as otio

        laid: list[otio.core.Composable] = []
        edges: dict[int, Dissolve] = {}
        cuts = [piece.start_frame for piece in pieces] + [piece.end_frame for piece in pieces]
        for dissolve in dissolves:
            inside = [cut for cut in cuts if dissolve.start_frame <= cut <= dissolve.end_frame]
            if dissolve.cut_frame is not None:
                edges[dissolve.cut_frame] = dissolve
            elif inside:
                middle = (dissolve.start_frame + dissolve.end_frame) / 2
                edges[min(inside, key=lambda cut: (abs(cut - middle), cut))] = dissolve
        at_frame = 0
        for piece in pieces:
            if piece.start_frame > at_frame:
                self._transition(laid, edges.pop(at_frame, None), at_frame)
                laid.append(otio.schema.Gap(source_range=self.time_range(0, piece.start_frame - at_frame)))
            self._transition(laid, edges.pop(piece.start_frame, None), piece.start_frame)
            laid.append(piece.item)
            at_frame = piece.end_frame
        self._transition(laid, edges.pop(at_frame, None), at_frame)
        return laid

    def _transition(self, laid: list[otio.core.Composable], dissolve: Dissolve | None, cut_frame: int) -> None:
        import opentimelineio as otio

        if dissolve is None or (laid and isinstance(laid[-1], otio.schema.Transition)):
            return
        fps = float(self.rate.fps)
        laid.append(
            otio.schema.Transition(
                dissolve.name,
                otio.schema.TransitionTypes.SMPTE_Dissolve,
                otio.opentime.RationalTime(cut_frame - dissolve.start_frame, fps),
                otio.opentime.RationalTime(dissolve.end_frame - cut_frame, fps),
            )
        )


def _without_overlaps(pieces: list[Piece]) -> list[list[Piece]]:
    """Return the pieces in as many rows as it takes, each in order and without overlaps."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.start_frame):
        row = next((row for row in rows if row[-1].end_frame <= piece.start_frame), None)
        if row is None:
            rows.append([piece])
        else:
            row.append(piece)
    return rows


def nearest_frame(seconds: Fraction, rate: FrameRate) -> int:
    """Return the frame nearest to a moment."""
    return round_half_up(seconds * rate.fps)
