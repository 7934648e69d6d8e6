"""A cut as pieces of picture, each with its place in its source."""

from __future__ import annotations

from dataclasses import dataclass

from hitpoint.model.cut import Cut, Shot

#: What a hole in the picture is made of.
_GAP = ("gap",)


@dataclass(frozen=True, slots=True)
class Piece:
    """A shot, or a gap between shots (`shot` None).

    Attributes
    ----------
    source : tuple
        The same for pieces of the same media at the same speed.
    place : float
        Where in its source it starts, in record frames of picture: two pieces show the same where place plus frames
        since the start agree.
    """

    start_frame: int
    end_frame: int
    source: tuple[object, ...]
    place: float
    shot: Shot | None

    @property
    def length(self) -> int:
        """Frames."""
        return self.end_frame - self.start_frame

    @property
    def name(self) -> str:
        """The clip's name; "" for a gap."""
        return self.shot.name if self.shot else ""

    def is_like(self, other: Piece) -> bool:
        """Whether both show exactly the same."""
        return (
            self.source == other.source
            and self.length == other.length
            and abs(self.place - other.place) < 0.5
            and self.name == other.name
        )


def pieces_of(cut: Cut) -> list[Piece]:
    """Return all shots of a cut and the gaps between them, in order, without a hole from 0 to its end."""
    pieces: list[Piece] = []
    at = 0
    for shot in cut.shots:
        start, end = max(at, shot.span.start_frame), min(shot.span.end_frame, cut.duration_frames)
        if start >= end:
            continue
        if start > at:
            pieces.append(Piece(at, start, _GAP, 0.0, None))
        source, place = _source(shot, cut)
        pieces.append(Piece(start, end, source, place + start - shot.span.start_frame, shot))
        at = end
    if at < cut.duration_frames:
        pieces.append(Piece(at, cut.duration_frames, _GAP, 0.0, None))
    return pieces


def _source(shot: Shot, cut: Cut) -> tuple[tuple[object, ...], float]:
    """Return what a shot is made of, by its file's name (drives and proxies move), and where in it the shot starts."""
    media = shot.media
    if media is None:
        return ("generator", shot.name), 0.0
    named = media.path.name if media.path else (shot.reel_name, shot.name)
    if media.speed == 0:
        return (named, media.speed, media.source_start_s), 0.0
    return (named, media.speed), float(media.source_start_s / media.speed * cut.rate.fps)
