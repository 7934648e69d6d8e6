"""Cuts made of pieces, and what an editor does to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from hitpoint.model.cut import Cut, Marker, MediaRange, Shot, Subtitle
from hitpoint.model.time import FrameRate, FrameSpan, frames_to_seconds

RATE = FrameRate(25)


@dataclass(frozen=True)
class Clip:
    """A piece of picture: `first` is a frame of its source; `media` None is a gap."""

    media: str | None
    first: int
    length: int
    name: str = ""
    speed: Fraction = Fraction(1)

    def trimmed(self, head: int = 0, tail: int = 0) -> Clip:
        """Return it with frames taken off (negative: added) at either end."""
        return replace(self, first=self.first + head, length=self.length - head - tail)


def cut_of(
    clips: Sequence[Clip],
    *,
    markers: Sequence[Marker] = (),
    subtitles: Sequence[Subtitle] = (),
    rate: FrameRate = RATE,
) -> Cut:
    shots: list[Shot] = []
    at = 0
    for clip in clips:
        if clip.media is not None:
            media = MediaRange(
                path=Path("/film") / clip.media,
                is_missing=True,
                source_start_s=frames_to_seconds(clip.first, rate) * clip.speed,
                source_duration_s=frames_to_seconds(clip.length, rate) * abs(clip.speed),
                speed=clip.speed,
            )
            name = clip.name or clip.media
            shots.append(Shot(index=len(shots), span=FrameSpan(at, at + clip.length), name=name, media=media))
        at += clip.length
    return Cut(
        name="cut",
        rate=rate,
        start_timecode_frame=90_000,
        duration_frames=at,
        shots=tuple(shots),
        markers=tuple(sorted(markers, key=lambda marker: marker.frame)),
        subtitles=tuple(subtitles),
    )


def clips_of(cut: Cut) -> list[Clip]:
    """Return the pieces of a real cut, so that it can be edited here; sources are counted in record frames."""
    clips: list[Clip] = []
    at = 0
    for shot in cut.shots:
        if shot.span.start_frame > at:
            clips.append(Clip(None, 0, shot.span.start_frame - at))
        media = shot.media
        named = media.path.name if media and media.path else f"{shot.reel_name} {shot.name}"
        speed = media.speed if media and media.speed else Fraction(1)
        first = round(media.source_start_s / speed * cut.rate.fps) if media else 0
        clips.append(Clip(named, first, shot.span.duration_frames, shot.name, speed))
        at = shot.span.end_frame
    return clips


def marker(
    name: str, frame: int, *, marker_id: str = "", note: str = "", color: str = "RED", length: int = 1
) -> Marker:
    return Marker(
        id=marker_id or f"{name}@{frame}", frame=frame, duration_frames=length, name=name, note=note, color=color
    )


def line(text: str, start_s: Fraction | int, length_s: Fraction | int = 1) -> Subtitle:
    return Subtitle(start_s=Fraction(start_s), end_s=Fraction(start_s) + length_s, text=text)


def shown(cut: Cut, frame: int) -> tuple[str, Fraction] | None:
    """Return the source and its second that a record frame shows; None for black."""
    for shot in cut.shots:
        if shot.span.contains(frame) and shot.media is not None and shot.media.path is not None:
            into_s = frames_to_seconds(frame - shot.span.start_frame, cut.rate) * shot.media.speed
            return shot.media.path.name, shot.media.source_start_s + into_s
    return None
