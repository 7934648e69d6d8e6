"""What an export says, in few words, so that two exports of one timeline can be compared."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from hitpoint.model.cut import AudioClip, Cut, MediaRange, Shot
from hitpoint.timeline.load import load_timeline
from hitpoint.timeline.read import read_cut

Json = dict[str, Any]


def describe(path: Path) -> Json:
    """Return what matters to the score in a timeline of any readable format.

    `cut_digest` and `marker_digest` are equal exactly when picture, sound and subtitles, or the editor's markers, are:
    media that is moved to another folder, a score of ours laid on the timeline, and everything else that an editor
    writes anew with every export do not count.

    Raises `CutError` when the file cannot be read.
    """
    cut = read_cut(load_timeline(path))
    markers = [[m.frame, m.duration_frames, m.name, m.note, m.color] for m in cut.markers]
    return {
        "name": cut.name,
        "rate": [cut.rate.numerator, cut.rate.denominator],
        "is_drop_frame": cut.rate.drop_frame,
        "start_timecode_frame": cut.start_timecode_frame,
        "duration_frames": cut.duration_frames,
        "shots": [[shot.span.start_frame, shot.span.end_frame, shot.name, _shot_source(shot)] for shot in cut.shots],
        "markers": markers,
        "cut_digest": _digest(_cut_content(cut)),
        "marker_digest": _digest(markers),
        "warnings": list(cut.warnings),
    }


def _cut_content(cut: Cut) -> list[Any]:
    return [
        str(cut.rate),
        cut.start_timecode_frame,
        cut.duration_frames,
        [[s.span.start_frame, s.span.end_frame, _shot_source(s), s.transition_in_frames] for s in cut.shots],
        sorted([*_sound(clip)] for clip in cut.audio_clips),
        [[str(line.start_s), str(line.end_s), line.text] for line in cut.subtitles],
    ]


def _sound(clip: AudioClip) -> tuple[int, int, str]:
    return clip.span.start_frame, clip.span.end_frame, _source(clip.media)


def _shot_source(shot: Shot) -> str:
    """Return what is on screen: the same text for the same stretch of the same file, wherever in the cut it lies."""
    return shot.name if shot.media is None else _source(shot.media)


def _source(media: MediaRange) -> str:
    name = "" if media.path is None else media.path.name
    return f"{name} {media.source_start_s} x{media.speed}"


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=True).encode("ascii")).hexdigest()[:32]
